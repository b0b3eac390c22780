package import Lifecycle

/// How the word analyzer cuts a text into tokens, with scikit-learn's names.
///
/// Immutable. A class, so that the recipes that have none are copied as fast as without.
package final class WordTokens: Sendable, Equatable {
    /// `token_pattern`.
    package let pattern: TokenPattern
    /// `stop_words` in UTF-8, ascending: tokens that are left out before n-grams are made; nil:
    /// none.
    package let stopWords: [[UInt8]]?
    /// What finds them.
    let stops: TermTable?

    /// scikit-learn's default.
    package static let standard = WordTokens(pattern: .standard)

    private init(pattern: TokenPattern) {
        self.pattern = pattern
        stopWords = nil
        stops = nil
    }

    /// - Parameters:
    ///   - stopWords: a set: one that is there twice counts once, an empty one is no token.
    ///   - place: of the stop words, for errors.
    /// - Throws: `SwerveError.invalid` for words made to collide, `.tooLarge` above
    ///   `Limits.stopWords`.
    package init(
        pattern: TokenPattern = .standard, stopWords: [String]?, act: String = "building tokens",
        place: String = "stop_words"
    ) throws(SwerveError) {
        self.pattern = pattern
        let words = Set((stopWords ?? []).map { Array($0.utf8) }).filter { !$0.isEmpty }
        guard !words.isEmpty else {
            self.stopWords = nil
            stops = nil
            return
        }
        guard words.count <= Limits.stopWords else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(place) has \(words.count) words, the limit is \(Limits.stopWords)")
        }
        let sorted = words.sorted { $0.lexicographicallyPrecedes($1) }
        self.stopWords = sorted
        stops = try TermTable(words: sorted, place: place, act: act)
    }

    package static func == (one: WordTokens, other: WordTokens) -> Bool {
        one.pattern == other.pattern && one.stopWords == other.stopWords
    }
}

/// What becomes of accents before a text is cut: scikit-learn's `strip_accents`.
package enum StripAccents: String, Sendable, CaseIterable {
    /// Decomposed (NFKD), and all that is not ASCII left out.
    case ascii
    /// Decomposed (NFKD), and combining characters left out.
    case unicode
}

/// How a text is made ready and cut: what the recipes of hashed n-grams and of vocabularies have in
/// common beside lowering.
package struct TextOptions: Sendable, Equatable {
    /// After lowering; nil: accents stay.
    package var stripAccents: StripAccents?
    /// How the word analyzer cuts; nil for the other analyzers.
    package var words: WordTokens?

    package init(stripAccents: StripAccents? = nil, words: WordTokens? = nil) {
        self.stripAccents = stripAccents
        self.words = words
    }

    /// The options with the tokens that the analyzer needs, and no others.
    func completed(for analyzer: HashedNgrams.Analyzer) -> TextOptions {
        precondition(
            analyzer == .word || words == nil, "only the word analyzer cuts tokens")
        precondition(analyzer != .byte || stripAccents == nil, "bytes have no accents")
        guard analyzer == .word, words == nil else { return self }
        return TextOptions(stripAccents: stripAccents, words: .standard)
    }

    /// Builds the tables of Unicode that a text of characters or words needs, so that no record
    /// waits for them.
    func loadTables() {
        _ = CharacterTable.shared
        if words != nil { _ = WordTable.shared }
        if stripAccents != nil { _ = AccentTable.shared }
    }
}

extension TextOptions {
    package static let keys: Set<String> = ["strip_accents", "token_pattern", "stop_words"]

    /// Reads the options among the keys of a step.
    ///
    /// - Throws: `SwerveError.invalid` that names the key: a wrong type, a pattern that is not one
    ///   of `TokenPattern`'s, and options that the analyzer does not know.
    init(_ reader: SpecReader, _ analyzer: HashedNgrams.Analyzer) throws(SwerveError) {
        stripAccents = try Self.stripAccents(reader)
        guard analyzer != .byte || stripAccents == nil else {
            throw reader.wrong("strip_accents", "is there, but bytes have no accents")
        }
        guard analyzer == .word else {
            for key in ["token_pattern", "stop_words"] where reader.json[key] ?? .null != .null {
                throw reader.wrong(key, "is there, and only the word analyzer knows it")
            }
            return
        }
        words = try WordTokens(
            pattern: Self.pattern(reader), stopWords: Self.stopWords(reader), act: reader.act,
            place: "\(reader.place).stop_words")
    }

    /// Reads the options of a step of a bundle; `place` names it in errors.
    ///
    /// - Throws: as above.
    package init(
        parsing json: JSONValue, _ analyzer: HashedNgrams.Analyzer, place: String, act: String
    ) throws(SwerveError) {
        try self.init(SpecReader(json: json, place: place, act: act), analyzer)
    }

    private static func stripAccents(_ reader: SpecReader) throws(SwerveError) -> StripAccents? {
        switch reader.json["strip_accents"] {
        case nil, .null?: return nil
        case .string(let name)?:
            if let found = StripAccents(rawValue: name) { return found }
            fallthrough
        default: throw reader.wrong("strip_accents", "is not \"ascii\", \"unicode\" or null")
        }
    }

    private static func pattern(_ reader: SpecReader) throws(SwerveError) -> TokenPattern {
        guard reader.json["token_pattern"] ?? .null != .null,
            let text = try reader.string("token_pattern")
        else { return .standard }
        guard let pattern = TokenPattern(text) else {
            throw SwerveError(
                .invalid, act: reader.act,
                reason: "\(reader.place).token_pattern '\(text.shortened(to: 60))' cannot be "
                    + "expressed", remedy: "the patterns are \(TokenPattern.usual)")
        }
        return pattern
    }

    private static func stopWords(_ reader: SpecReader) throws(SwerveError) -> [String]? {
        guard let value = reader.json["stop_words"], value != .null else { return nil }
        guard let list = value.array else {
            throw reader.wrong("stop_words", "is not a list of words or null")
        }
        guard list.count <= Limits.stopWords else {
            throw reader.wrong(
                "stop_words", "has \(list.count) words, the limit is \(Limits.stopWords)")
        }
        var words: [String] = []
        for (index, word) in list.enumerated() {
            guard let word = word.string else {
                throw reader.wrong("stop_words", "has no string at [\(index)]")
            }
            words.append(word)
        }
        return words
    }

    /// The keys that differ from what an absent one means, and the tokens of words.
    var json: [String: JSONValue] {
        var fields: [String: JSONValue] = [:]
        fields["strip_accents"] = stripAccents.map { .string($0.rawValue) }
        fields["token_pattern"] = words.map { .string($0.pattern.text) }
        fields["stop_words"] = words?.stopWords.map { words in
            .array(words.map { .string(String(decoding: $0, as: UTF8.self)) })
        }
        return fields
    }
}
