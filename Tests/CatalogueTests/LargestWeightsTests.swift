import Lifecycle
import Registry
import Scoring
import TestSupport
import Testing

@testable import Catalogue

@Suite("the largest weights of a version")
struct LargestWeightsTests {
    private let models: SmallModels

    init() throws { models = try SmallModels() }

    private func weights(_ request: FilesToRegister, atMost count: Int) throws -> LargestWeights {
        let outcome = try models.register(request)
        let version = try models.registry.version(outcome.registration.version)
        let scorer = try OfflineScorer.load(try models.registry.artifact(version.digest))
        return LargestWeights(of: scorer, atMost: count)
    }

    @Test("largest amount first, of equal ones the first, and none of what weighs nothing")
    func order() throws {
        // From -1 in steps of an eighth: 8 weighs nothing.
        let found = try weights(models.request(SmallModels.text([3: 9])), atMost: 4)
        #expect(found.absence == nil)
        #expect(found.weights.map(\.index) == [3, 0, 1, 15])
        #expect(found.weights.map { abs($0.value) } == [9, 1, 0.875, 0.875])
        let all = try weights(models.request(SmallModels.text([3: 8])), atMost: 100)
        #expect(all.weights.count == 15 && !all.weights.contains { $0.index == 8 })
    }

    @Test("a feature of hashed n-grams is called by those that hash to it")
    func names() throws {
        let found = try weights(models.request(SmallModels.text([3: 9])), atMost: 1)
        let name = try #require(found.weights.first?.name)
        #expect(name.contains("\"") && name.contains("more"), "\(name)")
    }

    @Test("features have names whatever the input is, where a spec gives them")
    func specs() throws {
        func spec(_ text: String) throws -> FeaturizerSpec {
            try FeaturizerSpec(parsing: Array(text.utf8), file: "spec.json")
        }
        let fields = try spec(#"{"steps":[{"fields":["bytes","user.age"]}]}"#)
        #expect(fields.featureName(1) == "user.age" && fields.featureName(2) == nil)
        #expect(try spec(#"{"steps":[{"lexical":{}}]}"#).featureName(0) != nil)
        #expect(try spec(#"{"steps":[{"sparse":{"n_features":4}}]}"#).featureName(0) == "svm 1")
        #expect(try spec(SmallModels.spec()).featureName(0) == nil)
    }
}
