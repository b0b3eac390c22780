import Lifecycle
import Platform

/// Carries out what the version manager decides: the one place that swaps scorers and writes the
/// slot's state.
///
/// Control thread only, which calls `turn` again and again.
package final class VersionRunner {
    package private(set) var manager: VersionManager
    private let owner = ThreadOwner()
    private let slot: ScorerSlot
    private let queue: LoadQueue
    private let loader: VersionLoader
    private let file: SlotMemoryFile
    private let log: WorkerLog

    private var cancellation: (load: UInt64, flag: LoadCancellation)?
    /// What the load under way made, between its end and the swap.
    private var made: (load: UInt64, set: ServingSet, fetched: [ArtifactCache.Fetched])?
    /// Replaced sets, until the manager lets them go.
    private var retired: [ServingSet] = []
    private var retryAt: UInt64?
    /// What could not be written yet; tried again with each heartbeat.
    private var unwritten: SlotMemory?
    private var toldTaken: Int64 = 0
    private var telling = LoadTelling()
    /// Records that were passed over, of which nobody has been told yet.
    private var ignored: (count: Int64, last: String?) = (0, nil)
    /// Whether something has changed that a status should tell at once.
    private var isNews = false
    /// Whether there is no deployment that this worker may serve.
    private(set) var isAwaiting = false

    package init(
        manager: VersionManager, slot: ScorerSlot, queue: LoadQueue, loader: VersionLoader,
        file: SlotMemoryFile, log: WorkerLog
    ) {
        self.manager = manager
        self.slot = slot
        self.queue = queue
        self.loader = loader
        self.file = file
        self.log = log
    }

    /// A record of the control topic.
    package func heard(key: [UInt8], value: [UInt8]?, trust: DeploymentTracker.Trust?) {
        perform(manager.heard(key: key, value: value, trust: trust))
    }

    /// The trust file is another one: the control topic is to be heard again.
    package func trustChanged() { perform(manager.handle(.trustChanged)) }

    /// The control topic was read to its end, for the first time or again.
    package func replayed() { perform(manager.handle(.replayed)) }

    /// Takes in what has happened since the last turn; waits for nothing.
    package func turn(now: UInt64 = MonotonicClock.now) {
        owner.assertCurrent()
        for result in queue.takeResults() { finished(result) }
        if let due = retryAt, due <= now {
            retryAt = nil
            perform(manager.handle(.retryDue))
        }
        let taken = slot.takenEpoch
        if taken != toldTaken {
            toldTaken = taken
            if let serving = manager.serving?.deployment, serving.epoch == taken {
                log.info(telling.served(serving))
            }
            perform(manager.handle(.took(epoch: taken)))
            isNews = true
        }
    }

    package func stop() { perform(manager.handle(.stopping)) }

    /// Writes again what a full disk kept from being written.
    package func writeAgain() {
        owner.assertCurrent()
        queue.keepAgain()
        if queue.takeKeptAgain() { log.info("the versions that are served are in the cache again") }
        guard let memory = unwritten, (try? file.write(memory)) != nil else { return }
        unwritten = nil
        log.info("the slot's state is kept again")
    }

    /// Whether a status should go out at once, and what was passed over: how many records, and why
    /// the last of them.
    func takeNews() -> (isNews: Bool, ignored: (count: Int64, last: String?)) {
        defer { (isNews, ignored) = (false, (0, nil)) }
        return (isNews, ignored)
    }

    // MARK: - Actions

    private func perform(_ actions: [VersionManager.Action]) {
        owner.assertCurrent()
        for action in actions { perform(action) }
        // What was passed over is told with the next heartbeat: strangers may cause many of them.
        if actions.contains(where: \.isNews) { isNews = true }
    }

    private func perform(_ action: VersionManager.Action) {
        switch action {
        case .begin(let load): begin(load)
        case .cancel(let id):
            if cancellation?.load == id { cancellation?.flag.cancel() }
        case .swap(let id): swap(id)
        case .remember(let memory): remember(memory)
        case .keepArtifacts(let id):
            guard let made, made.load == id else { return }
            queue.keep(made.fetched)
            self.made = nil
        case .retry(let attempt):
            retryAt = MonotonicClock.now &+ Self.backoffNs(attempt)
        case .release(let epochs):
            retired.removeAll { epochs.contains($0.deployment.epoch) }
        case .await:
            isAwaiting = true
            log.info(
                "no deployment of \(manager.tracker.model)"
                    + "\(manager.tracker.refusal == nil ? " yet" : " that is to be believed"): "
                    + "waiting, no record is taken")
        case .ignore(let reason):
            log.ofStrangers("a control record is ignored: \(reason)")
            ignored.count += 1
            ignored.last = reason
        }
    }

    private func begin(_ load: VersionManager.Load) {
        isAwaiting = false
        retryAt = nil
        announce(load)
        let flag = LoadCancellation()
        cancellation = (load.id, flag)
        let request = LoadRequest(
            load, present: slot.load()?.loaded ?? [], askedAt: MonotonicClock.now,
            cancellation: flag)
        if loader.isPresent(request) {
            finished(loader.loadPresent(request))
        } else {
            queue.load(request)
        }
    }

    private func announce(_ load: VersionManager.Load) {
        guard let line = telling.begins(load, of: manager) else { return }
        switch load.purpose {
        case .wanted: log.info(line)
        case .lastGood: log.warning(line)
        }
    }

    private func finished(_ result: LoadResult) {
        guard let load = manager.load, load.id == result.load else { return }
        let outcome: VersionManager.Outcome
        switch result.ending {
        case .ready(let set):
            made = (result.load, set, result.fetched)
            outcome = .ready
        case .failed(let error) where error.isRetryable:
            let line = telling.failed(load, error.description, now: MonotonicClock.now)
            if let line { log.warning(line) }
            outcome = .failedPassing(error.description)
        case .failed(let error):
            let epoch = load.record.deployment.epoch
            log.error("epoch \(epoch) is rejected: \(error.description)")
            outcome = .failedFinally(error.description)
        case .cancelled: return
        }
        perform(manager.handle(.finished(load: result.load, outcome)))
    }

    private func swap(_ id: UInt64) {
        guard let made, made.load == id else {
            preconditionFailure("a swap to a set that was not made")
        }
        if let replaced = slot.replace(with: made.set) { retired.append(replaced) }
    }

    private func remember(_ memory: SlotMemory) {
        do throws(SwerveError) {
            try file.write(memory)
            unwritten = nil
        } catch {
            if unwritten == nil { log.warning("not kept for a restart: \(error.description)") }
            unwritten = memory
        }
    }

    /// 100 ms, doubled with each attempt, at most 10 s.
    package static func backoffNs(_ attempt: Int) -> UInt64 {
        var ns = backoffMinNs
        for _ in 1..<max(1, attempt) where ns < backoffMaxNs { ns *= 2 }
        return min(ns, backoffMaxNs)
    }

    private static let backoffMinNs: UInt64 = 100_000_000
    private static let backoffMaxNs: UInt64 = 10_000_000_000
}

extension VersionManager.Action {
    fileprivate var isNews: Bool { if case .ignore = self { false } else { true } }
}
