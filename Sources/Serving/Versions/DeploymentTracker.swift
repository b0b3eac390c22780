package import Lifecycle
import Platform

/// Which deployment the control topic wants of a worker: a value that answers each record.
///
/// Epochs go upwards only; below the highest ever seen is ignored, the same epoch with the same
/// content is the one to resume, the same epoch with other content is a conflict and ignored. What
/// the trust refuses changes nothing of that: no forged epoch, however high, shuts out an honest
/// one.
package struct DeploymentTracker: Sendable, Hashable {
    package enum Answer: Sendable, Equatable {
        /// From now on this deployment is wanted.
        case want(AcceptedRecord)
        /// Not for this worker, or not to be believed; the sentence is reported.
        case ignore(String)
        case none
    }

    /// Whose word is believed: gives the key's name, or throws with the reason.
    package typealias Trust = (ControlRecord) throws(SwerveError) -> String

    package let model: ModelName
    /// The highest epoch this slot has ever seen, over restarts.
    package private(set) var highestEpoch: Int64
    /// The newest deployment heard and believed.
    package private(set) var wanted: AcceptedRecord?
    /// What the trust refused since the newest deployment was believed, if it claimed to be newer.
    package private(set) var refusal: StatusRecord.Rejected?
    /// What the slot saw of `highestEpoch` before it was restarted.
    private let remembered: AcceptedRecord?
    /// Until the topic has been read to its end once, records are only collected.
    package private(set) var isReplaying = true
    private var replayIgnored: String?

    package init(model: ModelName, highestEpoch: Int64, remembered: AcceptedRecord?) {
        self.model = model
        self.highestEpoch = highestEpoch
        self.remembered = remembered
    }

    /// Takes in a record of the model's key.
    ///
    /// - Parameter trust: asked about what may become the wanted deployment, but not about the very
    ///   bytes that were believed before a restart: a key revoked since does not stop them. Nil
    ///   believes everybody.
    package mutating func heard(
        key: [UInt8], value: [UInt8]?, trust: Trust? = nil
    ) -> Answer {
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

    /// The topic has been read to its end for the first time: what is wanted, if anything is, and
    /// what was ignored last.
    package mutating func replayed() -> (wanted: AcceptedRecord?, ignored: String?) {
        isReplaying = false
        return (wanted, wanted == nil ? replayIgnored : refusal?.reason)
    }

    private mutating func want(_ record: AcceptedRecord) -> Answer {
        highestEpoch = record.deployment.epoch
        wanted = record
        refusal = nil
        return isReplaying ? .none : .want(record)
    }

    private mutating func conflict(_ record: ControlRecord) -> Answer {
        ignored(
            "conflict: epoch \(record.deployment.epoch) came again with other content "
                + "(registry \(record.registry))")
    }

    private mutating func refused(
        _ record: ControlRecord, _ digest: Digest, _ reason: String
    ) -> Answer {
        let epoch = record.deployment.epoch
        if epoch > highestEpoch {
            refusal = StatusRecord.Rejected(
                epoch: epoch, reason: reason, registry: record.registry,
                record: digest.description)
        }
        return ignored(reason)
    }

    private mutating func ignored(_ reason: String) -> Answer {
        guard isReplaying else { return .ignore(reason) }
        replayIgnored = reason
        return .none
    }
}
