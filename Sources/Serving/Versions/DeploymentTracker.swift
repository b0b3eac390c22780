package import Lifecycle
import Platform

/// Which deployment the control topic wants of a worker: a value that answers each record.
///
/// Epochs go upwards only; below the highest ever seen is ignored, the same epoch with the same
/// content is the one to resume, the same epoch with other content is a conflict and ignored. What
/// the trust refuses changes nothing of that: no forged epoch, however high, shuts out an honest
/// one. Neither does what a controller says by a plan that is over, since somebody has spoken after
/// it was signed: of that the newest record believed is the witness, over restarts too.
package struct DeploymentTracker: Sendable, Hashable {
    package enum Answer: Sendable, Equatable {
        /// From now on this deployment is wanted.
        case want(AcceptedRecord)
        /// Not for this worker, or not to be believed; the sentence is reported.
        case ignore(String)
        case none
    }

    /// Whether the record heard is believed: reads it and gives the key's name, or throws with the
    /// reason, before anything of a value that nobody signed is read.
    package typealias Trust = () throws(SwerveError) -> (record: ControlRecord, signer: String)

    package let model: ModelName
    /// The highest epoch this slot has ever seen, over restarts.
    package private(set) var highestEpoch: Int64
    /// The newest deployment heard and believed when the topic had been read to its end.
    private var followed: AcceptedRecord?
    /// While the topic is read to its end: the newest of those heard meanwhile.
    private var collected: AcceptedRecord?
    /// What the trust refused since the newest deployment was believed, if it claimed to be newer.
    ///
    /// Of a topic that is heard again, what was refused before, until its end: what is refused in
    /// the middle may be older than the deployment that is served.
    package private(set) var refusal: StatusRecord.Rejected?
    /// While the topic is read to its end: the refusal so far.
    private var collectedRefusal: StatusRecord.Rejected?
    /// What the slot saw of `highestEpoch` before it was restarted.
    private let remembered: AcceptedRecord?
    /// Until the topic has been read to its end, records are only collected.
    package private(set) var isReplaying = true
    package private(set) var replayIgnored: String?

    package init(model: ModelName, highestEpoch: Int64, remembered: AcceptedRecord?) {
        self.model = model
        self.highestEpoch = highestEpoch
        self.remembered = remembered
    }

    /// Takes in a record of the model's key.
    ///
    /// - Parameter trust: asked before the value is read, but not about the very bytes that were
    ///   believed before, also before a restart: a key revoked since does not stop them. Nil
    ///   believes everybody.
    package mutating func heard(
        key: [UInt8], value: [UInt8]?, trust: Trust? = nil
    ) -> Answer {
        guard key.elementsEqual(model.description.utf8) else { return .none }
        guard let value else {
            return ignored("a tombstone for \(model): a deployment ends by a promotion, not so")
        }
        let digest = ContentHash.sha256(value)
        if let newest, newest.valueDigest == digest { return heardAgain() }
        let record: ControlRecord
        var signedBy: String?
        do throws(SwerveError) {
            if let trust {
                if let remembered, remembered.valueDigest == digest, remembered.signedBy != nil {
                    record = try ControlRecord(key: key, value: value)
                    signedBy = remembered.signedBy
                } else {
                    (record, signedBy) = try trust()
                }
            } else {
                record = try ControlRecord(key: key, value: value)
            }
        } catch {
            return trust == nil
                ? ignored(error.description) : refused(key, value, digest, error)
        }
        let epoch = record.deployment.epoch
        if epoch < highestEpoch {
            return ignored(
                "epoch \(epoch) from registry \(record.registry) is below \(highestEpoch), "
                    + "which this slot has seen; workers that join late would not know better: "
                    + "swerve republish \(model), or where that registry has not got as far: "
                    + goAbove)
        }
        if epoch == highestEpoch, let known = newest ?? remembered {
            guard known.agrees(with: record) else { return conflict(record) }
            if newest != nil { return heardAgain() }
            // The same deployment under a plan that this slot did not accept it by: whoever holds a
            // controller's key must not make a person's word the plan's own, which it could go on
            // from.
            if trust != nil, let rollout = record.rollout, known.record.rollout != rollout {
                return want(known)
            }
        } else if trust != nil, let end = endOfMandate(record) {
            return refused(key, value, digest, end)
        }
        return want(AcceptedRecord(record, valueDigest: digest, signedBy: signedBy))
    }

    /// Everything on the topic is about to be heard once more, from its beginning: what is trusted
    /// has changed, and a key may reach the workers later than what it signed.
    package mutating func hearAgain() {
        isReplaying = true
        collectedRefusal = nil
        replayIgnored = nil
    }

    /// The topic has been read to its end: what is wanted from now on, if that is news, and what
    /// was ignored last.
    package mutating func replayed() -> (news: AcceptedRecord?, ignored: String?) {
        isReplaying = false
        let news = collected.take()
        followed = news ?? followed
        refusal = collectedRefusal.take()
        return (news, wanted == nil ? replayIgnored : refusal?.reason)
    }

    /// What is to be served: of a topic that is heard again, what was wanted before, until its end.
    package var wanted: AcceptedRecord? { followed ?? collected }

    /// The newest deployment once more: what was refused before it is older, in a topic that is
    /// heard again too.
    private mutating func heardAgain() -> Answer {
        if isReplaying { collectedRefusal = nil }
        return .none
    }

    private var newest: AcceptedRecord? { collected ?? followed }

    private mutating func want(_ record: AcceptedRecord) -> Answer {
        highestEpoch = record.deployment.epoch
        if isReplaying {
            collected = record
            collectedRefusal = nil
            return .none
        }
        followed = record
        refusal = nil
        return .want(record)
    }

    private mutating func conflict(_ record: ControlRecord) -> Answer {
        ignored(
            "conflict: epoch \(record.deployment.epoch) came again with other content "
                + "(registry \(record.registry)); where that is to be served: \(goAbove)")
    }

    /// Why the plan that a newer record stands on is over; nil where it is not, or it has none.
    private func endOfMandate(_ record: ControlRecord) -> SwerveError? {
        record.endOfMandate(behind: (newest ?? remembered)?.record).map { words in
            SwerveError(
                .refused, act: "believing a record of \(model)", reason: words,
                remedy: "sign the plan anew: swerve rollout sign \(model) --sign-with FILE")
        }
    }

    /// What a registry is told that was restored, or is another copy: workers go no epoch back.
    private var goAbove: String { "swerve registry adopt \(model) --above \(highestEpoch)" }

    /// What is not believed is read only to say which epoch it claims to be, and only where it is
    /// no larger than a deployment comes to.
    private mutating func refused(
        _ key: [UInt8], _ value: [UInt8], _ digest: Digest, _ error: SwerveError
    ) -> Answer {
        guard value.count <= Self.claimBytes,
            let claimed = try? ControlRecord(key: key, value: value)
        else {
            return ignored(error.description)
        }
        let epoch = claimed.deployment.epoch
        let reason = SwerveError(
            error.code, act: "believing epoch \(epoch) of \(model)", reason: error.reason,
            remedy: error.remedy
        ).description
        if epoch > highestEpoch {
            let claim = StatusRecord.Rejected(
                epoch: epoch, reason: reason, registry: claimed.registry,
                record: digest.description)
            if isReplaying { collectedRefusal = claim } else { refusal = claim }
        }
        return ignored(reason)
    }

    private static let claimBytes = 16_384

    private mutating func ignored(_ reason: String) -> Answer {
        guard isReplaying else { return .ignore(reason) }
        replayIgnored = reason
        return .none
    }
}
