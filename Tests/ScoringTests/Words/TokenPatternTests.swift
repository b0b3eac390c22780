import Lifecycle
import Scoring
import Testing

@Suite("Patterns of tokens")
struct TokenPatternTests {
    private static let taken = [
        #"(?u)\b\w\w+\b"#, #"(?u)\b\w+\b"#, #"\b\w+\b"#, #"\w+"#, #"(?u)\w+"#, #"\w{1,}"#,
        #"\w{2,}"#, #"\b\w{3,}\b"#, #"\S+"#, #"[^\s]+"#, "[a-zA-Z0-9]+", "[A-Za-z]+",
        "[a-z]+", #"(\w+)"#,
        #"(?u)\b(\w\w+)\b"#, #"(?u)(\b\w+\b)"#, #"(?:\w+)"#, #"\w\w*"#, #"\b[a-zA-Z]{3,15}\b"#,
        #"[^\W\d_]+"#, #"[\w-]+"#, #"[-\w.]+"#, #"[\w'\-\/\.]+"#, "[^,;]+", #"[A-Za-z0-9_\-]{2,}"#,
        #"(?u)\b[a-zA-Z][a-zA-Z]+\b"#, #"[ \t]+"#, #"\b\w{4}\b"#,
    ]

    @Test("a class of characters that repeats is taken, in every spelling", arguments: taken)
    func isTaken(pattern: String) {
        #expect(TokenPattern(pattern)?.text == pattern)
    }

    private static let refused = [
        "", "a", #"\w"#, #"\w{2}"#, #"\w{2,5}"#, #"\b\S{2,5}\b"#, #"\w+?"#, #"\w++"#, #"\w*"#,
        #"\w{0,}"#, #"\w{3,2}"#, #"\w{99999,}"#, #"(?i)[a-z]+"#, #"(?a)\w+"#, #"[a-z]\w+"#,
        #"\w+|\d+"#, #"(\w+)(\d+)"#, #"(\w+"#, #"\w+)"#, #"(?P<word>\w+)"#, #"[[a-z]]+"#, "[]a]+",
        "[^]+", "[a-z", "[z-a]+", "[a--b]+", "[a&&b]+", #"[\w-.]+"#, "[é]+", #"\bw+\b"#, #"\B\w+"#,
        #"\w+\B"#, ".+", "[a-z]+ [a-z]+", #"(?=\w)\w+"#, #"\w+$"#, #"^\w+"#, #"[\b]+"#, #"\p{L}+"#,
        #"[\x41]+"#, String(repeating: #"\w"#, count: 200) + "+",
    ]

    @Test("anything else is not", arguments: refused)
    func isRefused(pattern: String) {
        #expect(TokenPattern(pattern) == nil)
    }

    private static func parse(_ keys: String) throws -> FeaturizerSpec {
        let text = "{\"steps\":[{\"hashed_ngrams\":{\(keys)}}]}"
        return try FeaturizerSpec(parsing: Array(text.utf8), file: "spec.json")
    }

    private static let specs = [
        "\"analyzer\":\"word\"", "\"analyzer\":\"word\",\"token_pattern\":\"\\\\S+\"",
        "\"analyzer\":\"word\",\"stop_words\":[\"the\",\"é\"],\"strip_accents\":\"unicode\"",
        "\"analyzer\":\"char\",\"strip_accents\":\"ascii\"",
        "\"analyzer\":\"word\",\"token_pattern\":null,\"stop_words\":null,\"strip_accents\":null",
    ]

    @Test("a spec reads back what it writes", arguments: specs)
    func roundTrip(keys: String) throws {
        let spec = try Self.parse(keys)
        let again = try FeaturizerSpec(parsing: spec.json.bytes, file: "again")
        #expect(again == spec && again.json == spec.json)
    }

    @Test("specs that differ in words alone are not equal")
    func equality() throws {
        let specs = try Self.specs.dropLast().map { try Self.parse($0) }
        for (index, spec) in specs.enumerated() {
            #expect(specs.firstIndex(of: spec) == index)
        }
        #expect(try Self.parse(Self.specs[4]) == specs[0])
    }

    private static func words(_ rest: String) -> String { "\"analyzer\":\"word\",\(rest)" }

    private static let wrong: [(keys: String, words: String)] = [
        (
            words("\"token_pattern\":\"a|b\""),
            "token_pattern 'a|b' cannot be expressed; the patterns"
        ),
        (words("\"token_pattern\":1"), "token_pattern is not a string"),
        (words("\"stop_words\":\"english\""), "stop_words is not a list of words or null"),
        (words("\"stop_words\":[1]"), "stop_words has no string at [0]"),
        (words("\"strip_accents\":\"all\""), "strip_accents is not \"ascii\", \"unicode\" or null"),
        (words("\"ngram_range\":[1,17]"), "second <= 16"),
        ("\"analyzer\":\"char\",\"stop_words\":[]", "only the word analyzer knows it"),
        (
            "\"analyzer\":\"char_wb\",\"token_pattern\":\"\\\\w+\"",
            "only the word analyzer knows it"
        ),
        ("\"analyzer\":\"byte\",\"strip_accents\":\"ascii\"", "bytes have no accents"),
        (words("\"tokenizer\":\"split\""), "unknown key 'tokenizer'"),
        (
            words(
                "\"stop_words\":["
                    + (0...Limits.stopWords).map { "\"\($0)\"" }.joined(separator: ",") + "]"),
            "stop_words has 65537 words, the limit is 65536"
        ),
    ]

    @Test("a wrong spec is refused with the name of what is wrong", arguments: wrong.indices)
    func refusal(index: Int) throws {
        let (keys, words) = Self.wrong[index]
        let error = #expect(throws: SwerveError.self) { try Self.parse(keys) }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("spec.json") == true)
    }
}
