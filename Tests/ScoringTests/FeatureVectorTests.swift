import Lifecycle
import Testing

@testable import Scoring

@Suite("FeatureVector")
struct FeatureVectorTests {
    private func features(_ vector: borrowing FeatureVector) -> [Feature] {
        var features: [Feature] = []
        for position in 0..<vector.count { features.append(vector.feature(position)) }
        return features.sorted { $0.index < $1.index }
    }

    @Test("it begins without features, and says so")
    func begins() {
        let vector = FeatureVector()
        #expect(vector.form == .none)
        #expect(vector.count == 0)
        #expect(vector.fault == nil)
    }

    @Test("counts, values and a value a feature are the same features")
    func forms() {
        var scratch = FeatureScratch()
        scratch.begin(features: 6, ngrams: 10)
        // Feature 4 three times, 1 once, and 2 once with the sign.
        let hashes: [UInt32] = [4, 1, 4, 0x8000_0002, 4]
        for (place, hash) in hashes.enumerated() {
            unsafe scratch.counting.hashes.pointer[place] = hash
        }
        scratch.countHashes(5)
        scratch.finish(norm: nil, binary: false)
        let wanted = [(1, 1.0), (2, -1.0), (4, 3.0)].map { Feature(index: $0.0, value: $0.1) }
        #expect(scratch.features.form == .counted)
        #expect(features(scratch.features) == wanted)
        scratch.features.makeSparse()
        #expect(scratch.features.form == .sparse)
        #expect(features(scratch.features) == wanted)
        scratch.features.makeDense()
        #expect(scratch.features.form == .dense)
        #expect(features(scratch.features).map(\.value) == [0, 1, -1, 0, 3, 0])
    }

    @Test("a refusal leaves no features, and nothing of it is left behind the next input")
    func refusal() {
        var vector = FeatureVector()
        vector.beginSparse(features: 3, capacity: 1)
        vector.append(2, 5)
        vector.endSparse(tailSquares: 9)
        vector.refuse(.missingField(1))
        #expect(vector.form == .none && vector.count == 0 && vector.tailSquares == 0)
        #expect(vector.fault == .missingField(1))
        vector.beginDense(features: 2)
        #expect(vector.form == .dense && vector.fault == nil)
    }

    @Test("what a union inside a union collects lies behind what the outer one has")
    func unions() {
        var union = FeatureScratch.UnionMemory()
        var vector = FeatureVector()
        func put(_ given: [(UInt32, Double)], space: Int, into vector: inout FeatureVector) {
            vector.beginSparse(features: space, capacity: given.count)
            for (index, value) in given { vector.append(index, value) }
        }
        put([(1, 10)], space: 2, into: &vector)
        union.collect(vector, offset: 0)
        let inner = union.count
        put([(0, 20)], space: 3, into: &vector)
        union.collect(vector, offset: 0)
        put([(2, 30)], space: 3, into: &vector)
        union.collect(vector, offset: 3)
        union.give(
            since: inner, to: &vector, space: 6, isDense: false, tailSquares: 0)
        #expect(
            features(vector) == [
                Feature(index: 0, value: 20), Feature(index: 5, value: 30),
            ])
        union.collect(vector, offset: 2)
        union.give(
            since: 0, to: &vector, space: 8, isDense: false, tailSquares: 4)
        #expect(
            features(vector) == [
                Feature(index: 1, value: 10), Feature(index: 2, value: 20),
                Feature(index: 7, value: 30),
            ])
        #expect(vector.tailSquares == 4)
        #expect(union.count == 0)
        put([(0, 1)], space: 2, into: &vector)
        union.collect(vector, offset: 0)
        union.drop(since: 0)
        #expect(union.count == 0)
    }

    @Test("a text that was scored without features left none, and to score those ends the process")
    func noFeatures() async {
        await #expect(processExitsWith: .failure) {
            let scorer = try Scorer(
                featurizer: Recipes.featurizer(Recipes.ngrams(.byte, features: 8)),
                model: Model(
                    classes: ["1", "-1"], weights: Array(repeating: 1, count: 8), intercept: 0,
                    isLogistic: false), labels: [:], threshold: 0)
            let buffer = FeatureBuffer()
            let input = OwnedInput(text: Array("GET /".utf8))
            guard scorer.score(input, buffer, ScoreOutput()).isFinite, buffer.featureCount == 0
            else { return }
            _ = scorer.score(buffer, ScoreOutput())
        }
    }
}
