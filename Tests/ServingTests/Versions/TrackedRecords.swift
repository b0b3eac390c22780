import Lifecycle
import Platform
import Serving

/// Control records for the trackers' tests: honest ones, which `trust` believes, and forged ones.
enum TrackedRecords {
    static let key = Array("m".utf8)

    static func model() throws -> ModelName { try ModelName("m") }

    static func record(
        _ epoch: Int64, version: Int = 1, registry: String = "r1", by author: String = "ops",
        model: String = "m", planFrom signed: Int64? = nil
    ) throws -> ControlRecord {
        let digest = Digest(sha256: [UInt8](repeating: UInt8(version), count: 32))
        return ControlRecord(
            registry: registry,
            deployment: Deployment(
                model: try ModelName(model), epoch: epoch,
                stable: DeployedVersion(version: version, digest: digest), salt: 7),
            issuedAt: "2026-01-01T00:00:00.000Z", issuedBy: author, reason: "",
            rollout: try signed.map(plan))
    }

    /// As a person signed it at that epoch; nobody here asks for the signature.
    private static func plan(signedAt epoch: Int64) throws -> SignedMandate {
        func deployed(_ number: Int) -> DeployedVersion {
            DeployedVersion(
                version: number,
                digest: Digest(sha256: [UInt8](repeating: UInt8(number), count: 32)))
        }
        let mandate = RolloutMandate(
            model: try model(), stable: deployed(1), candidate: deployed(2), previous: nil,
            salt: 7, bakeSalt: 7, settings: DeploymentSettings(),
            steps: [.init(mode: .shadow, share: try Share("25%"))], bakeShare: nil,
            fromEpoch: epoch, expiresAtMs: 1, retreatUntilMs: 1, plan: deployed(3).digest)
        return SignedMandate(
            text: String(decoding: mandate.json.bytes, as: UTF8.self), signature: "")
    }

    /// Stands for the trust file: what ops announced bears the signature of ops.
    static func trust(_ value: [UInt8]?) -> DeploymentTracker.Trust {
        { () throws(SwerveError) in
            let record = try ControlRecord(key: key, value: value ?? [])
            guard record.issuedBy == "ops" else {
                throw SwerveError(.refused, act: "believing a record", reason: "it is not signed")
            }
            return (record, "ops")
        }
    }

    /// As a worker that reads the record's bytes accepts it.
    static func accepted(
        _ record: ControlRecord, signedBy: String? = "ops"
    ) throws -> AcceptedRecord {
        AcceptedRecord(
            try ControlRecord(key: key, value: record.bytes),
            valueDigest: ContentHash.sha256(record.bytes), signedBy: signedBy)
    }
}

/// A manager whose loads end as a test says.
struct ManagedVersions {
    var manager: VersionManager

    init(_ memory: SlotMemory = SlotMemory()) throws {
        manager = VersionManager(model: try TrackedRecords.model(), memory: memory)
    }

    /// One that serves the honest epoch 5.
    static func serving() throws -> ManagedVersions {
        var versions = try ManagedVersions()
        _ = versions.manager.handle(.replayed)
        _ = versions.hear(try TrackedRecords.record(5))
        _ = versions.settle(epoch: 5, .ready)
        return versions
    }

    /// Hears a record where a trust file asks for signatures.
    mutating func hear(_ record: ControlRecord) -> [VersionManager.Action] {
        manager.heard(
            key: TrackedRecords.key, value: record.bytes,
            trust: TrackedRecords.trust(record.bytes))
    }

    /// Ends the load under way, which is of `epoch`.
    mutating func settle(
        epoch: Int64, _ outcome: VersionManager.Outcome
    ) -> [VersionManager.Action] {
        guard let load = manager.load, load.record.deployment.epoch == epoch else { return [] }
        return manager.handle(.finished(load: load.id, outcome))
    }
}

extension [VersionManager.Action] {
    /// What is to be loaded.
    var begun: AcceptedRecord? {
        for case .begin(let load) in self { return load.record }
        return nil
    }

    /// What is to be written into the slot's state, in order.
    var remembered: [SlotMemory] {
        compactMap { if case .remember(let memory) = $0 { memory } else { nil } }
    }

    /// The sentence about what was ignored.
    var ignored: String? {
        for case .ignore(let reason) in self { return reason }
        return nil
    }
}
