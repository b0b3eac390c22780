import Lifecycle
import Operations
import Platform
import Testing

@testable import HubClient

@Suite("requests on their way to a hub")
struct HubCallTests {
    @Test("what names a thing stands in the path, and the rest beside it")
    func places() throws {
        let version = try VersionSelector("m@champion")
        let annotate = try HubCall(
            "PATCH", "/v1/models/{model}/versions/{version}", shape: HubCall.split
        ).request(ArchiveRequest(version: version, reason: "old"))
        #expect(annotate.path == "/v1/models/m/versions/champion")
        let body = try JSONValue(parsing: try #require(annotate.body), act: "test")
        #expect(body == ["is_undone": false, "reason": "old"])

        var terms = ChangeTerms()
        terms.expectedEpoch = 3
        let change = try HubCall(
            "POST", "/v1/models/{model}/deployment", shape: HubCall.flat
        ).request(
            ChangeRequest(model: try ModelName("m"), change: .rollback, terms: terms))
        let fields = try JSONValue(parsing: try #require(change.body), act: "test")
        #expect(fields["expected_epoch"] == 3 && fields["announcing"] == "now")
        #expect(fields["terms"] == nil && fields["model"] == nil)
    }

    @Test("what is asked of a hub is a query, encoded")
    func queries() throws {
        let asked = try HubCall("GET", "/v1/search").request(
            try SearchRequest("tag.team == \"a&b\""), more: ["limit": 5])
        #expect(asked.body == nil)
        #expect(asked.query.map(\.name) == ["limit", "query"])
        #expect(asked.query.map(\.value) == ["5", "tag.team == \"a&b\""])
    }

    @Test("a bundle comes apart as it was put together, and a damaged one not at all")
    func bundles() throws {
        let content: [UInt8] = Array("a model".utf8)
        let manifest = ArtifactManifest(
            format: "liblinear",
            files: [
                .init(
                    role: .model, name: "m.model", bytes: content.count,
                    sha256: ContentHash.sha256(content))
            ], labels: [:], threshold: 0, goldenSource: .own)
        func entry(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
            ArtifactBundle.header(name, bytes: bytes.count) + bytes
                + [UInt8](repeating: 0, count: ArtifactBundle.padding(bytes.count))
        }
        let first = entry(ArtifactBundle.manifest, manifest.bytes)
        let whole =
            first + entry(ArtifactBundle.signatures, ArtifactSignature.bytes([]))
            + entry("model", content) + ArtifactBundle.end
        #expect(
            try HubArtifacts.artifact(of: whole, act: "test")
                == Artifact(manifestBytes: manifest.bytes, files: ["m.model": content]))
        for count in stride(from: 0, to: whole.count - 2 * ArtifactBundle.blockBytes, by: 97) {
            #expect(throws: SwerveError.self, "\(count)") {
                try HubArtifacts.artifact(of: Array(whole.prefix(count)), act: "test")
            }
        }
        #expect(throws: SwerveError.self) {
            try HubArtifacts.artifact(of: first + whole, act: "test")
        }
        var huge = whole
        huge.replaceSubrange(124..<136, with: Array("77777777777\0".utf8))
        #expect(throws: SwerveError.self) { try HubArtifacts.artifact(of: huge, act: "test") }
    }

    @Test("nothing is signed but what is of the model, and for the topic")
    func signing() throws {
        let model = try ModelName("m")
        let deployment = Deployment(
            model: model, epoch: 1,
            stable: DeployedVersion(version: 1, digest: ContentHash.sha256([1])), candidate: nil,
            previous: nil, salt: 1, settings: DeploymentSettings())
        let record = ControlRecord(
            registry: "r", deployment: deployment, issuedAt: "2026-11-30T00:00:00.000Z",
            issuedBy: "ada", reason: "", auditHead: ContentHash.sha256([2]), expiresAtMs: nil,
            rollout: nil)
        func check(_ message: [UInt8], topic: String? = nil, model: ModelName) throws {
            let check = SigningCheck(model: model, topic: topic, act: "test")
            #expect(try check.deployment(message) == deployment)
        }
        let message = SignedMessage.controlRecord(
            topic: "control", registry: "r", key: Array("m".utf8), value: record.bytes)
        try check(message, model: model)
        try check(message, topic: "control", model: model)
        #expect(throws: SwerveError.self) { try check(message, topic: "other", model: model) }
        #expect(throws: SwerveError.self) {
            try check(message, model: try ModelName("another"))
        }
        func asks(_ change: DeploymentChange<VersionSelector.Choice>) -> Bool {
            ChangeRequest(model: model, change: change, terms: ChangeTerms()).asksFor(deployment)
        }
        #expect(asks(.promote(.number(1))) && asks(.rollback) && asks(.abort))
        let share = try Share("5%")
        #expect(!asks(.promote(.number(2))) && !asks(.canary(.number(1), share)))
        let others = [
            [], Array("swerve control record 1\n".utf8), Array(message.dropLast()),
            SignedMessage.artifact(model: model, digest: ContentHash.sha256([3])),
            SignedMessage.heartbeat(topic: "control", key: Array("m".utf8), value: record.bytes),
            SignedMessage.controlRecord(
                topic: "control", registry: "r", key: Array("m".utf8), value: Array("{}".utf8)),
        ]
        for other in others {
            #expect(throws: SwerveError.self) { try check(other, model: model) }
        }
    }

    @Test("a token goes over https, or to this machine, and nowhere else")
    func tokens() throws {
        func sends(_ url: String) throws -> Bool {
            let address = try HubAddress(url) { _ in "secret" }
            return try address.authorization(act: "test") != nil
        }
        #expect(try sends("https://models.example"))
        #expect(try sends("http://127.0.0.1:9465/"))
        #expect(throws: SwerveError.self) { try sends("http://models.example") }
        for url in ["file:///x", "models.example:1", "", "http://h/?a=1", "http://u:p@h"] {
            #expect(throws: SwerveError.self, "\(url)") { try HubAddress(url) }
        }
    }
}
