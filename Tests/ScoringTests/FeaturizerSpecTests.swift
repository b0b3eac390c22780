import Lifecycle
import Scoring
import Testing

@Suite("Featurizer specs")
struct FeaturizerSpecTests {
    private static func parse(_ text: String) throws -> HashedNgrams {
        try #require(
            try FeaturizerSpec(parsing: Array(text.utf8), file: "spec.json").hashedNgrams)
    }

    private static func step(_ keys: String) -> String {
        "{\"steps\":[{\"hashed_ngrams\":{\(keys)}}]}"
    }

    @Test("every key is read")
    func allKeys() throws {
        let ngrams = try Self.parse(
            Self.step(
                """
                "analyzer":"char_wb","ngram_range":[2,4],"n_features":1000,"alternate_sign":false,
                "lowercase":false,"norm":"l1","binary":true
                """))
        #expect(
            ngrams
                == Recipes.ngrams(
                    .charWordBoundaries, 2...4, features: 1_000, alternateSign: false,
                    lowercase: false, norm: .l1, binary: true))
    }

    @Test("an absent key means scikit-learn's default")
    func defaults() throws {
        let char = try Self.parse(Self.step("\"analyzer\":\"char\""))
        #expect(char == Recipes.ngrams(.char, 1...1, features: 1 << 20, lowercase: true))
        let byte = try Self.parse(Self.step("\"analyzer\":\"byte\",\"norm\":null"))
        #expect(byte == Recipes.ngrams(.byte, 1...1, features: 1 << 20, norm: nil))
    }

    private static let refused: [(spec: String, words: String)] = [
        ("", "not JSON"),
        ("{\"steps\":[{\"lexical\":{}},]}", "byte 25: not a value"),
        ("{\"steps\":[{\"lexical\":{},}]}", "byte 24: a string is missing"),
        (
            "{\"steps\":[{\"lexical\":{}}],\"steps\":[{\"dense\":{}}]}",
            "byte 26: the key 'steps' twice"
        ),
        (step("\"analyzer\":\"byte\",\"norm\":\"l1\",\"norm\":\"l2\""), "the key 'norm' twice"),
        ("[]", "the spec is not an object"),
        ("{}", "no list 'steps'"),
        ("{\"steps\":{}}", "no list 'steps'"),
        ("{\"steps\":[]}", "'steps' is empty"),
        ("{\"steps\":[{}],\"x\":1}", "unknown key 'x'"),
        ("{\"steps\":[{}]}", "step 1 is not an object with one key"),
        ("{\"steps\":[\"lexical\"]}", "step 1 is not an object with one key"),
        ("{\"steps\":[{\"tfidf_ngrams\":{}}]}", "tfidf_ngrams.analyzer is missing"),
        ("{\"steps\":[{\"union\":[]}]}", "step 1, union has 0 elements"),
        ("{\"steps\":[{\"standard_scaler\":{}}]}", "'standard_scaler' changes features"),
        ("{\"steps\":[{\"word2vec\":{}}]}", "step 1 'word2vec' is unknown"),
        ("{\"steps\":[{\"hashed_ngrams\":[]}]}", "hashed_ngrams is not an object"),
        (step(""), "analyzer is missing"),
        (step("\"analyzer\":\"sentence\""), "analyzer is 'sentence'"),
        (step("\"analyzer\":1"), "analyzer is not a string"),
        (step("\"analyzer\":\"byte\",\"ngrams\":3"), "unknown key 'ngrams'"),
        (step("\"analyzer\":\"byte\",\"lowercase\":true"), "lowercase is true"),
        (step("\"analyzer\":\"char\",\"lowercase\":null"), "lowercase is not true or false"),
        (step("\"analyzer\":\"byte\",\"alternate_sign\":1"), "alternate_sign is not true or false"),
        (step("\"analyzer\":\"byte\",\"binary\":\"no\""), "binary is not true or false"),
        (step("\"analyzer\":\"byte\",\"norm\":\"max\""), "norm is not"),
        (step("\"analyzer\":\"byte\",\"norm\":false"), "norm is not"),
        (step("\"analyzer\":\"byte\",\"n_features\":0"), "n_features is not a whole number"),
        (step("\"analyzer\":\"byte\",\"n_features\":-1"), "n_features is not a whole number"),
        (step("\"analyzer\":\"byte\",\"n_features\":16777217"), "from 1 to 16777216"),
        (step("\"analyzer\":\"byte\",\"n_features\":1e300"), "n_features is not a whole number"),
        (step("\"analyzer\":\"byte\",\"n_features\":10.5"), "n_features is not a whole number"),
        (step("\"analyzer\":\"byte\",\"n_features\":\"10\""), "n_features is not a whole number"),
        (step("\"analyzer\":\"byte\",\"ngram_range\":3"), "ngram_range is not two whole numbers"),
        (step("\"analyzer\":\"byte\",\"ngram_range\":[1]"), "ngram_range"),
        (step("\"analyzer\":\"byte\",\"ngram_range\":[0,1]"), "ngram_range"),
        (step("\"analyzer\":\"byte\",\"ngram_range\":[3,1]"), "ngram_range"),
        (step("\"analyzer\":\"byte\",\"ngram_range\":[1,17]"), "second <= 16"),
        (step("\"analyzer\":\"byte\",\"ngram_range\":[1,2,3]"), "ngram_range"),
        (
            "{\"steps\":[{\"hashed_ngrams\":{\"analyzer\":\"byte\"}},"
                + "{\"hashed_ngrams\":{\"analyzer\":\"char\"}}]}",
            "step 2 'hashed_ngrams' is a source"
        ),
    ]

    @Test("a wrong spec is refused with the name of what is wrong", arguments: refused)
    func refusal(spec: String, words: String) throws {
        let error = #expect(throws: SwerveError.self) { try Self.parse(spec) }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("spec.json") == true)
    }
}
