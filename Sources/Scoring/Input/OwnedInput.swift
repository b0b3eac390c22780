/// An input that holds its own memory: golden inputs, lines of the command line, tests.
package struct OwnedInput: Sendable, Equatable {
    package var text: [UInt8]?
    package var parts: RequestParts?
    package var dense: [Double]?
    /// Indices one less than `"svm"` has them, ascending; -1 for an index 0.
    package var sparse: [Feature]?
    /// By the name of the field; absent ones are left out.
    package var fields: [String: Double]

    package init(
        text: [UInt8]? = nil, parts: RequestParts? = nil, dense: [Double]? = nil,
        sparse: [Feature]? = nil, fields: [String: Double] = [:]
    ) {
        self.text = text
        self.parts = parts
        self.dense = dense
        self.sparse = sparse
        self.fields = fields
    }

    /// Copies what a view gives; `fieldNames` are those of its fields.
    package init(_ view: ScoringInput, fieldNames: [String] = []) {
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
    }

    package var views: InputViews {
        var views: InputViews = []
        if text != nil { views.insert(.text) }
        if dense != nil { views.insert(.dense) }
        if sparse != nil { views.insert(.sparse) }
        if !fields.isEmpty { views.insert(.fields) }
        return views
    }

    /// Hands the input over as a view, for the time of the call.
    ///
    /// - Parameter fieldNames: the fields that the featurizer wants, in its order.
    package func withView<Result>(
        fieldNames: [String], _ body: (ScoringInput) -> Result
    ) -> Result {
        let indices = (sparse ?? []).map { UInt32(truncatingIfNeeded: $0.index) }
        let values = (sparse ?? []).map(\.value)
        let wanted = fieldNames.map { fields[$0] ?? .nan }
        return unsafe (text ?? []).withUnsafeBufferPointer { text in
            unsafe (dense ?? []).withUnsafeBufferPointer { dense in
                unsafe indices.withUnsafeBufferPointer { indices in
                    unsafe values.withUnsafeBufferPointer { values in
                        unsafe wanted.withUnsafeBufferPointer { wanted in
                            var view = ScoringInput()
                            view.views = views
                            if !fieldNames.isEmpty { view.views.insert(.fields) }
                            unsafe view.text = unsafe text
                            view.parts = parts
                            unsafe view.dense = unsafe dense
                            unsafe view.sparseIndices = unsafe indices
                            unsafe view.sparseValues = unsafe values
                            unsafe view.fields = unsafe wanted
                            return body(view)
                        }
                    }
                }
            }
        }
    }
}
