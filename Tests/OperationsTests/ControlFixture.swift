import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport

@testable import Operations

/// A registry with versions, a topic in memory, and what joins them.
struct ControlFixture {
    let folder: TemporaryFolder
    let registry: Registry
    let topic: FakeControlTopic
    let model: ModelName

    var path: String { folder.path("swerve.db") }
    var relay: OutboxRelay {
        OutboxRelay(registry: registry, topic: topic, lockWait: .zero) { 1_700_000_000_000 }
    }
    var promoter: Promoter { Promoter(registry: registry, relay: relay) }

    init(versions: Int = 3, topic: FakeControlTopic = FakeControlTopic()) throws {
        folder = try TemporaryFolder()
        self.topic = topic
        registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
        model = try ModelName("http-anomaly")
        for number in 0..<versions { try register("model \(number + 1)", as: model) }
    }

    func register(_ content: String, as model: ModelName) throws {
        let bytes = Array(content.utf8)
        let manifest = ArtifactManifest(
            format: "liblinear",
            files: [
                .init(
                    role: .model, name: "m", bytes: bytes.count, sha256: ContentHash.sha256(bytes))
            ],
            labels: [:], threshold: 0, goldenSource: .own)
        _ = try registry.register(
            Artifact(manifestBytes: manifest.bytes, files: ["m": bytes]),
            digest: ContentHash.sha256(manifest.bytes), as: model,
            metadata: VersionMetadata(registeredAt: "now", registeredBy: "ada"))
    }

    @discardableResult
    func change(_ request: DeploymentChange<Int>, of model: ModelName? = nil) throws -> Deployment {
        try registry.change(
            ChangeOrder(.change(request), of: model ?? self.model, note: Self.note, freshSalt: 7))
    }

    /// What the topic says of the model.
    func announced() throws -> ControlRecord? {
        try topic[model.description].map {
            try ControlRecord(key: model.description.utf8, value: $0)
        }
    }

    /// A record as another registry, or this one in another life, would have written it.
    func record(registry: String? = nil, epoch: Int64, stable: Int = 9) -> [UInt8] {
        let deployed = DeployedVersion(
            version: stable, digest: Digest(sha256: [UInt8](repeating: 1, count: 32)))
        return ControlRecord(
            registry: registry ?? self.registry.id,
            deployment: Deployment(model: model, epoch: epoch, stable: deployed, salt: 1),
            issuedAt: "", issuedBy: "", reason: ""
        ).bytes
    }

    static let note = ChangeNote(by: "ada", at: "2026-11-23T18:52:00.000Z")
}
