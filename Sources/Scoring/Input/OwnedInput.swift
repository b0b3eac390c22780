/// An input that holds its own memory: golden inputs, lines of the command line, tests.
package struct OwnedInput: Sendable, Equatable {
    package var text: [UInt8]?
    package var parts: RequestParts?
    package var dense: [Double]?
    /// Indices one less than `"svm"` has them, ascending; -1 for an index 0.
    package var sparse: [Feature]?
    /// By the name of the field; absent ones are left out.
    package var fields: [String: Double]
    /// The same for named texts.
    package var texts: [String: [UInt8]]

    package init(
        text: [UInt8]? = nil, parts: RequestParts? = nil, dense: [Double]? = nil,
        sparse: [Feature]? = nil, fields: [String: Double] = [:], texts: [String: [UInt8]] = [:]
    ) {
        self.text = text
        self.parts = parts
        self.dense = dense
        self.sparse = sparse
        self.fields = fields
        self.texts = texts
    }

    /// Copies what a view gives; `fieldNames` are those of its fields, `textNames` of its texts.
    package init(_ view: ScoringInput, fieldNames: [String] = [], textNames: [String] = []) {
        self.init(parts: view.parts)
        if view.views.contains(.text) { text = unsafe Array(view.text) }
        if view.views.contains(.dense) { dense = unsafe Array(view.dense) }
        if view.views.contains(.sparse) {
            sparse = unsafe zip(view.sparseIndices, view.sparseValues)
                .map { Feature(index: Int(Int32(bitPattern: $0)), value: $1) }
        }
        if view.views.contains(.fields) {
            let values = unsafe Array(view.fields)
            for (name, value) in zip(fieldNames, values) where !value.isNaN {
                fields[name] = value
            }
        }
        if view.views.contains(.texts) {
            let given = unsafe Array(view.texts)
            for (name, text) in zip(textNames, given) where !text.isAbsent {
                texts[name] = unsafe Array(text.bytes)
            }
        }
    }

    package var views: InputViews {
        var views: InputViews = []
        if text != nil { views.insert(.text) }
        if dense != nil { views.insert(.dense) }
        if sparse != nil { views.insert(.sparse) }
        if !fields.isEmpty { views.insert(.fields) }
        if !texts.isEmpty { views.insert(.texts) }
        return views
    }

    /// Hands the input over as a view, for the time of the call.
    ///
    /// - Parameters:
    ///   - fieldNames: the fields that the featurizer wants, in its order.
    ///   - textNames: the named texts that it wants, in its order.
    package func withView<Result>(
        fieldNames: [String], textNames: [String] = [], _ body: (ScoringInput) -> Result
    ) -> Result {
        let indices = (sparse ?? []).map { UInt32(truncatingIfNeeded: $0.index) }
        let values = (sparse ?? []).map(\.value)
        let wanted = fieldNames.map { fields[$0] ?? .nan }
        return unsafe withTexts(textNames) { texts in
            unsafe (text ?? []).withUnsafeBufferPointer { text in
                unsafe (dense ?? []).withUnsafeBufferPointer { dense in
                    unsafe indices.withUnsafeBufferPointer { indices in
                        unsafe values.withUnsafeBufferPointer { values in
                            unsafe wanted.withUnsafeBufferPointer { wanted in
                                var view = ScoringInput()
                                view.views = views
                                if !fieldNames.isEmpty { view.views.insert(.fields) }
                                if !textNames.isEmpty { view.views.insert(.texts) }
                                unsafe view.text = unsafe text
                                view.parts = parts
                                unsafe view.dense = unsafe dense
                                unsafe view.sparseIndices = unsafe indices
                                unsafe view.sparseValues = unsafe values
                                unsafe view.fields = unsafe wanted
                                unsafe view.texts = unsafe texts
                                return body(view)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The named texts one behind the other, and where each is, for the time of the call.
    private func withTexts<Result>(
        _ names: [String], _ body: (UnsafeBufferPointer<NamedText>) -> Result
    ) -> Result {
        // A byte more, so that an empty text has an address too.
        let bytes = names.reduce(into: [UInt8]()) { $0 += texts[$1] ?? [] } + [0]
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var place = 0
            let named = names.map { name in
                guard let text = texts[name], let first = bytes.baseAddress else {
                    return NamedText()
                }
                defer { place += text.count }
                return unsafe NamedText(start: first + place, count: text.count)
            }
            return unsafe named.withUnsafeBufferPointer { unsafe body($0) }
        }
    }
}
