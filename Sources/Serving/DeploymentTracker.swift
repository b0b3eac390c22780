package import Lifecycle

/// What a worker makes of the control topic: a value that answers each record with an action.
///
/// States: nothing wanted → wanted(epoch) → settled (served, rejected, or out of reach). Legal
/// order of epochs is upwards only; below the highest ever seen is ignored, the same epoch with the
/// same content is the one to resume, the same epoch with other content is a conflict and ignored.
package struct DeploymentTracker: Sendable {
    package enum Action: Sendable, Equatable {
        /// Load it (or swap to it, where everything is loaded already); cancels older loads.
        case load(ControlRecord)
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

    package let model: ModelName
    /// The highest epoch this slot has ever seen, over restarts.
    package private(set) var highestEpoch: Int64
    /// The newest deployment heard and believed.
    package private(set) var wanted: ControlRecord?
    package private(set) var standing = Standing.pending
    /// What the slot saw of `highestEpoch` before it was restarted.
    private let remembered: ControlRecord?
    /// Until the topic has been read to its end once, records are only collected.
    private var isReplaying = true
    private var replayIgnored: String?

    package init(model: ModelName, highestEpoch: Int64, remembered: ControlRecord?) {
        self.model = model
        self.highestEpoch = highestEpoch
        self.remembered = remembered
    }

    /// Whether a partition may be scored: the wanted deployment is served, or there is no use in
    /// waiting for it.
    package var isSettled: Bool { !isReplaying && (wanted == nil || standing != .pending) }

    /// Takes in a record of the model's key.
    package mutating func heard(key: [UInt8], value: [UInt8]?) -> Action {
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
                    + "which this slot has seen")
        }
        if epoch == highestEpoch, let known = wanted ?? remembered {
            guard known.deployment == record.deployment, known.registry == record.registry else {
                return ignored(
                    "conflict: epoch \(epoch) came again with other content "
                        + "(registry \(record.registry))")
            }
            if wanted != nil { return .none }
        }
        return want(record)
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

    private mutating func want(_ record: ControlRecord) -> Action {
        highestEpoch = record.deployment.epoch
        wanted = record
        standing = .pending
        return isReplaying ? .none : .load(record)
    }

    private mutating func ignored(_ reason: String) -> Action {
        guard isReplaying else { return .ignore(reason) }
        replayIgnored = reason
        return .none
    }
}
