package import Lifecycle

/// Which version a worker serves, and what it does to get there: a value that is told what happened
/// and answers with what to do.
///
/// Control thread only: it alone swaps, and it alone writes the slot's state. The manager does no
/// I/O and reads no clock, so each order of events can be tried by a test.
///
/// ```
///                 heard                 finished(ready)
///   nothing ───────────────► loading ────────────────────► served
///   wanted      ▲   ▲           │ │ finished(passing)         │
///               │   │           │ └───────────► retrying      │
///               │   │           │                │   │        │
///               │   │           │      retryDue  │   │        │
///               │   └───────────┼────────────────┘   │ heard a newer epoch
///               │               │ finished(final)    ▼        │
///               └───────────────┴─────► rejected ────┴────────┘
/// ```
///
/// - Whatever is heard with a newer epoch cancels the load under way and begins its own. The result
///   of a load that is no longer the one under way changes nothing, whatever it says.
/// - A worker that serves nothing, and whose wanted deployment cannot be loaded, resumes the last
///   good one, which never becomes the wanted one; its own load is retried like any other.
/// - The epoch swapped in never falls, and neither does the highest epoch ever seen.
/// - Only what was swapped in is remembered as good, in the same event.
/// - A replaced set is let go of only after the poll thread has taken up a newer one.
package struct VersionManager: Sendable, Hashable {
    /// How the wanted deployment stands.
    package enum Standing: Sendable, Hashable {
        /// It is being loaded.
        case pending
        case served
        /// For good; the reason is reported.
        case rejected(String)
        /// A passing fault; loading is tried again and again.
        case retrying(String)
    }

    /// One attempt to make a deployment ready.
    package struct Load: Sendable, Hashable {
        package enum Purpose: Sendable, Hashable {
            /// The newest deployment believed.
            case wanted
            /// The one that was served before the restart, since nothing better can be.
            case lastGood
        }

        /// Of this attempt alone, counted from 1.
        package let id: UInt64
        package let record: AcceptedRecord
        package let purpose: Purpose
        /// Whether the artifacts' signatures were held against the trust file when this very
        /// deployment was taken up: a key revoked since does not stop its restart.
        package let hasCheckedSignatures: Bool
    }

    /// How a load ended.
    package enum Outcome: Sendable, Hashable {
        /// Everything that can fail has been done: only the swap is left.
        case ready
        case failedPassing(String)
        case failedFinally(String)
    }

    package enum Event: Sendable, Hashable {
        /// The trust file is another one: the control topic is heard again from its beginning.
        case trustChanged
        /// The control topic has been read to its end, for the first time or again.
        case replayed
        case finished(load: UInt64, Outcome)
        /// The time of the last `retry` action has come.
        case retryDue
        /// The poll thread scores under this epoch from now on.
        case took(epoch: Int64)
        /// The worker ends.
        case stopping
    }

    package enum Action: Sendable, Hashable {
        /// Begin this load; at most one is under way.
        case begin(Load)
        /// Its result is of no use any more.
        case cancel(load: UInt64)
        /// Put what the load made into the scorer slot.
        case swap(load: UInt64)
        /// Write this into the slot's state.
        case remember(SlotMemory)
        /// The artifacts that the load fetched may go into the cache now: nobody waits.
        case keepArtifacts(load: UInt64)
        /// Tell `retryDue` after the delay of that attempt; replaces an earlier one.
        case retry(attempt: Int)
        /// The replaced sets of these epochs are used by nobody.
        case release(epochs: [Int64])
        /// There is no deployment that this worker may serve.
        case await
        /// Not for this worker, or not to be believed; the sentence is reported.
        case ignore(String)
    }

    /// What is wanted, by the control topic.
    package private(set) var tracker: DeploymentTracker
    package private(set) var standing = Standing.pending
    /// What is in the scorer slot.
    package private(set) var serving: AcceptedRecord?
    package private(set) var load: Load?
    /// What the slot's state says, or is about to say.
    package private(set) var memory: SlotMemory
    /// The epochs of replaced sets that the poll thread may still use.
    package private(set) var retired: [Int64] = []
    /// Loads that failed by passing faults since something was heard or swapped in.
    private var failures = 0
    /// Whether a `retry` was asked for and has not come.
    private var isRetryPlanned = false
    /// Whether loading the last good deployment failed for good: it is not tried with each retry.
    private var isLastGoodLost = false
    private var isStopping = false
    private var lastID: UInt64 = 0
    private let requiresSignedArtifacts: Bool

    /// - Parameters:
    ///   - memory: what the slot kept over the restart.
    ///   - requiresSignedArtifacts: whether loads hold artifacts against their signatures.
    package init(model: ModelName, memory: SlotMemory, requiresSignedArtifacts: Bool = false) {
        tracker = DeploymentTracker(
            model: model, highestEpoch: memory.highest?.deployment.epoch ?? 0,
            remembered: memory.highest)
        self.memory = memory
        self.requiresSignedArtifacts = requiresSignedArtifacts
    }

    package var wanted: AcceptedRecord? { tracker.wanted }

    /// Whether a newly assigned partition may be scored: the wanted deployment is served, or there
    /// is no use in waiting for it.
    package var isSettled: Bool {
        !tracker.isReplaying && (wanted == nil ? load == nil : standing != .pending)
    }

    // MARK: - Events

    /// A record of the control topic.
    ///
    /// - Parameter trust: as `DeploymentTracker.heard`.
    package mutating func heard(
        key: [UInt8], value: [UInt8]?, trust: DeploymentTracker.Trust? = nil
    ) -> [Action] {
        switch tracker.heard(key: key, value: value, trust: trust) {
        case .none: return []
        case .ignore(let reason): return [.ignore(reason)]
        case .want(let record): return want(record)
        }
    }

    package mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .trustChanged:
            tracker.hearAgain()
            return []
        case .replayed: return replayed()
        case .finished(let id, let outcome):
            guard let load, load.id == id, !isStopping else { return [] }
            self.load = nil
            return finished(load, outcome)
        case .retryDue:
            guard isRetryPlanned, load == nil, !isStopping else { return [] }
            isRetryPlanned = false
            return tryAgain()
        case .took(let epoch): return release(below: epoch)
        case .stopping:
            isStopping = true
            isRetryPlanned = false
            return cancelLoad()
        }
    }

    private mutating func want(_ record: AcceptedRecord) -> [Action] {
        standing = .pending
        failures = 0
        guard !isStopping else { return [] }
        if let serving, serving.deployment == record.deployment {
            // Resumed before the topic told of it: there is nothing to load.
            let hasCheckedSignatures = serving.hasSignedArtifacts
            self.serving = record
            standing = .served
            isRetryPlanned = false
            return cancelLoad() + remember(good: record, hasCheckedSignatures)
        }
        return begin(record, .wanted)
    }

    private mutating func replayed() -> [Action] {
        let (news, ignored) = tracker.replayed()
        let actions: [Action] = ignored.map { [.ignore($0)] } ?? []
        guard !isStopping else { return actions }
        // Heard again after a change of trust, a deployment may be loaded whose artifacts were not
        // signed by a known key before.
        isLastGoodLost = false
        if let news { return actions + want(news) }
        if let wanted, case .rejected = standing {
            standing = .pending
            return actions + begin(wanted, .wanted)
        }
        guard wanted == nil, serving == nil, load == nil else { return actions }
        let resumed = resumeLastGood()
        return actions + (resumed.isEmpty ? [.await] : resumed)
    }

    private mutating func finished(_ load: Load, _ outcome: Outcome) -> [Action] {
        switch (outcome, load.purpose) {
        case (.ready, let purpose): return swap(load, purpose)
        case (.failedPassing(let reason), .wanted):
            standing = .retrying(reason)
            return remember(seen: load.record) + resumeLastGood() + planRetry()
        case (.failedFinally(let reason), .wanted):
            standing = .rejected(reason)
            return remember(seen: load.record) + resumeLastGood()
        case (.failedPassing, .lastGood): return planRetry()
        case (.failedFinally, .lastGood):
            // What is wanted may still be served.
            isLastGoodLost = true
            return isWantedRetrying ? planRetry() : wanted == nil ? [.await] : []
        }
    }

    private var isWantedRetrying: Bool {
        if case .retrying = standing { wanted != nil } else { false }
    }

    private mutating func swap(_ load: Load, _ purpose: Load.Purpose) -> [Action] {
        if let serving { retired.append(serving.deployment.epoch) }
        serving = load.record
        var actions: [Action] = [.swap(load: load.id)]
        switch purpose {
        case .wanted:
            standing = .served
            failures = 0
            actions += remember(
                good: load.record, requiresSignedArtifacts || load.hasCheckedSignatures)
        case .lastGood: if isWantedRetrying { actions += planRetry() }
        }
        actions.append(.keepArtifacts(load: load.id))
        return actions
    }

    private mutating func tryAgain() -> [Action] {
        if let wanted, isWantedRetrying { return begin(wanted, .wanted) }
        return resumeLastGood()
    }

    /// Where nothing is served, what was served last is better than records that wait.
    private mutating func resumeLastGood() -> [Action] {
        guard serving == nil, !isLastGoodLost, let good = memory.good,
            wanted.map({ good.deployment.epoch < $0.deployment.epoch }) ?? true
        else { return [] }
        return begin(good, .lastGood)
    }

    private mutating func planRetry() -> [Action] {
        // While the last good deployment is loaded, its end plans it.
        guard load == nil else { return [] }
        failures += 1
        isRetryPlanned = true
        return [.retry(attempt: failures)]
    }

    private mutating func begin(_ record: AcceptedRecord, _ purpose: Load.Purpose) -> [Action] {
        var actions = cancelLoad()
        isRetryPlanned = false
        lastID += 1
        let load = Load(
            id: lastID, record: record, purpose: purpose,
            hasCheckedSignatures: memory.good.map {
                $0.hasSignedArtifacts && $0.deployment == record.deployment
            } ?? false)
        self.load = load
        actions.append(.begin(load))
        return actions
    }

    private mutating func cancelLoad() -> [Action] {
        guard let load = load.take() else { return [] }
        return [.cancel(load: load.id)]
    }

    // MARK: - Memory

    /// Whatever a load comes to, no older epoch may follow, also after a restart.
    private mutating func remember(seen record: AcceptedRecord) -> [Action] {
        remember(SlotMemory(highest: higher(record), good: memory.good))
    }

    private mutating func remember(
        good record: AcceptedRecord, _ hasCheckedSignatures: Bool
    ) -> [Action] {
        var record = record
        record.hasSignedArtifacts = hasCheckedSignatures
        return remember(SlotMemory(highest: higher(record), good: record))
    }

    private func higher(_ record: AcceptedRecord) -> AcceptedRecord {
        guard let highest = memory.highest else { return record }
        return highest.deployment.epoch > record.deployment.epoch ? highest : record
    }

    private mutating func remember(_ next: SlotMemory) -> [Action] {
        guard next != memory else { return [] }
        memory = next
        return [.remember(next)]
    }

    private mutating func release(below epoch: Int64) -> [Action] {
        let gone = retired.filter { $0 < epoch }
        guard !gone.isEmpty else { return [] }
        retired.removeAll { $0 < epoch }
        return [.release(epochs: gone)]
    }

    // MARK: - Reports

    /// The newest epoch that this worker was told to serve and does not, and why.
    ///
    /// A refusal comes after whatever could not be loaded; it does not hide it.
    package var rejected: StatusRecord.Rejected? {
        guard let loaded = unloaded else { return tracker.refusal }
        guard var refusal = tracker.refusal else { return loaded }
        refusal.reason += " (and epoch \(loaded.epoch): \(loaded.reason))"
        return refusal
    }

    /// The wanted deployment that cannot be loaded, where something that is not believed came after
    /// it.
    package var unloadable: StatusRecord.Rejected? { tracker.refusal == nil ? nil : unloaded }

    private var unloaded: StatusRecord.Rejected? {
        guard case .rejected(let reason) = standing, let wanted else { return nil }
        return StatusRecord.Rejected(
            epoch: wanted.deployment.epoch, reason: reason, registry: wanted.record.registry,
            record: wanted.valueDigest?.description)
    }
}
