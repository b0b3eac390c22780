package import Lifecycle

/// scikit-learn's `OneHotEncoder` and `OrdinalEncoder`: columns of categories, each encoded for
/// itself.
package struct CategoryEncoder: Sendable, Equatable {
    package enum Encoding: String, Sendable, Equatable {
        case oneHot = "onehot"
        case ordinal
    }

    package let encoding: Encoding
    package let columns: [CategoryColumn]
    /// Where the features of each column begin, and the end of the last.
    package let starts: [Int]
    /// The tables of the columns, reached without counting references; `columns` owns them.
    private let lookups: Lookups
    /// Which views of a record its columns are in.
    let readsTexts: Bool
    let readsNumbers: Bool

    package static func == (one: CategoryEncoder, other: CategoryEncoder) -> Bool {
        one.encoding == other.encoding && one.columns == other.columns
    }

    package var featureCount: Int { starts[columns.count] }

    /// Whether NaN may come out.
    var mayGiveMissing: Bool {
        encoding == .ordinal
            && columns.contains {
                $0.codes.contains(nil) || $0.unknown == .code(nil) || $0.missing == .code(nil)
            }
    }

    /// The column of a feature, and the feature's number there.
    func place(of feature: Int) -> (column: Int, code: Int) {
        let column = columns.indices.last { starts[$0] <= feature && starts[$0 + 1] > feature } ?? 0
        return (column, feature - starts[column])
    }
}

extension CategoryEncoder {
    /// Reads the value of a step `categories`.
    ///
    /// - Parameter isSource: whether the columns are fields of the record, which they name.
    package init(_ reader: some StepReading, isSource: Bool) throws(SwerveError) {
        try reader.requireKeys(["encoding", "columns"])
        guard let encoding = Encoding(rawValue: try reader.neededText("encoding")) else {
            throw reader.wrong("encoding", "is not onehot or ordinal")
        }
        guard let items = reader.value("columns")?.array, !items.isEmpty,
            items.count <= Limits.namedFields
        else { throw reader.wrong("columns", "is not a list of 1 to \(Limits.namedFields)") }
        var columns: [CategoryColumn] = []
        var starts = [0]
        var total = 0
        for (position, item) in items.enumerated() {
            let inner = try reader.inner(item, "columns[\(position)]")
            let column = try CategoryColumn(inner, encoding: encoding)
            guard (column.field != nil) == isSource else {
                throw inner.wrong(
                    "field",
                    isSource
                        ? "is missing: it names the field of the record"
                        : "stands in a step behind the first, which takes numbers")
            }
            guard isSource || !column.isText else {
                throw inner.wrong("categories", "are texts, and the steps before give numbers")
            }
            total += column.codes.count
            guard total <= Limits.categories else {
                throw reader.tooLarge(
                    "columns", "have more than \(Limits.categories) categories together")
            }
            columns.append(column)
            starts.append(starts[position] + (encoding == .oneHot ? column.width : 1))
        }
        guard starts[columns.count] > 0 else {
            throw reader.wrong("columns", "give no feature: every category is dropped")
        }
        guard starts[columns.count] <= Limits.unionFeatures else {
            throw reader.tooLarge("columns", "give more than \(Limits.unionFeatures) features")
        }
        self.encoding = encoding
        self.columns = columns
        self.starts = starts
        lookups = Lookups(columns, starts)
        readsTexts = columns.contains(where: \.isText)
        readsNumbers = !columns.allSatisfy(\.isText)
    }

    /// The value of the step, every key written out.
    var json: JSONValue {
        [
            "encoding": .string(encoding.rawValue),
            "columns": .array(columns.map { $0.json(encoding) }),
        ]
    }
}

/// What the hot path reads of a column.
@safe
struct CategoryLookup {
    let search: CategorySearch
    let isText: Bool
    /// Where its features begin.
    let start: Int32
}

extension CategoryEncoder {
    /// The columns side by side.
    ///
    /// `@unchecked Sendable`: tables never change once they are shared, and the encoder, which
    /// this is a part of, owns them.
    struct Lookups: @unchecked Sendable {
        let all: [CategoryLookup]

        init(_ columns: [CategoryColumn], _ starts: [Int]) {
            all = zip(columns, starts).map { column, start in
                unsafe CategoryLookup(
                    search: column.table.search, isText: column.isText,
                    start: Int32(truncatingIfNeeded: start))
            }
        }
    }

    @inline(__always)
    func withLookups(_ body: (UnsafeBufferPointer<CategoryLookup>) -> Void) {
        unsafe lookups.all.withUnsafeBufferPointer { unsafe body($0) }
    }
}

extension FeatureVector {
    /// Begins the features of `encoder`.
    mutating func begin(_ encoder: CategoryEncoder) {
        switch encoder.encoding {
        case .oneHot:
            beginSparse(features: encoder.featureCount, capacity: encoder.columns.count)
        case .ordinal: beginDense(features: encoder.columns.count)
        }
    }

    /// Notes the code of a column, of one-hot in the order of the columns; false where it is none.
    @inline(__always)
    mutating func put(
        _ code: Int32, of column: Int, from start: Int32, isOneHot: Bool
    ) -> Bool {
        let isNothing = code == CategoryTable.Answer.nothing
        guard code > CategoryTable.Answer.missing || isNothing else { return false }
        if !isOneHot {
            unsafe values.pointer[column] = isNothing ? .nan : Double(code)
        } else if !isNothing {
            append(UInt32(bitPattern: start &+ code), 1)
        }
        return true
    }

    /// Encodes the features there are, one a column.
    mutating func apply(_ encoder: CategoryEncoder) {
        makeDense()
        let isOneHot = encoder.encoding == .oneHot
        if isOneHot { beginPicking(features: encoder.featureCount) }
        unsafe encoder.withLookups { lookups in
            for column in 0..<lookups.count {
                let lookup = unsafe lookups[column]
                let code = unsafe lookup.search.code(of: values.pointer[column])
                guard put(code, of: column, from: lookup.start, isOneHot: isOneHot) else {
                    return refuse(
                        code == CategoryTable.Answer.missing
                            ? .notFinite(feature: column) : .unknownCategory(.feature(column)))
                }
            }
        }
    }
}

extension Featurizer {
    /// The categories of the record's fields; `positions` say where each column's is among the
    /// named texts or the numeric fields.
    func take(
        _ input: ScoringInput, _ encoder: CategoryEncoder, _ positions: [Int],
        _ scratch: inout FeatureScratch
    ) {
        guard unsafe !encoder.readsTexts || input.texts.count == textNames.count else {
            return scratch.features.refuse(.missingView(.texts))
        }
        guard unsafe !encoder.readsNumbers || input.fields.count == fieldNames.count else {
            return scratch.features.refuse(.missingView(.fields))
        }
        scratch.features.begin(encoder)
        let isOneHot = encoder.encoding == .oneHot
        unsafe encoder.withLookups { lookups in
            unsafe positions.withUnsafeBufferPointer { positions in
                for column in 0..<lookups.count {
                    let lookup = unsafe lookups[column]
                    let position = unsafe positions[column]
                    let code =
                        lookup.isText
                        ? unsafe lookup.search.code(of: input.texts[position])
                        : unsafe lookup.search.code(of: input.fields[position])
                    guard
                        scratch.features.put(
                            code, of: column, from: lookup.start, isOneHot: isOneHot)
                    else {
                        return scratch.features.refuse(
                            Self.fault(code, position, isText: lookup.isText))
                    }
                }
            }
        }
    }

    private static func fault(_ code: Int32, _ position: Int, isText: Bool) -> InputFault {
        if code == CategoryTable.Answer.missing {
            return isText ? .missingText(position) : .missingField(position)
        }
        return .unknownCategory(isText ? .text(position) : .field(position))
    }
}
