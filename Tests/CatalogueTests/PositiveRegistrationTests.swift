import Lifecycle
import Registry
import Scoring
import TestSupport
import Testing

@testable import Catalogue

@Suite("registering with a positive class")
struct PositiveRegistrationTests {
    private let models: SmallModels

    init() throws { models = try SmallModels() }

    private func request() throws -> FilesToRegister {
        var request = try models.request(SmallModels.text(labels: "0 1"))
        request.labels = ["normal": "0", "attack": "1"]
        return request
    }

    private func scored(_ outcome: RegistrationOutcome) throws -> [JSONValue] {
        let scorer = try OfflineScorer(try models.registry.artifact(outcome.registration.digest))
        let lines = "{\"text\":\"GET /?id=1'--\"}\n{\"text\":\"\"}\n{\"text\":\"zz\"}\n"
        var documents: [JSONValue] = []
        _ = try scorer.scoreLines(of: try models.folder.write("in.jsonl", lines)) {
            documents.append($0)
        }
        return documents
    }

    @Test("scores turn their sign, labels stay, and the class is named everywhere")
    func turned() throws {
        let plain = try models.register(request())
        var turned = try request()
        turned.positive = "attack"
        let outcome = try models.register(turned)
        #expect(outcome.registration.isNew && outcome.manifest.reading.positive == "1")
        #expect(outcome.json["positive"] == "attack" && plain.json["positive"] == "normal")
        #expect(outcome.meaning?.words.contains("0 or more means 'attack'") == true)
        let (before, after) = (try scored(plain), try scored(outcome))
        for (one, other) in zip(before, after) {
            #expect(try #require(other["score"]?.double) == -(try #require(one["score"]?.double)))
            #expect(other["label"] == one["label"])
            #expect(one["of"] == "normal" && other["of"] == "attack")
        }
        // An empty text has the decision 0.
        #expect(before[1]["score"]?.double == 0 && after[1]["label"] == "attack")
    }

    @Test("a label and the model's own name are one version; the class it speaks of anyway is none")
    func names() throws {
        let plain = try models.register(request())
        var byLabel = try request()
        byLabel.positive = "attack"
        var byClass = try request()
        byClass.positive = "1"
        let first = try models.register(byLabel)
        let again = try models.register(byClass)
        #expect(first.registration.digest == again.registration.digest)
        var same = try request()
        same.positive = "normal"
        #expect(try models.register(same).registration.digest == plain.registration.digest)
        var unknown = try request()
        unknown.positive = "bot"
        let error = try #require(throws: SwerveError.self) { try models.register(unknown) }
        #expect(error.description.contains("no class 'bot'"))
        #expect(error.description.contains("0, 1"))
    }

    @Test("a threshold that is given speaks of that class, settings too")
    func threshold() throws {
        var request = try request()
        request.positive = "attack"
        request.threshold = 0.25
        let outcome = try models.register(request)
        #expect(outcome.manifest.threshold == 0.25)
        let artifact = try models.registry.artifact(outcome.registration.digest)
        let scorer = try OfflineScorer.load(artifact, settings: VersionSettings(threshold: 0.5))
        #expect(scorer.threshold == 0.5 && scorer.positiveLabel == "attack")
        let renamed = try OfflineScorer.load(
            artifact, settings: VersionSettings(labels: ["bad": "1", "good": "0"]))
        #expect(renamed.positiveLabel == "bad")
        let effective = try SettingsCheck.effective(
            VersionSettings(threshold: 0.5), of: models.version(1), in: models.registry)
        #expect(effective.positive == "attack" && effective.threshold == 0.5)
    }

    @Test("an exported folder keeps it, with its digest, and says it already")
    func exported() throws {
        var request = try request()
        request.positive = "attack"
        let digest = try models.register(request).registration.digest
        let folder = try models.export(1)
        var again = FilesToRegister(model: try ModelName("other"), file: folder)
        #expect(try models.register(again).registration.digest == digest)
        again.positive = "attack"
        let error = try #require(throws: SwerveError.self) { try models.register(again) }
        #expect(error.description.contains("positive is given"))
    }

    @Test("a trainer's golden decisions are its tool's, or already that class's")
    func golden() throws {
        let plain = try scored(try models.register(request()))
        let score = try #require(plain[0]["score"]?.double)
        for (sign, isRefused) in [(1.0, false), (-1, false), (0.5, true)] {
            var request = try request()
            request.positive = "attack"
            request.note = "golden"
            request.golden = try models.folder.write(
                "golden.jsonl", #"{"text":"GET /?id=1'--","decision":[\#(score * sign)]}"# + "\n")
            if isRefused {
                #expect(throws: SwerveError.self) { try models.register(request) }
            } else {
                let outcome = try models.register(request)
                #expect(outcome.manifest.goldenSource == .supplied && outcome.goldenInputs == 1)
            }
        }
    }

    private static let pairwise = """
        svm_type c_svc
        kernel_type rbf
        gamma 0.5
        nr_class 3
        total_sv 3
        rho 0 0 0
        label 10 20 30
        probA -1 -1 -1
        probB 2 0 0
        nr_sv 1 1 1
        SV
        1 1 0:1\u{20}
        -1 1 1:1\u{20}
        -1 -1 2:1\u{20}

        """

    @Test("a label rule and indices from 0 are part of the version, and of what is said of it")
    func libsvm() throws {
        let spec = #"{"steps":[{"sparse":{"n_features":3}}]}"#
        func request(
            _ change: (inout FilesToRegister) -> Void = { _ in }
        ) throws -> FilesToRegister {
            var request = try models.request(Self.pairwise, spec: spec)
            request.isZeroBased = true
            change(&request)
            return request
        }
        let votes = try models.register(request())
        #expect(votes.meaning?.labelRule == .votes && votes.manifest.reading.isZeroBased)
        let named = try models.register(request { $0.labelRule = .votes })
        #expect(named.registration.digest == votes.registration.digest)
        let largest = try models.register(request { $0.labelRule = .probability })
        #expect(largest.registration.isNew && largest.meaning?.labelRule == .probability)
        #expect(largest.meaning?.words.contains("largest probability") == true)
        let stored = try models.version(largest.registration.version.version)
        #expect(stored.facts.scorer.inputView == "sparse from 0")
        let artifact = try models.registry.artifact(votes.registration.digest)
        let changed = try OfflineScorer.load(
            artifact, settings: VersionSettings(labelRule: .probability))
        #expect(changed.model.labelRule == .probability)
        let scorer = try OfflineScorer(artifact)
        var documents: [JSONValue] = []
        let failures = try scorer.scoreLines(
            of: try models.folder.write("svm.jsonl", "{\"svm\":\"0:1 2:0.5\"}\n")
        ) { documents.append($0) }
        #expect(failures == 0 && documents[0]["of"] == nil)
        #expect(throws: SwerveError.self) {
            try models.register(request { $0.isZeroBased = false })
        }
        #expect(throws: SwerveError.self) { try models.register(request { $0.positive = "10" }) }
    }
}
