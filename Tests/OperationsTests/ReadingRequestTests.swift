import Catalogue
import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

/// What a backend answers to who only looks, and how that travels.
@Suite("requests that only look, and their results")
struct ReadingRequestTests {
    private let fixture: ControlFixture
    private let backend: FileBackend
    private var model: ModelName { fixture.model }

    init() throws {
        fixture = try ControlFixture()
        let brokers = FakeBrokers(fixture.topic)
        backend = FileBackend(
            registry: fixture.path, brokers: { brokers }, for: Caller(author: "ada"))
        let note = ControlFixture.note
        let second = VersionReference(model: fixture.model, version: 2)
        _ = try fixture.registry.annotate(
            second, Annotation(note: "n", tags: ["team": "waf"], metrics: ["auc": 0.9]),
            note: note)
        _ = try fixture.registry.setAlias(try AliasName("champion"), to: second, note: note)
        try fixture.registry.archive(
            VersionReference(model: fixture.model, version: 3), note: note)
        let key = try SigningKey.generate(ModelName("release"))
        try fixture.registry.addKey(
            key.name, publicKey: key.publicKey, roles: [.promote], note: note)
        try fixture.registry.revokeKey(key.name, note: note)
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
    }

    private typealias Example = TravellingExample

    /// Of every request that only looks, and of what it gets here.
    private func examples() throws -> [Example] {
        let champion = VersionSelector(model: model, choice: .alias(try AliasName("champion")))
        let version = VersionRequest(version: champion)
        let search = try SearchRequest("metric.auc > 0.5 and tag.team = waf")
        let none = try SearchRequest("metric.f1 > 0.5 or tag.team = other")
        let history = HistoryRequest(model: model, limit: 10)
        let live = LiveRequest(model: model, at: "2999-01-01T00:00:00.000Z")
        let log = AuditLogRequest(model: model, limit: 10)
        let (one, aliases) = (ModelRequest(model: model), AliasesRequest(model: model))
        let artifact = ArtifactRequest(version: champion)
        let verify = VerifyRequest(scope: .version(champion))
        let first = VersionSelector(model: model, choice: .number(1))
        let digest = try backend.version(version).version.digest
        let bundle = BundleRequest(digest: digest)
        let score = ScoreRequest(
            version: champion, requests: [["method": "GET", "path": "/"]], explain: 1)
        // The fixture's versions do not load.
        let scored = ScoreResult(
            version: VersionReference(model: model, version: 2), digest: digest,
            results: [["score": 0.5, "label": "attack"], ["error": "why"]])
        let diff = DiffRequest(before: first, after: champion, top: 3)
        return [
            Example(diff), Example(try backend.diff(diff)),
            Example(artifact), Example(try backend.artifact(artifact)), Example(verify),
            Example(VerifyRequest(scope: .model(model))), Example(VerifyRequest(scope: .all)),
            Example(
                VerifyRequest(
                    scope: .all, after: VersionReference(model: model, version: 2), limit: 20)),
            Example(try backend.verify(verify)),
            Example(ModelsRequest()), Example(try backend.models(ModelsRequest())),
            Example(one), Example(try backend.model(one)),
            Example(version), Example(try backend.version(version)),
            Example(bundle), Example(try backend.bundle(bundle)),
            Example(score), Example(scored),
            Example(search), Example(try backend.search(search)),
            Example(none), Example(try backend.search(none)),
            Example(aliases), Example(try backend.aliases(aliases)),
            Example(history), Example(try backend.history(history)),
            Example(live), Example(try backend.live(live)),
            Example(log), Example(try backend.auditLog(log)),
            Example(AuditLogRequest(model: nil, limit: 1)),
            Example(AuditVerifyRequest()), Example(try backend.verifyAudit(AuditVerifyRequest())),
            Example(AuditHeadRequest()), Example(try backend.auditHead(AuditHeadRequest())),
            Example(KeysRequest(isToBelieve: true)), Example(try backend.keys(KeysRequest())),
            Example(RegistryRequest()), Example(try backend.registry(RegistryRequest())),
        ]
    }

    @Test("each comes back from JSON as it was")
    func travelling() throws {
        for example in try examples() + (try ChangingExamples(fixture, backend).all()) {
            #expect(try example.isSame(), "\(example.testDescription)")
        }
    }

    @Test("none of the protocol's requests and none of their results is left out")
    func completeness() throws {
        let source = try String(
            contentsOf: RepositoryFiles.file("Sources/Operations/Backend/Backend.swift"),
            encoding: .utf8)
        let call = #/func \w+\(_ request: (\w+)\) throws\(SwerveError\) -> (\w+)/#
        let named = Set(source.matches(of: call).flatMap { [String($0.1), String($0.2)] })
        let examples = try examples() + (try ChangingExamples(fixture, backend).all())
        #expect(Set(examples.map(\.testDescription)) == named)
    }

    @Test("models, versions and aliases are told as the registry has them")
    func versions() throws {
        let models = try backend.models(ModelsRequest()).models
        #expect(models.map(\.newest) == [3] && models.first?.deployment?.epoch == 2)
        let result = try backend.model(ModelRequest(model: model))
        #expect(result.deployment?.stable.version == 2)
        #expect(result.versions.map(\.reference.version) == [1, 2, 3])
        #expect(result.versions.last?.archival != nil)
        let aliases = try backend.aliases(AliasesRequest(model: model)).aliases
        #expect(aliases.map(\.version) == [2])
        let champion = VersionSelector(model: model, choice: .alias(try AliasName("champion")))
        let version = try backend.version(VersionRequest(version: champion))
        #expect(version.version.reference.version == 2)
        #expect(version.manifest.format == "liblinear")
    }

    @Test("a search tells which of its fields no version has, and a wrong one is refused unsent")
    func searching() throws {
        let found = try backend.search(SearchRequest("metric.auc > 0.5"))
        #expect(found.versions.map(\.reference.version) == [2] && found.unknownFields.isEmpty)
        let none = try backend.search(
            SearchRequest("format = x and metric.auc > 2 and metric.f1 > 0"))
        #expect(none.versions.isEmpty && none.unknownFields == ["metric.f1"])
        #expect(throws: SwerveError.self) { try SearchRequest("metric.auc >") }
        #expect(throws: SwerveError.self) {
            try JSONDecoder().decode(SearchRequest.self, from: Data(#"{"query":"and"}"#.utf8))
        }
    }

    @Test("history, audit log and keys are told as the registry has them")
    func past() throws {
        let history = try backend.history(HistoryRequest(model: model, limit: 1)).entries
        #expect(history.map(\.epoch) == [2])
        let live = LiveRequest(model: model, at: "1970-01-01T00:00:00.000Z")
        #expect(try backend.live(live).entry == nil)
        let log = try backend.auditLog(AuditLogRequest(model: nil, limit: 3)).entries
        #expect(log.map(\.act) == ["revoke-key", "deploy", "deploy"])
        #expect(try backend.auditHead(AuditHeadRequest()).head == log.last)
        let keys = try backend.keys(KeysRequest(isToBelieve: true)).keys
        #expect(keys.map(\.name.description) == ["release"])
        #expect(keys.first?.revocation != nil)
        let registry = try backend.registry(RegistryRequest())
        #expect(registry.id == fixture.registry.id && registry.place == fixture.path)
    }

    @Test("the chain is held against the control topic, where brokers are named")
    func verifyingAudit() throws {
        let (topic, brokers) = (fixture.topic, FakeBrokers(fixture.topic))
        let backend = FileBackend(
            registry: fixture.path, brokers: { brokers }, for: Caller(author: "ada"))
        for pending in try fixture.registry.pendingPublications() {
            topic[model.description] = pending.record
        }
        let sound = try backend.verifyAudit(AuditVerifyRequest())
        #expect(sound.findings == [] && sound.topic?.records == 1 && sound.place == fixture.path)
        topic[model.description] = nil
        topic[model.description] = fixture.record(epoch: 9)
        let found = try backend.verifyAudit(AuditVerifyRequest())
        #expect(found.report.findings == [] && found.findings.count == 1)
        let data = try JSONEncoder().encode(found)
        #expect(try JSONDecoder().decode(AuditVerifyResult.self, from: data) == found)
        topic.fail(at: .reading)
        #expect(throws: SwerveError.self) { try backend.verifyAudit(AuditVerifyRequest()) }
        brokers.isNamed = false
        #expect(try backend.verifyAudit(AuditVerifyRequest()).topic == nil)
    }

    @Test("a version comes with its files, and those travel as base64")
    func artifact() throws {
        let first = VersionSelector(model: model, choice: .number(1))
        let artifact = try backend.artifact(ArtifactRequest(version: first)).artifact
        #expect(artifact.files == ["m": Array("model 1".utf8)])
        let json = String(decoding: try JSONEncoder().encode(artifact), as: UTF8.self)
        #expect(json.contains(#""files":{"m":"bW9kZWwgMQ=="}"#))
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                Artifact.self, from: Data(#"{"manifest":"?","files":{},"signatures":[]}"#.utf8))
        }
    }

    @Test("what is verified is told while it goes on, and all of it in the result")
    func verifying() throws {
        let (events, brokers) = (HeardEvents(), FakeBrokers(fixture.topic))
        let backend = FileBackend(
            registry: fixture.path, brokers: { brokers },
            for: Caller(author: "ada", hear: events.hear))
        // The fixture's files are no models.
        let result = try backend.verify(VerifyRequest(scope: .model(model)))
        #expect(result.counts.failed == 3 && result.checks.count == 3)
        #expect(
            events.all
                == result.checks.flatMap { check -> [BackendEvent] in
                    [.checking(check.subject), .checked(check)]
                })
        let all = try backend.verify(VerifyRequest(scope: .all))
        #expect(all.counts.integrity == [] && all.checks == result.checks)
    }

    @Test("versions that do not load are compared all the same; too many weights are refused")
    func diff() throws {
        func request(_ after: Int, top: Int = 0) -> DiffRequest {
            DiffRequest(
                before: VersionSelector(model: model, choice: .number(1)),
                after: VersionSelector(model: model, choice: .number(after)), top: top)
        }
        let diff = try backend.diff(request(2)).diff
        #expect(diff.before.version == 1 && diff.after.version == 2)
        #expect(diff.metadata.map(\.path) == ["metrics.auc", "note", "tags.team"])
        for (wrong, expected): (DiffRequest, SwerveError.Code) in [
            (request(9), .notFound), (request(2, top: -1), .usage),
            (request(2, top: 1_001), .usage),
        ] {
            let fault = #expect(throws: SwerveError.self) { try backend.diff(wrong) }
            #expect(fault?.code == expected)
        }
    }

    @Test("what is not there is not made, and told as not found")
    func absent() throws {
        let nowhere = fixture.folder.path("none.db")
        let brokers = FakeBrokers(fixture.topic)
        let backend = FileBackend(
            registry: nowhere, brokers: { brokers }, for: Caller(author: "ada"))
        #expect(throws: SwerveError.self) { try backend.models(ModelsRequest()) }
        #expect(!FileManager.default.fileExists(atPath: nowhere))
        let other = ModelRequest(model: try ModelName("other"))
        let fault = #expect(throws: SwerveError.self) { try self.backend.model(other) }
        #expect(fault?.code == .notFound)
    }
}
