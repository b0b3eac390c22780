import Lifecycle
import Scoring
import Testing

@Suite("tf-idf specs")
struct TfidfSpecTests {
    private static func parse(_ keys: String) throws -> TfidfNgrams {
        try TfidfNgrams(
            parsing: JSONValue(parsing: Array("{\(keys)}".utf8), act: "reading spec.json"),
            act: "reading spec.json")
    }

    @Test("every key is read, and written so that it reads back the same")
    func allKeys() throws {
        let recipe = try Self.parse(
            """
            "analyzer":"char","ngram_range":[2,4],"lowercase":true,"norm":"l1","sublinear_tf":true,
            "binary":true,"use_idf":true,"vocabulary":["é","ab"],"idf":[1,2.5],
            "fold_white_space":false,"simple_lowercase":true
            """)
        #expect(recipe.analyzer == .char && recipe.ngramRange == 2...4 && recipe.lowercase)
        #expect(recipe.norm == .l1 && recipe.sublinearTF && recipe.binary)
        #expect(recipe.vocabulary == [[0xC3, 0xA9], [0x61, 0x62]] && recipe.idf == [1, 2.5])
        #expect(!recipe.foldsWhiteSpace && recipe.simpleLowercase)
        #expect(try TfidfNgrams(parsing: recipe.json, act: "") == recipe)
    }

    @Test("an absent key means scikit-learn's default")
    func defaults() throws {
        let recipe = try Self.parse("\"analyzer\":\"char\",\"vocabulary\":[\"a\"],\"idf\":[2]")
        #expect(recipe.ngramRange == 1...1 && recipe.lowercase && recipe.norm == .l2)
        #expect(!recipe.sublinearTF && !recipe.binary && recipe.foldsWhiteSpace)
        let without = try Self.parse(
            "\"analyzer\":\"char_wb\",\"use_idf\":false,\"vocabulary\":[\"a\"],\"norm\":null")
        #expect(without.idf == nil && without.norm == nil)
        #expect(try TfidfNgrams(parsing: without.json, act: "") == without)
    }

    @Test("an object gives each term its feature")
    func objectForm() throws {
        let recipe = try Self.parse(
            "\"analyzer\":\"char\",\"vocabulary\":{\"b\":0,\"a\":2,\"c\":1},\"use_idf\":false")
        #expect(recipe.vocabulary == [[0x62], [0x63], [0x61]])
    }

    @Test("a term of bytes has a character for each, and looks the same when written")
    func bytes() throws {
        let recipe = try Self.parse(
            "\"analyzer\":\"byte\",\"vocabulary\":[\"\\u00ff\\u0000a\",\"é\"],\"use_idf\":false")
        #expect(recipe.vocabulary == [[0xFF, 0x00, 0x61], [0xE9]])
        #expect(try TfidfNgrams(parsing: recipe.json, act: "") == recipe)
    }

    @Test("terms that Unicode calls alike are two where their bytes differ")
    func canonicalEquivalence() throws {
        let recipe = try Self.parse(
            "\"analyzer\":\"char\",\"vocabulary\":[\"\\u00e9\",\"e\\u0301\"],\"use_idf\":false")
        #expect(recipe.featureCount == 2)
    }

    @Test("a spec may begin with it, and reads back what it writes")
    func inSpec() throws {
        let text = """
            {"steps":[{"tfidf_ngrams":{"analyzer":"char","vocabulary":["a","b"],"idf":[1,2]}},
            {"normalizer":{"norm":"l1"}}]}
            """
        let spec = try FeaturizerSpec(parsing: Array(text.utf8), file: "spec.json")
        guard case .tfidfNgrams(let recipe) = spec.source else {
            Issue.record("\(spec.source)")
            return
        }
        #expect(recipe.featureCount == 2 && spec.transforms == [.normalizer(.l1)])
        #expect(try FeaturizerSpec(parsing: spec.json.bytes, file: "again") == spec)
        #expect(try Featurizer(spec).featureCount == 2)
    }

    private static func char(_ rest: String) -> String { "\"analyzer\":\"char\",\(rest)" }

    private static let refused: [(keys: String, words: String)] = [
        ("\"analyzer\":\"words\"", "analyzer is 'words'; it is byte, char, char_wb or word"),
        (
            char("\"vocabulary\":[\"a\"],\"idf\":[1],\"stop_words\":[\"b\"]"),
            "stop_words is there, and only the word analyzer knows it"
        ),
        (
            "\"analyzer\":\"word\",\"vocabulary\":[\"a\",\"b\",\"a\"],\"idf\":[1,2,3]",
            "vocabulary[2] is the same as [0]"
        ),
        (
            "\"analyzer\":\"word\",\"vocabulary\":[\"a b\",\"\"],\"idf\":[1,2]",
            "vocabulary[1] is empty"
        ),
        (
            "\"analyzer\":\"word\",\"vocabulary\":[\"a\"],\"idf\":[1],\"simple_lowercase\":true",
            "simple_lowercase is true, which is ONNX's"
        ),
        ("\"vocabulary\":[\"a\"]", "tfidf_ngrams.analyzer is missing"),
        (char("\"max_features\":3"), "unknown key 'max_features'"),
        (char("\"idf\":[1]"), "vocabulary is missing"),
        (char("\"vocabulary\":3,\"idf\":[1]"), "vocabulary is not a list of terms"),
        (char("\"vocabulary\":[],\"idf\":[]"), "vocabulary has no terms"),
        (char("\"vocabulary\":[\"a\",1],\"idf\":[1,2]"), "vocabulary has no string at [1]"),
        (char("\"vocabulary\":[\"a\",\"\"],\"idf\":[1,2]"), "vocabulary[1] is empty"),
        (
            char("\"vocabulary\":[\"a\",\"b\",\"a\"],\"idf\":[1,2,3]"),
            "vocabulary[2] is the same as [0]"
        ),
        (
            char("\"vocabulary\":[\"abcdefghijklmnopq\"],\"idf\":[1]"),
            "vocabulary[0] is longer than 16"
        ),
        (
            char("\"vocabulary\":{\"a\":0,\"b\":2},\"idf\":[1,2]"),
            "gives 'b' no feature from 0 to 1"
        ),
        (char("\"vocabulary\":{\"a\":-1},\"idf\":[1]"), "gives 'a' no feature"),
        (char("\"vocabulary\":{\"a\":1.5},\"idf\":[1]"), "gives 'a' no feature"),
        (char("\"vocabulary\":{\"a\":0,\"b\":0},\"idf\":[1,2]"), "gives two terms the feature 0"),
        (char("\"vocabulary\":{},\"idf\":[]"), "vocabulary has no terms"),
        (char("\"vocabulary\":[\"a\"]"), "idf is missing; use_idf false goes without"),
        (char("\"vocabulary\":[\"a\"],\"idf\":null"), "idf is missing"),
        (
            char("\"vocabulary\":[\"a\"],\"idf\":[1],\"use_idf\":false"),
            "idf is there, but use_idf is false"
        ),
        (char("\"vocabulary\":[\"a\"],\"idf\":[1,2]"), "idf has 2 numbers for 1 terms"),
        (char("\"vocabulary\":[\"a\",\"b\"],\"idf\":[1,\"x\"]"), "idf has no number at [1]"),
        (char("\"vocabulary\":[\"a\"],\"idf\":{}"), "idf is not a list of numbers or null"),
        (
            char("\"vocabulary\":[\"a\"],\"idf\":[1],\"sublinear_tf\":1"),
            "sublinear_tf is not true or false"
        ),
        (char("\"vocabulary\":[\"a\"],\"idf\":[1],\"norm\":\"max\""), "norm is not"),
        (char("\"vocabulary\":[\"a\"],\"idf\":[1],\"ngram_range\":[0,1]"), "ngram_range is not"),
        (
            char(
                "\"vocabulary\":[\"a\"],\"idf\":[1],\"lowercase\":false,\"simple_lowercase\":true"),
            "simple_lowercase is true, but lowercase is false"
        ),
        (
            "\"analyzer\":\"char_wb\",\"vocabulary\":[\"a\"],\"idf\":[1],\"fold_white_space\":false",
            "fold_white_space is false, which only the char analyzer knows"
        ),
        (
            "\"analyzer\":\"byte\",\"vocabulary\":[\"a\"],\"idf\":[1],\"lowercase\":true",
            "lowercase is true, but the byte analyzer lowers nothing"
        ),
        (
            "\"analyzer\":\"byte\",\"vocabulary\":[\"a\",\"\\u0100\"],\"idf\":[1,2]",
            "a character above U+00FF at [1]"
        ),
    ]

    @Test("a wrong spec is refused with the name and place of what is wrong", arguments: refused)
    func refusal(keys: String, words: String) throws {
        let error = #expect(throws: SwerveError.self) { try Self.parse(keys) }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("spec.json") == true)
    }

    private static func recipe(
        _ vocabulary: [[UInt8]], idf: [Double]? = nil
    ) throws(SwerveError) -> TfidfNgrams {
        try TfidfNgrams(
            analyzer: .char, ngramRange: 1...3, preprocessing: .init(lowercase: true),
            weighting: .init(norm: .l2, idf: idf), vocabulary: vocabulary)
    }

    @Test("terms and numbers that no JSON holds are refused too")
    func notJSON() {
        let invalid = #expect(throws: SwerveError.self) { try Self.recipe([[0x61], [0xFF]]) }
        #expect(invalid?.reason == "tfidf_ngrams.vocabulary[1] is not UTF-8")
        for number in [Double.nan, .infinity] {
            let error = #expect(throws: SwerveError.self) {
                try Self.recipe([[0x61], [0x62]], idf: [1, number])
            }
            #expect(error?.reason == "tfidf_ngrams.idf[1] is not a finite number")
        }
    }

    @Test("more terms than the limit are refused before anything is made of them")
    func tooMany() {
        let terms = [[UInt8]](repeating: [0x61], count: Limits.vocabularyTerms + 1)
        let error = #expect(throws: SwerveError.self) { try Self.recipe(terms) }
        #expect(error?.code == .tooLarge)
    }
}
