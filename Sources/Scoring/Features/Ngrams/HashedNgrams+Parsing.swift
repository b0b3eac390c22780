package import Lifecycle

extension HashedNgrams {
    private static let keys: Set<String> = [
        "analyzer", "ngram_range", "n_features", "alternate_sign", "lowercase", "norm", "binary",
    ]

    /// Reads the value of a `hashed_ngrams` step.
    ///
    /// - Throws: `SwerveError.invalid` that names the key, for unknown keys, wrong types, and
    ///   values out of bounds.
    package init(parsing json: JSONValue, act: String) throws(SwerveError) {
        let reader = SpecReader(json: json, place: "hashed_ngrams", act: act)
        try reader.requireObject(keys: Self.keys)
        analyzer = try Self.analyzer(reader)
        ngramRange = try Self.ngramRange(reader)
        featureCount = try reader.int("n_features", in: 1...Limits.hashedFeatures) ?? 1 << 20
        alternateSign = try reader.bool("alternate_sign") ?? true
        binary = try reader.bool("binary") ?? false
        norm = try Self.norm(reader)
        let lowercase = try reader.bool("lowercase")
        if analyzer == .byte, lowercase == true {
            throw reader.wrong("lowercase", "is true, but the byte analyzer lowers nothing")
        }
        self.lowercase = lowercase ?? (analyzer != .byte)
    }

    static func analyzer(_ reader: SpecReader) throws(SwerveError) -> Analyzer {
        guard let name = try reader.string("analyzer") else {
            throw reader.wrong("analyzer", "is missing; it is byte, char or char_wb")
        }
        guard let analyzer = Analyzer(rawValue: name) else {
            let shown = name.shortened(to: 40)
            throw reader.wrong("analyzer", "is '\(shown)'; it is byte, char or char_wb")
        }
        return analyzer
    }

    static func ngramRange(_ reader: SpecReader) throws(SwerveError) -> ClosedRange<Int> {
        guard let value = reader.json["ngram_range"] else { return 1...1 }
        let bounds = "two whole numbers, 1 <= first <= second <= \(Limits.ngramLength)"
        guard case .array(let pair) = value, pair.count == 2, let first = pair[0].int,
            let second = pair[1].int, first >= 1, first <= second,
            second <= Limits.ngramLength
        else { throw reader.wrong("ngram_range", "is not \(bounds)") }
        return first...second
    }

    static func norm(_ reader: SpecReader) throws(SwerveError) -> Norm? {
        switch reader.json["norm"] {
        case nil: return .l2
        case .null?: return nil
        case .string(let name)?:
            if let norm = Norm(rawValue: name) { return norm }
            fallthrough
        default: throw reader.wrong("norm", "is not \"l1\", \"l2\" or null")
        }
    }
}
