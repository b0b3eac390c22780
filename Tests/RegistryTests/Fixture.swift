import Foundation
import GRDB
import Lifecycle
import Platform
import Registry
import TestSupport

/// A registry in a folder of its own, and artifacts to put into it.
struct Fixture {
    let folder: TemporaryFolder
    let registry: Registry
    let model: ModelName

    var path: String { folder.path("swerve.db") }

    init(versions: Int = 0) throws {
        folder = try TemporaryFolder()
        registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
        model = try ModelName("http-anomaly")
        for number in 0..<versions { try register("model \(number + 1)") }
    }

    @discardableResult
    func register(_ content: String, in other: Registry? = nil) throws -> Registration {
        let (artifact, digest) = Self.artifact(content)
        return try (other ?? registry).register(
            artifact, digest: digest, as: model, metadata: Self.metadata())
    }

    /// A version of any model with anything said of it.
    @discardableResult
    func register(
        _ content: String, as name: String, metadata: VersionMetadata = metadata(),
        facts: VersionFacts = VersionFacts(), aliases: [String] = []
    ) throws -> Registration {
        let (artifact, digest) = Self.artifact(content)
        return try registry.register(
            artifact, digest: digest, as: try ModelName(name), metadata: metadata, facts: facts,
            aliases: try aliases.map { try AliasName($0) })
    }

    func reference(_ number: Int) -> VersionReference {
        VersionReference(model: model, version: number)
    }

    func version(_ number: Int) throws -> RegisteredVersion {
        try registry.version(reference(number))
    }

    /// The entries of the audit chain, oldest first.
    func audit() throws -> [JSONValue] {
        try raw().read { db in
            try String.fetchAll(db, sql: "SELECT entry FROM audit ORDER BY sequence").map {
                try JSONValue(parsing: $0.utf8, act: "reading an audit entry")
            }
        }
    }

    /// How many rows a table has.
    func count(_ table: String) throws -> Int {
        try raw().read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }

    @discardableResult
    func change(
        _ request: DeploymentChange<Int>, expectedEpoch: Int64? = nil, salt: UInt32 = 7,
        in other: Registry? = nil
    ) throws -> Deployment {
        try (other ?? registry).change(
            ChangeOrder(
                .change(request), of: model, expectedEpoch: expectedEpoch, note: Self.note,
                freshSalt: salt))
    }

    /// A connection past the registry, for looking and for tampering.
    func raw() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    static let note = ChangeNote(by: "ada", at: "2026-11-23T18:52:00.000Z", reason: "tests")

    static func metadata(note: String = "") -> VersionMetadata {
        VersionMetadata(
            note: note, metrics: ["auc": 0.99], tags: ["data": "csic"],
            registeredAt: "2026-11-23T18:52:00.000Z", registeredBy: "ada")
    }

    static func artifact(_ content: String) -> (Artifact, Digest) {
        let files = [
            "model.txt": Array(content.utf8), "spec.json": Array("{}".utf8),
            "golden.jsonl": Array("{\"text\":\"\(content)\"}\n".utf8),
        ]
        let roles: [String: ArtifactManifest.File.Role] = [
            "model.txt": .model, "spec.json": .featurizer, "golden.jsonl": .golden,
        ]
        let manifest = ArtifactManifest(
            format: "liblinear",
            files: files.map { name, bytes in
                ArtifactManifest.File(
                    role: roles[name] ?? .model, name: name, bytes: bytes.count,
                    sha256: ContentHash.sha256(bytes))
            },
            labels: ["attack": "1"], threshold: 0, goldenSource: .own)
        let artifact = Artifact(manifestBytes: manifest.bytes, files: files)
        return (artifact, ContentHash.sha256(manifest.bytes))
    }
}
