import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("tf-idf of a vocabulary")
struct TfidfTests {
    static func agree(_ got: Double, _ expected: Double) -> Bool {
        (got - expected).magnitude <= 1e-12 * max(1, expected.magnitude)
    }

    private static func isNear(_ one: [Feature], _ other: [Feature]) -> Bool {
        one.map(\.index) == other.map(\.index)
            && zip(one, other).allSatisfy { agree($0.value, $1.value) }
    }

    private static func features(
        _ text: [UInt8], _ recipe: TfidfNgrams, _ buffer: FeatureBuffer
    ) throws -> [Feature] {
        let featurizer = try Featurizer(FeaturizerSpec(source: .tfidfNgrams(recipe)))
        featurizer.features(of: text, into: buffer)
        return buffer.sortedFeatures()
    }

    @Test(
        "features and decisions are those by the book, with every analyzer and option",
        arguments: Vocabularies.options.indices)
    func agreement(option: Int) throws {
        var generator = SeededGenerator(seed: UInt64(option))
        let recipe = try Vocabularies.recipe(Vocabularies.options[option], &generator)
        let (scorer, weights) = try Vocabularies.scorer(recipe, &generator)
        let reference = ReferenceTerms(recipe)
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        var met = 0
        for round in 0..<150 {
            // A few are longer than a chunk.
            let text = Vocabularies.text(
                round, upTo: round < 100 ? 20 : round < 140 ? 200 : 1_500, &generator)
            let expected = reference.features(of: text)
            let got = try Self.features(text, recipe, buffer)
            #expect(Self.isNear(got, expected), "\(text)")
            let decision = ReferenceTerms.decision(expected, weights, 0.5)
            let scored = scorer.score(OwnedInput(text: text), buffer, output).score
            #expect(Self.agree(scored, decision), "\(text)")
            scorer.featurizer.features(of: text, into: buffer)
            let listed = scorer.score(buffer, output).score
            #expect(Self.agree(listed, decision), "\(text)")
            met += got.count
        }
        // Few words of random texts are in a vocabulary of others.
        #expect(met > (recipe.analyzer == .word ? 30 : 200))
    }

    @Test("a buffer serves vocabularies and hashed spaces of different sizes in turn")
    func sharedBuffer() throws {
        var generator = SeededGenerator(seed: 9)
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        let scorers = try Vocabularies.options.map { options in
            try Vocabularies.scorer(Vocabularies.recipe(options, &generator), &generator).scorer
        }
        let hashed = try [1_000, 1 << 16, 3].map { features in
            try Scorer(
                featurizer: Recipes.featurizer(Recipes.ngrams(.char, features: features)),
                model: Model(
                    classes: ["1", "0"], weights: (0..<features).map { Double($0 % 5) - 2 },
                    intercept: 0, isLogistic: false), labels: [:], threshold: 0)
        }
        let all = zip(scorers, scorers.indices).flatMap { [$0, hashed[$1 % 3]] }
        for round in 0..<20 {
            let input = OwnedInput(text: Vocabularies.text(round, upTo: 200, &generator))
            for scorer in all {
                let alone = scorer.score(input, FeatureBuffer(), ScoreOutput())
                #expect(scorer.score(input, buffer, output) == alone)
            }
        }
    }

    @Test("an n-gram that is no term has no feature, and a text of none no decision but the bias")
    func unknown() throws {
        let recipe = try TfidfNgrams(
            analyzer: .char, ngramRange: 1...3, preprocessing: .init(lowercase: true),
            weighting: .init(norm: .l2), vocabulary: [Array("ab".utf8), Array("z".utf8)])
        let buffer = FeatureBuffer()
        let met = try Self.features(Array("xxAByyAB".utf8), recipe, buffer)
        #expect(met == [Feature(index: 0, value: 1)])
        #expect(try Self.features(Array("qqq".utf8), recipe, buffer).isEmpty)
        #expect(try Self.features([], recipe, buffer).isEmpty)
        var generator = SeededGenerator(seed: 1)
        let scorer = try Vocabularies.scorer(recipe, &generator).scorer
        #expect(scorer.score(Array("qqq".utf8)).score == 0.5)
        #expect(scorer.score([]).score == 0.5)
    }

    @Test("equal recipes are equal, and every difference tells")
    func equality() throws {
        var all: [TfidfNgrams] = []
        for options in Vocabularies.options {
            var generator = SeededGenerator(seed: 4)
            var again = SeededGenerator(seed: 4)
            let one = try Vocabularies.recipe(options, &generator)
            #expect(try one == Vocabularies.recipe(options, &again))
            #expect(!all.contains(one))
            all.append(one)
        }
    }
}

@Suite(
    "tf-idf against scikit-learn's",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct TfidfVectorTests {
    @Test(
        "every decision and label agrees",
        arguments: ["sk_tfidf_lsvc", "sk_tfidf_lsvc_nolower"])
    func vectors(name: String) throws {
        let json = try JSONValue(
            parsing: SharedData.bytes("conformance/models/\(name).params.json"), act: "reading")
        var step: [String: JSONValue] = ["analyzer": "char"]
        for key in ["ngram_range", "lowercase", "norm", "sublinear_tf", "vocabulary", "idf"] {
            step[key] = json[key]
        }
        let recipe = try TfidfNgrams(parsing: .object(step), act: "reading")
        let weights = try #require(json["coef"]?.array).compactMap(\.double)
        let intercept = try #require(json["intercept"]?.double)
        let scorer = try Scorer(
            featurizer: Featurizer(FeaturizerSpec(source: .tfidfNgrams(recipe))),
            model: Model(
                task: .classification, classes: ["0", "1"], positive: 1, rule: .single,
                function: .linear(LinearWeights(weights: weights, intercepts: [intercept]))),
            labels: [:], threshold: 0)
        let texts = try ReferenceVectors.texts()
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        let lines = try ReferenceVectors.lines("\(name).jsonl")
        #expect(lines.count > 200)
        for line in lines {
            let id = try #require(line["id"]?.string)
            let text = try #require(texts[id])
            let expected = try #require(line["decision"]?.array?.first?.double)
            let verdict = scorer.score(OwnedInput(text: text), buffer, output)
            #expect(TfidfTests.agree(verdict.score, expected), "\(id)")
            let label = try #require(line["label"]?.int)
            #expect(scorer.labels[verdict.classIndex] == "\(label)", "\(id)")
            scorer.featurizer.features(of: text, into: buffer)
            let listed = scorer.score(buffer, output).score
            #expect(TfidfTests.agree(listed, expected), "\(id)")
        }
    }
}
