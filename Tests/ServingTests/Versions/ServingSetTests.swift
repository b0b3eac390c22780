import Inputs
import Lifecycle
import Scoring
import Serving
import Testing

@Suite("ServingSet")
struct ServingSetTests {
    private func loaded(_ version: Int, features: Int = 2) throws -> LoadedVersion {
        let ngrams = HashedNgrams(
            analyzer: .byte, ngramRange: 1...1, featureCount: features, alternateSign: true,
            lowercase: false, norm: .l2, binary: false)
        return LoadedVersion(
            deployed: DeployedVersion(
                version: version,
                digest: Digest(sha256: [UInt8](repeating: UInt8(version), count: 32))),
            scorer: try Scorer(
                featurizer: Featurizer(ngrams),
                model: Model(
                    classes: ["1", "-1"], weights: Array(repeating: 1, count: features),
                    intercept: 0, isLogistic: false),
                labels: ["attack": "1", "normal": "-1"], threshold: 0))
    }

    private func set(
        _ loaded: [LoadedVersion], candidate: Int? = nil, mode: Candidate.Mode = .canary,
        settings: [Int: VersionSettings] = [:], requestBytes: Int = Limits.requestBytes
    ) throws -> ServingSet? {
        let stable = try #require(loaded.first)
        let tried = try candidate.flatMap { number in
            try loaded.first { $0.deployed.version == number }.map {
                Candidate(deployed: $0.deployed, mode: mode, share: try Share(tenThousandths: 500))
            }
        }
        return try ServingSet(
            deployment: Deployment(
                model: try ModelName("m"), epoch: 3, stable: stable.deployed, candidate: tried,
                salt: 1, settings: DeploymentSettings(settings)),
            loaded: loaded, inputTopic: "in", partitionCount: 4,
            input: InputSettings(limitBytes: requestBytes), loadedMs: 0)
    }

    @Test("settings are those of the version that has them; its weights are the loaded ones")
    func settings() throws {
        let versions = [try loaded(1), try loaded(2)]
        let set = try #require(
            try set(
                versions, candidate: 2,
                settings: [2: VersionSettings(threshold: 0.75, labels: ["bad": "1"])]))
        #expect(set.stable.scorer === versions[0].scorer)
        #expect(set.candidate?.scorer.threshold == 0.75)
        #expect(set.candidate?.scorer.labels == ["bad", "-1"])
        // What the next deployment starts from is what the artifact says.
        #expect(set.loaded.map(\.scorer.threshold) == [0, 0])
        #expect(zip(set.loaded, versions).allSatisfy { $0 === $1 })
    }

    @Test("settings that do not fit the model are an error that names the version, for good")
    func unfit() throws {
        let error = #expect(throws: SwerveError.self) {
            try self.set(
                [try loaded(1)], settings: [1: VersionSettings(labels: ["bad": "7"])])
        }
        #expect(error?.isRetryable == false)
        #expect(error?.description.contains("settings of m@1") == true)
        #expect(error?.description.contains("names class '7'") == true)
    }

    @Test("what no memory can be made ready for is an error here, before anything is swapped")
    func unreadable() throws {
        let error = try #require(throws: SwerveError.self) {
            try self.set([try loaded(1)], requestBytes: 1 << 40)
        }
        #expect(error.description.contains("memory is short for text input"), "\(error)")
        #expect(!error.isRetryable)
    }

    @Test("a canary decides its share; a shadow has one too, and no predictions")
    func modes() throws {
        let versions = [try loaded(1), try loaded(2)]
        let canary = try #require(try set(versions, candidate: 2))
        #expect(canary.canaryShare == 500 && canary.shadowShare == 0)
        #expect(canary.canaryForm != nil)
        let shadow = try #require(try set(versions, candidate: 2, mode: .shadow))
        #expect(shadow.canaryShare == 0 && shadow.shadowShare == 500)
        #expect(shadow.canaryForm == nil && shadow.candidate != nil)
        let alone = try #require(try set(versions))
        #expect(alone.canaryShare == 0 && alone.shadowShare == 0 && alone.candidate == nil)
    }

    @Test("features are shared by versions with equal featurizers alone")
    func sharing() throws {
        #expect(try set([try loaded(1), try loaded(2)], candidate: 2)?.sharesFeatures == true)
        #expect(
            try set([try loaded(1), try loaded(2, features: 3)], candidate: 2)?.sharesFeatures
                == false)
        #expect(try set([try loaded(1)])?.sharesFeatures == false)
    }

    @Test("a version over x or svm is refused over lines of a log, and one over fields is not")
    func logs() throws {
        let log = InputSettings(format: .log(LogSettings(plan: try LogPlan(.apache("\"%r\" %b")))))
        for (spec, features) in [
            (#"{"steps":[{"dense":{}}]}"#, 2), (#"{"steps":[{"sparse":{}}]}"#, 2),
        ] {
            let version = try Streams.reading(1, spec: spec, features: features)
            let error = #expect(throws: SwerveError.self) {
                try Streams.set(version, input: log)
            }
            #expect(error?.code == .invalid)
            #expect(error?.isRetryable == false)
            _ = try Streams.set(version)
        }
        let fields = try Streams.reading(1, spec: #"{"steps":[{"fields":["bytes"]}]}"#, features: 1)
        _ = try Streams.set(fields, input: log)
    }
}
