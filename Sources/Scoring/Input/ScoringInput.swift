/// What one record gives to a scorer, in memory that belongs to whoever parsed it.
///
/// Valid until the parser's next record; made once a record, and copied by no one.
@safe
package struct ScoringInput {
    /// Which of the views below are there.
    package var views: InputViews = []
    /// The text of the request, any bytes; empty where there is none.
    package var text = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// The parts of the text where the record named them; nil for a text given as it is.
    package var parts: RequestParts?
    /// The numbers of `"x"`; infinities and NaN among them are the record's own.
    package var dense = unsafe UnsafeBufferPointer<Double>(start: nil, count: 0)
    /// The indices of `"svm"`, one less than they stand there, ascending, and their values; where
    /// indices from 0 are read, the first may be `indexZero`.
    package var sparseIndices = unsafe UnsafeBufferPointer<UInt32>(start: nil, count: 0)
    package var sparseValues = unsafe UnsafeBufferPointer<Double>(start: nil, count: 0)
    /// The named numeric fields that the featurizer wants, in its order; NaN where one is absent.
    package var fields = unsafe UnsafeBufferPointer<Double>(start: nil, count: 0)
    /// The named texts that the featurizer wants, in its order.
    package var texts = unsafe UnsafeBufferPointer<NamedText>(start: nil, count: 0)

    /// What an index 0 of `"svm"` stands as: one less than that.
    package static let indexZero = UInt32.max

    package init() {}

    /// A text given as it is.
    package init(text: UnsafeBufferPointer<UInt8>) {
        views = .text
        unsafe self.text = unsafe text
    }
}

/// A string of a record under a name of its own, in UTF-8; where JSON had bytes that are none,
/// those very bytes.
@safe
package struct NamedText: BitwiseCopyable {
    /// Nil where the field is absent or null.
    package var start: UnsafePointer<UInt8>?
    /// In bytes; 0 for an empty string, which is there.
    package var count: Int

    /// An absent one.
    package init() {
        unsafe start = nil
        count = 0
    }

    package init(start: UnsafePointer<UInt8>?, count: Int) {
        unsafe self.start = unsafe start
        self.count = count
    }

    package var isAbsent: Bool { unsafe start == nil }

    package var bytes: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: start, count: count)
    }
}

/// Where the parts of a request stand in its text `METHOD path?query\nbody`, in bytes.
package struct RequestParts: Sendable, Equatable {
    package let method: Range<Int>
    package let path: Range<Int>
    package let query: Range<Int>
    package let body: Range<Int>

    package init(method: Range<Int>, path: Range<Int>, query: Range<Int>, body: Range<Int>) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }
}

/// The ways in which a record can give a scorer its input.
///
/// Asked of each record from another module, so what is asked is inlined there.
package struct InputViews: OptionSet, Sendable, Hashable, BitwiseCopyable {
    @usableFromInline package let rawValue: UInt8

    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
    @inlinable package init() { rawValue = 0 }

    /// The text of a request, or a text given as it is.
    @inlinable package static var text: InputViews { InputViews(rawValue: 1) }
    /// Named numeric fields of the record.
    @inlinable package static var fields: InputViews { InputViews(rawValue: 2) }
    /// `"x"`: every feature, in order.
    @inlinable package static var dense: InputViews { InputViews(rawValue: 4) }
    /// `"svm"`: LIBSVM's `index:value`, indices from 1, ascending.
    @inlinable package static var sparse: InputViews { InputViews(rawValue: 8) }
    /// Named texts of the record.
    @inlinable package static var texts: InputViews { InputViews(rawValue: 16) }

    /// Beside `sparse`: indices may begin at 0.
    ///
    /// No view of its own, nothing that a record gives.
    @inlinable package static var indexZero: InputViews { InputViews(rawValue: 64) }

    @inlinable package var isEmpty: Bool { rawValue == 0 }

    @inlinable @inline(__always) package func contains(_ view: InputViews) -> Bool {
        rawValue & view.rawValue == view.rawValue
    }

    @inlinable package func intersection(_ views: InputViews) -> InputViews {
        InputViews(rawValue: rawValue & views.rawValue)
    }

    @inlinable package func union(_ views: InputViews) -> InputViews {
        InputViews(rawValue: rawValue | views.rawValue)
    }

    @inlinable package func subtracting(_ views: InputViews) -> InputViews {
        InputViews(rawValue: rawValue & ~views.rawValue)
    }

    /// `text`, `dense`, or several joined by `+`, as contracts and `show` print it.
    package var name: String {
        let named: [(InputViews, String)] = [
            (.text, "text"), (.fields, "fields"), (.dense, "dense"), (.sparse, "sparse"),
            (.texts, "texts"),
        ]
        return named.filter { contains($0.0) }.map(\.1).joined(separator: "+")
    }
}

/// Why an input cannot become features: known only once a featurizer has looked at it.
package enum InputFault: Sendable, Equatable {
    /// The featurizer needs a view that the record does not give.
    case missingView(InputViews)
    /// `"x"` has another number of features than the model.
    case denseCount(got: Int, wanted: Int)
    /// A named field is absent, and the featurizer has no value for that; its position in the
    /// featurizer's list.
    case missingField(Int)
    /// `"svm"` has an index 0, and the model's indices begin at 1.
    case indexZero
    /// A named text is absent; its position in the featurizer's list of texts.
    case missingText(Int)
    /// A feature is NaN or infinite, and the model's tool refuses those; its index.
    case notFinite(feature: Int)
    /// A value is none of the categories of its column, which has nothing for others.
    case unknownCategory(Place)

    /// Where a value of a record is, by its position in one of the featurizer's lists.
    package enum Place: Sendable, Equatable {
        case field(Int)
        case text(Int)
        /// A feature of the steps before.
        case feature(Int)
    }

    /// The fault in words, for dead letters and errors.
    package func words(fieldNames: [String], textNames: [String] = []) -> String {
        switch self {
        case .missingView(let views): "the model needs \(views.name), and the record has none"
        case .denseCount(let got, let wanted):
            "x has \(got) numbers, the model takes \(wanted)"
        case .missingField(let position):
            fieldNames.indices.contains(position)
                ? "the field '\(fieldNames[position])' is missing" : "a field is missing"
        case .indexZero: "svm has an index 0, and the model's indices begin at 1"
        case .missingText(let position):
            textNames.indices.contains(position)
                ? "the field '\(textNames[position])' is missing" : "a field is missing"
        case .notFinite(let feature): "feature \(feature) is not a finite number"
        case .unknownCategory(let place):
            "\(Self.words(place, fieldNames, textNames)) is none of the categories that the model "
                + "knows"
        }
    }

    private static func words(
        _ place: Place, _ fieldNames: [String], _ textNames: [String]
    ) -> String {
        switch place {
        case .field(let position) where fieldNames.indices.contains(position):
            "the field '\(fieldNames[position])'"
        case .text(let position) where textNames.indices.contains(position):
            "the field '\(textNames[position])'"
        case .feature(let index): "feature \(index)"
        default: "a field"
        }
    }
}
