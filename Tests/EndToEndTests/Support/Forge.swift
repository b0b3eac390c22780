import Foundation
import Kafka
import Lifecycle
import Platform
import TestSupport

/// Writes control records as an operator with keys would, and as somebody without would like to.
struct Forge {
    static let registry = "6b1f2f0e-0c52-4a0e-9a55-7f2f7b9d0f11"
    static let model = "http-anomaly"

    /// What goes into one record; what it says by default is honest.
    struct Draft {
        var epoch: Int64
        var version = 2
        var registry = Forge.registry
        /// What the signature is made for, where it is not what is written.
        var signedRegistry: String?
        var signedTopic: String?
        var signedModel: String?
        var signer = "ops"
        /// A name that the signature bears, where it is not its maker's.
        var claimedSigner: String?
        var expiresAtMs: Int64? = WallClock.nowMs + 3_600_000
        /// JSON fields changed before it is signed.
        var changes: [String: JSONValue] = [:]
    }

    let stream: TestStream
    let keys: [String: SigningKey]
    private let digests: [Int: Digest]

    /// Keys of every kind; the stream's registry holds `versions` versions.
    init(_ stream: TestStream, versions: Int = 2) throws {
        self.stream = stream
        var keys: [String: SigningKey] = [:]
        for name in ["ops", "ci", "gone", "later", "mallory"] {
            keys[name] = try SigningKey.generate(ModelName(name))
        }
        self.keys = keys
        var digests: [Int: Digest] = [:]
        for version in 1...versions {
            let shown = try stream.swerve(
                "show", "\(Self.model)@\(version)", "--registry", stream.registry, "--json"
            ).json()
            digests[version] = try Digest(shown["digest"]?.string ?? "")
        }
        self.digests = digests
        try trust()
    }

    var trustFile: String { stream.folder.path("trust") }

    func line(_ name: String, _ role: String, _ more: String = "") -> String {
        let key = Data(keys[name]?.publicKey ?? []).base64EncodedString()
        return "\(name) \(role) ed25519:\(key) \(more)\n"
    }

    /// ops may promote, ci may not, gone was revoked long ago, later will be; mallory is nobody.
    func trust(ops: String = "", more: String = "") throws {
        let lines = [
            "# who may speak for the models\n", line("ops", "promote", ops),
            line("ci", "register"), line("gone", "promote", "revoked:2020-01-01T00:00:00Z"),
            line("later", "promote,register", "revoked:2199-01-01T00:00:00.000Z"), more,
        ]
        try stream.folder.write("trust", Array(lines.joined().utf8))
    }

    func value(_ draft: Draft) throws -> [UInt8] {
        guard let digest = digests[draft.version] else { throw Failure("no such version") }
        let record = ControlRecord(
            registry: draft.registry,
            deployment: Deployment(
                model: try ModelName(Self.model), epoch: draft.epoch,
                stable: DeployedVersion(version: draft.version, digest: digest), salt: 7),
            issuedAt: "2026-11-23T18:52:00.000Z", issuedBy: draft.signer, reason: "",
            expiresAtMs: draft.expiresAtMs)
        let json = try JSONValue(parsing: record.bytes, act: "drafting").object ?? [:]
        return JSONValue.object(json.merging(draft.changes) { $1 }).bytes
    }

    func signature(_ draft: Draft) throws -> String {
        guard let key = keys[draft.signer] else { throw Failure("no such key") }
        let message = SignedMessage.controlRecord(
            topic: draft.signedTopic ?? stream.control,
            registry: draft.signedRegistry ?? draft.registry,
            key: Array((draft.signedModel ?? Self.model).utf8), value: try value(draft))
        return RecordSignature(
            keyName: draft.claimedSigner ?? draft.signer,
            bytes: try key.signature(over: message)
        ).description
    }

    /// Writes one record to the control topic and waits for its acknowledgement.
    func write(_ value: [UInt8]?, signatures: [String] = []) throws {
        let writer = try TopicWriter(settings: stream.settings) { _, _ in }
        defer { writer.close() }
        let key = Array(Self.model.utf8)
        if let value {
            try writer.write(
                topic: stream.control, key: key, value: value,
                headers: signatures.map { (RecordSignature.header, $0) })
        } else {
            try writer.write(topic: stream.control, key: key, value: nil)
        }
        try writer.flush(milliseconds: 30_000, act: "writing a control record")
    }

    /// Writes a draft with its signature.
    func announce(_ draft: Draft) throws {
        try write(try value(draft), signatures: [try signature(draft)])
    }
}
