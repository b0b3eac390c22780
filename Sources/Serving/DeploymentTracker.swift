package import Lifecycle
import Platform

/// What a worker makes of the control topic: a value that answers each record with an action.
///
/// States: nothing wanted → wanted(epoch) → settled (served, rejected, or out of reach). Legal
/// order of epochs is upwards only; below the highest ever seen is ignored, the same epoch with the
/// same content is the one to resume, the same epoch with other content is a conflict and ignored.
/// What the trust refuses changes nothing of that: no forged epoch, however high, shuts out an
/// honest one.
package struct DeploymentTracker: Sendable {
    package enum Action: Sendable, Equatable {
        /// Load it (or swap to it, where everything is loaded already); cancels older loads.
        case load(AcceptedRecord)
        /// Not for this worker, or not to be believed; the sentence is reported.
        case ignore(String)
        case none
    }

    /// How the wanted deployment stands.
    package enum Standing: Sendable, Equatable {
        case pending
        case served
        case rejected(String)
        /// A passing fault; loading is tried again and again.
        case retrying(String)
    }

    /// Whose word is believed: gives the key's name, or throws with the reason.
    package typealias Trust = (ControlRecord) throws(SwerveError) -> String

    package let model: ModelName
    /// The highest epoch this slot has ever seen, over restarts.
    package private(set) var highestEpoch: Int64
    /// The newest deployment heard and believed.
    package private(set) var wanted: AcceptedRecord?
    package private(set) var standing = Standing.pending
    /// What the trust refused since the newest deployment was believed, if it claimed to be newer.
    package private(set) var refusal: StatusRecord.Rejected?
    /// What the slot saw of `highestEpoch` before it was restarted.
    private let remembered: AcceptedRecord?
    /// Until the topic has been read to its end once, records are only collected.
    private var isReplaying = true
    private var replayIgnored: String?

    package init(model: ModelName, highestEpoch: Int64, remembered: AcceptedRecord?) {
        self.model = model
        self.highestEpoch = highestEpoch
        self.remembered = remembered
    }

    /// Whether a partition may be scored: the wanted deployment is served, or there is no use in
    /// waiting for it.
    package var isSettled: Bool { !isReplaying && (wanted == nil || standing != .pending) }

    /// The newest epoch that this worker was told to serve and does not, and why.
    ///
    /// A refusal comes after whatever the loader rejected; it does not hide it.
    package var rejected: StatusRecord.Rejected? {
        guard let loaded = unloaded else { return refusal }
        guard var refusal else { return loaded }
        refusal.reason += " (and epoch \(loaded.epoch): \(loaded.reason))"
        return refusal
    }

    /// The wanted deployment that cannot be loaded, where something that is not believed came after
    /// it.
    package var unloadable: StatusRecord.Rejected? { refusal == nil ? nil : unloaded }

    private var unloaded: StatusRecord.Rejected? {
        guard case .rejected(let reason) = standing, let wanted else { return nil }
        return StatusRecord.Rejected(
            epoch: wanted.deployment.epoch, reason: reason, registry: wanted.record.registry,
            record: wanted.valueDigest?.description)
    }

    /// Takes in a record of the model's key.
    ///
    /// - Parameter trust: asked about what may become the wanted deployment, but not about the very
    ///   bytes that were believed before a restart: a key revoked since does not stop them. Nil
    ///   believes everybody.
    package mutating func heard(
        key: [UInt8], value: [UInt8]?, trust: Trust? = nil
    ) -> Action {
        guard key.elementsEqual(model.description.utf8) else { return .none }
        guard let value else {
            return ignored("a tombstone for \(model): a deployment ends by a promotion, not so")
        }
        let record: ControlRecord
        do throws(SwerveError) {
            record = try ControlRecord(key: key, value: value)
        } catch {
            return ignored(error.description)
        }
        let epoch = record.deployment.epoch
        if epoch < highestEpoch {
            return ignored(
                "epoch \(epoch) from registry \(record.registry) is below \(highestEpoch), "
                    + "which this slot has seen; workers that join late would not know better: "
                    + "swerve republish \(model)")
        }
        if epoch == highestEpoch, let wanted {
            return wanted.agrees(with: record) ? .none : conflict(record)
        }
        let known = epoch == highestEpoch ? remembered : nil
        let digest = ContentHash.sha256(value)
        var signedBy: String?
        if let trust {
            if let known, known.valueDigest == digest, known.signedBy != nil {
                signedBy = known.signedBy
            } else {
                do throws(SwerveError) {
                    signedBy = try trust(record)
                } catch {
                    return refused(record, digest, error.description)
                }
            }
        }
        if let known, !known.agrees(with: record) { return conflict(record) }
        return want(AcceptedRecord(record, valueDigest: digest, signedBy: signedBy))
    }

    /// The topic has been read to its end for the first time.
    package mutating func replayed() -> Action {
        isReplaying = false
        if let wanted { return .load(wanted) }
        if let replayIgnored { return .ignore(replayIgnored) }
        return .none
    }

    /// The loader's word on an epoch; stale words are passed over.
    package mutating func settle(epoch: Int64, _ standing: Standing) {
        guard wanted?.deployment.epoch == epoch, self.standing != .served else { return }
        self.standing = standing
    }

    private mutating func want(_ record: AcceptedRecord) -> Action {
        highestEpoch = record.deployment.epoch
        wanted = record
        standing = .pending
        refusal = nil
        return isReplaying ? .none : .load(record)
    }

    private mutating func conflict(_ record: ControlRecord) -> Action {
        ignored(
            "conflict: epoch \(record.deployment.epoch) came again with other content "
                + "(registry \(record.registry))")
    }

    private mutating func refused(
        _ record: ControlRecord, _ digest: Digest, _ reason: String
    ) -> Action {
        let epoch = record.deployment.epoch
        if epoch > highestEpoch {
            refusal = StatusRecord.Rejected(
                epoch: epoch, reason: reason, registry: record.registry,
                record: digest.description)
        }
        return ignored(reason)
    }

    private mutating func ignored(_ reason: String) -> Action {
        guard isReplaying else { return .ignore(reason) }
        replayIgnored = reason
        return .none
    }
}
