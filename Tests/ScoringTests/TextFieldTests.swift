import Lifecycle
import TestSupport
import Testing

@testable import Scoring

@Suite("N-grams of named texts")
struct TextFieldTests {
    private static let byte = Recipes.ngrams(.byte, 1...2, features: 64)
    private static let words = Recipes.ngrams(.charWordBoundaries, 2...3, features: 128)

    private static func spec(_ field: String, _ ngrams: HashedNgrams) -> FeaturizerSpec {
        FeaturizerSpec(source: .textField(field, .hashedNgrams(ngrams)))
    }

    private func features(_ featurizer: Featurizer, _ input: OwnedInput) -> [Feature]? {
        let buffer = FeatureBuffer()
        featurizer.features(of: input, into: buffer)
        return buffer.fault == nil ? buffer.sortedFeatures() : nil
    }

    private func fault(_ featurizer: Featurizer, _ input: OwnedInput) -> String? {
        let buffer = FeatureBuffer()
        featurizer.features(of: input, into: buffer)
        return buffer.fault.map { featurizer.words(of: $0) }
    }

    @Test("the features of a named text are those of the text")
    func named() throws {
        let featurizer = try Featurizer(Self.spec("url", Self.byte))
        #expect(featurizer.textNames == ["url"] && featurizer.needs == .texts)
        let text = Array("/a?b=é".utf8)
        let expected = Recipes.features(text, Self.byte)
        #expect(features(featurizer, OwnedInput(texts: ["url": text])) == expected)
        #expect(features(featurizer, OwnedInput(text: text)) == expected)
        #expect(
            features(featurizer, OwnedInput(text: [1], texts: ["url": text, "x": []])) == expected)
        #expect(features(featurizer, OwnedInput(texts: ["url": []])) == [])
    }

    @Test("several columns are read side by side with numbers, and none stands for another")
    func several() throws {
        let featurizer = try Featurizer(
            FeaturizerSpec(
                source: .union([
                    Self.spec("url", Self.byte), Self.spec("agent", Self.words),
                    FeaturizerSpec(source: .fields(FieldList(names: ["n"], missing: nil))),
                    Self.spec("url", Self.words),
                ])))
        #expect(featurizer.textNames == ["url", "agent"] && featurizer.fieldNames == ["n"])
        #expect(featurizer.needs == [.texts, .fields] && !featurizer.takesPlainText)
        let (url, agent) = (Array("/x".utf8), Array("curl 8".utf8))
        let got = features(
            featurizer, OwnedInput(fields: ["n": 3], texts: ["url": url, "agent": agent]))
        let expected =
            Recipes.features(url, Self.byte)
            + Recipes.features(agent, Self.words).map {
                Feature(index: $0.index + 64, value: $0.value)
            } + [Feature(index: 192, value: 3)]
            + Recipes.features(url, Self.words).map {
                Feature(index: $0.index + 193, value: $0.value)
            }
        #expect(got == expected)
        #expect(
            fault(featurizer, OwnedInput(text: url, fields: ["n": 3], texts: ["url": url]))
                == "the field 'agent' is missing")
    }

    @Test("a text made of a request's parts does not stand for a named one")
    func made() throws {
        let featurizer = try Featurizer(Self.spec("url", Self.byte))
        let parts = RequestParts(method: 0..<1, path: 2..<3, query: 3..<3, body: 4..<4)
        let input = OwnedInput(text: Array("G /\n".utf8), parts: parts)
        #expect(fault(featurizer, input) == "the field 'url' is missing")
        let view = ScoringInput()
        let buffer = FeatureBuffer()
        featurizer.features(of: view, into: buffer)
        #expect(buffer.fault == .missingView(.texts))
    }

    @Test("a name is a number or a text, and no two things at once")
    func both() {
        let error = #expect(throws: SwerveError.self) {
            try Featurizer(
                FeaturizerSpec(
                    source: .union([
                        Self.spec("n", Self.byte),
                        FeaturizerSpec(source: .fields(FieldList(names: ["n"], missing: 0))),
                    ])))
        }
        #expect(error?.reason == "the field 'n' is read as a number and as a text")
    }

    @Test("the way without features reads the named text, and falls back to it")
    func direct() throws {
        var generator = SeededGenerator(seed: 6)
        for recipe in [Self.byte, Recipes.ngrams(.char, features: 256), Self.words] {
            let weights = (0..<recipe.featureCount).map { _ in
                Double.random(in: -1...1, using: &generator)
            }
            let model = Model(
                classes: ["1", "-1"], weights: weights, intercept: 0.5, isLogistic: false)
            let named = try Scorer(
                featurizer: Featurizer(Self.spec("url", recipe)), model: model, labels: [:],
                threshold: 0)
            let plain = try Scorer(
                featurizer: Featurizer(recipe), model: model, labels: [:], threshold: 0)
            #expect((named.direct == nil) == (plain.direct == nil))
            let (buffer, output) = (FeatureBuffer(), ScoreOutput())
            for text in ["", "/a?b=c", "é", "GET /x\n"] {
                let bytes = Array(text.utf8)
                let expected = plain.score(bytes).score
                let input = OwnedInput(text: [9], texts: ["url": bytes])
                #expect(named.score(input, buffer, output).score == expected)
                #expect(named.score(OwnedInput(text: bytes), buffer, output).score == expected)
            }
            let none = named.score(OwnedInput(dense: [1]), buffer, output)
            #expect(none.fault == .missingText(0) && none.score.isNaN)
        }
    }

    @Test("explanations tell places in the named text")
    func explanation() throws {
        let scorer = try Scorer(
            featurizer: Featurizer(Self.spec("url", Recipes.ngrams(.byte, 2...2, features: 4_096))),
            model: Model(
                classes: ["1", "-1"], weights: [Double](repeating: 1, count: 4_096), intercept: 0,
                isLogistic: false), labels: [:], threshold: 0)
        for (input, name) in [
            (OwnedInput(text: [0x7A], texts: ["url": Array("xab".utf8)]), "url"),
            (OwnedInput(text: Array("xab".utf8)), "text"),
        ] {
            let explanation = try #require(scorer.explain(input, top: 9))
            let places = explanation.contributions.flatMap { contribution -> [NgramOrigin.Place] in
                guard case .feature(_, _, _, .ngrams(let ngrams)) = contribution.subject else {
                    return []
                }
                return ngrams.flatMap(\.places)
            }
            #expect(Set(places.map(\.part)) == [name])
            #expect(Set(places.map(\.offset)) == [0, 1])
        }
    }

    @Test(
        "a field is read from a spec, and written so that it reads back",
        arguments: [
            #"{"hashed_ngrams":{"analyzer":"byte","n_features":8,"field":"net.url"}}"#,
            #"{"tfidf_ngrams":{"analyzer":"char","field":"text","vocabulary":["a"],"idf":[1]}}"#,
        ])
    func roundTrip(step: String) throws {
        let text = #"{"steps":[\#(step)]}"#
        let spec = try FeaturizerSpec(parsing: Array(text.utf8), file: "s")
        let again = try FeaturizerSpec(parsing: spec.json.bytes, file: "s")
        #expect(again == spec && spec.json.text.contains("\"field\":"))
        let other = text.replacing("\"field\":\"", with: "\"field\":\"o")
        #expect(try FeaturizerSpec(parsing: Array(other.utf8), file: "s") != spec)
    }

    @Test(
        "a field that no record can have is refused",
        arguments: [
            ("1", "field is not a string"), (#""""#, "field is empty"),
            (#""label""#, "field is 'label', which has another meaning"),
            (#""a.b.c.d.e.f.g.h.i""#, "field is too long"),
        ])
    func refused(field: String, words: String) {
        let text = #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","field":\#(field)}}]}"#
        let error = #expect(throws: SwerveError.self) {
            try FeaturizerSpec(parsing: Array(text.utf8), file: "s")
        }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
}
