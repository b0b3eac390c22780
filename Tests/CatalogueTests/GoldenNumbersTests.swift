import Lifecycle
import Scoring
import Testing

@testable import Catalogue

@Suite("Golden inputs that Swerve makes")
struct GoldenNumbersTests {
    private func inputs(_ source: FeatureSource, modelFeatures: Int? = nil) throws -> [OwnedInput] {
        GoldenNumbers.inputs(
            for: try Featurizer(FeaturizerSpec(source: source), modelFeatures: modelFeatures))
    }

    @Test("a model that reads texts gets texts, as ever")
    func texts() throws {
        #expect(try inputs(.lexical) == GoldenTexts.all.map { OwnedInput(text: $0) })
    }

    @Test("dense input has zeros, ones, and numbers of many sizes, the same in every run")
    func dense() throws {
        let made = try inputs(.dense(count: 30))
        #expect(try made == inputs(.dense(count: 30)))
        #expect(made.count > 10)
        #expect(made.allSatisfy { $0.dense?.count == 30 && $0.text == nil && $0.sparse == nil })
        let vectors = made.compactMap(\.dense)
        #expect(vectors.contains([Double](repeating: 0, count: 30)))
        #expect(vectors.contains([Double](repeating: 1, count: 30)))
        #expect(Set(vectors).count == vectors.count)
        let magnitudes = vectors.joined().map(\.magnitude)
        #expect(magnitudes.contains { $0 > 1e5 })
        #expect(magnitudes.contains { $0 > 0 && $0 < 1e-5 })
        #expect(vectors.joined().contains { $0 < 0 })
    }

    @Test("a million features still make inputs that fit an artifact")
    func wide() throws {
        for source in [FeatureSource.dense(count: 1 << 20), .sparse(count: 1 << 24)] {
            let made = try inputs(source)
            #expect(!made.isEmpty)
            var bytes = 0
            for input in made {
                bytes += (input.dense ?? []).reduce(0) { $0 + "\($1)".utf8.count + 1 }
                #expect((input.sparse?.count ?? 0) <= 64)
                #expect((input.sparse ?? []).allSatisfy { $0.index < 1 << 24 && $0.value != 0 })
            }
            #expect(bytes < Limits.goldenBytes)
        }
    }

    @Test("named texts are given by name, alone and beside others")
    func namedTexts() throws {
        let ngrams = HashedNgrams(
            analyzer: .byte, ngramRange: 1...1, featureCount: 8, alternateSign: false,
            lowercase: false, norm: nil, binary: false)
        let one = FeatureSource.textField("url", .hashedNgrams(ngrams))
        #expect(
            try inputs(one) == GoldenTexts.all.map { OwnedInput(texts: ["url": $0]) })
        let two = try inputs(
            .union([
                FeaturizerSpec(source: one),
                FeaturizerSpec(source: .textField("agent", .hashedNgrams(ngrams))),
                FeaturizerSpec(source: .fields(FieldList(names: ["n"], missing: nil))),
            ]))
        #expect(two.allSatisfy { Set($0.texts.keys) == ["url", "agent"] && $0.fields.count == 1 })
        #expect(two.contains { $0.texts["url"] != $0.texts["agent"] })
    }

    @Test("named fields are given by name, and a union gets all it reads")
    func union() throws {
        let fields = FeatureSource.fields(FieldList(names: ["a", "b.c"], missing: 0))
        #expect(try inputs(fields).allSatisfy { Set($0.fields.keys) == ["a", "b.c"] })
        let made = try inputs(
            .union([
                FeaturizerSpec(source: .lexical), FeaturizerSpec(source: .sparse(count: 3)),
                FeaturizerSpec(source: fields),
            ]))
        #expect(made.count >= GoldenTexts.all.count)
        #expect(made.allSatisfy { $0.text != nil && $0.sparse != nil && $0.fields.count == 2 })
    }
}
