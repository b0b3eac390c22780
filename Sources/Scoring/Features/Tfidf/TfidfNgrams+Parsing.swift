package import Lifecycle

extension TfidfNgrams {
    private static let keys = TextOptions.keys.union([
        "analyzer", "ngram_range", "lowercase", "norm", "sublinear_tf", "binary", "use_idf",
        "vocabulary", "idf", "fold_white_space", "simple_lowercase",
    ])

    /// Reads the value of a `tfidf_ngrams` step.
    ///
    /// An absent key means scikit-learn's default. `vocabulary` is the list of terms in the order
    /// of their features, or scikit-learn's object of term to feature. For the byte analyzer each
    /// character of a term, U+0000 to U+00FF, is the byte of that value (latin-1). `idf` is a list,
    /// or null with `"use_idf":false`.
    /// - Throws: `SwerveError.invalid` that names the key and the place, for unknown keys, wrong
    ///   types, values out of bounds, and whatever `init` refuses; `.tooLarge` above a limit.
    package init(parsing json: JSONValue, act: String) throws(SwerveError) {
        let reader = SpecReader(json: json, place: "tfidf_ngrams", act: act)
        try reader.requireObject(keys: Self.keys)
        let analyzer = try HashedNgrams.analyzer(reader)
        try self.init(
            analyzer: analyzer, ngramRange: HashedNgrams.ngramRange(reader),
            preprocessing: Preprocessing(
                lowercase: reader.bool("lowercase") ?? (analyzer != .byte),
                foldsWhiteSpace: reader.bool("fold_white_space") ?? true,
                simpleLowercase: reader.bool("simple_lowercase") ?? false,
                options: TextOptions(reader, analyzer)),
            weighting: Weighting(
                norm: HashedNgrams.norm(reader), sublinearTF: reader.bool("sublinear_tf") ?? false,
                binary: reader.bool("binary") ?? false, idf: Self.idf(reader)),
            vocabulary: Self.vocabulary(reader, analyzer), act: act)
    }

    private static func vocabulary(
        _ reader: SpecReader, _ analyzer: HashedNgrams.Analyzer
    ) throws(SwerveError) -> [[UInt8]] {
        switch reader.json["vocabulary"] {
        case .array(let values)?:
            var terms: [[UInt8]] = []
            terms.reserveCapacity(values.count)
            for (index, value) in values.enumerated() {
                guard let term = value.string else {
                    throw reader.wrong("vocabulary", "has no string at [\(index)]")
                }
                terms.append(try bytes(of: term, at: index, reader, analyzer))
            }
            return terms
        case .object(let fields)?:
            var terms = [[UInt8]](repeating: [], count: fields.count)
            for (term, value) in fields {
                let shown = term.shortened(to: 40)
                guard let index = value.int, terms.indices.contains(index) else {
                    throw reader.wrong(
                        "vocabulary",
                        "gives '\(shown)' no feature from 0 to \(fields.count - 1)")
                }
                guard terms[index].isEmpty else {
                    throw reader.wrong("vocabulary", "gives two terms the feature \(index)")
                }
                terms[index] = try bytes(of: term, at: index, reader, analyzer)
            }
            return terms
        case nil: throw reader.wrong("vocabulary", "is missing")
        default:
            throw reader.wrong("vocabulary", "is not a list of terms or an object of features")
        }
    }

    private static func bytes(
        of term: String, at index: Int, _ reader: SpecReader, _ analyzer: HashedNgrams.Analyzer
    ) throws(SwerveError) -> [UInt8] {
        guard analyzer == .byte else { return Array(term.utf8) }
        var bytes: [UInt8] = []
        for scalar in term.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else {
                throw reader.wrong(
                    "vocabulary", "has a character above U+00FF at [\(index)], where one is a byte")
            }
            bytes.append(byte)
        }
        return bytes
    }

    private static func idf(_ reader: SpecReader) throws(SwerveError) -> [Double]? {
        let isUsed = try reader.bool("use_idf") ?? true
        switch reader.json["idf"] {
        case nil, .null?:
            guard !isUsed else {
                throw reader.wrong("idf", "is missing; use_idf false goes without")
            }
            return nil
        case .array(let values)?:
            guard isUsed else { throw reader.wrong("idf", "is there, but use_idf is false") }
            var numbers: [Double] = []
            numbers.reserveCapacity(values.count)
            for (index, value) in values.enumerated() {
                guard let number = value.double else {
                    throw reader.wrong("idf", "has no number at [\(index)]")
                }
                numbers.append(number)
            }
            return numbers
        default: throw reader.wrong("idf", "is not a list of numbers or null")
        }
    }

    /// The value of a `tfidf_ngrams` step, every key written out but those of options not used.
    package var json: JSONValue {
        let fields: [String: JSONValue] = [
            "analyzer": .string(analyzer.rawValue),
            "ngram_range": [
                .int(Int64(ngramRange.lowerBound)), .int(Int64(ngramRange.upperBound)),
            ],
            "lowercase": .bool(lowercase), "sublinear_tf": .bool(sublinearTF),
            "binary": .bool(binary), "use_idf": .bool(idf != nil),
            "fold_white_space": .bool(foldsWhiteSpace),
            "simple_lowercase": .bool(simpleLowercase),
            "norm": norm.map { .string($0.rawValue) } ?? .null,
            "vocabulary": .array((0..<featureCount).map { .string(text(of: $0)) }),
            "idf": idf.map { .array($0.map { .double($0) }) } ?? .null,
        ]
        return .object(fields.merging(options.json) { own, _ in own })
    }

    /// A term as a spec has it.
    package func text(of feature: Int) -> String {
        let bytes = term(feature)
        guard analyzer == .byte else { return String(decoding: bytes, as: UTF8.self) }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
