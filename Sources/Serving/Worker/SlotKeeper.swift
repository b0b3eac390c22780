package import Kafka
import Lifecycle
import Platform

/// What a worker needs of its slot's claim: `SlotClaim`, or in tests something without brokers.
package protocol SlotClaiming: AnyObject {
    func turn(asking word: SlotClaim.Word?, timeoutMs: Int32) -> SlotClaim.Standing?
    func close()
}

extension SlotClaim: SlotClaiming {}

/// Keeps a worker's place in its slot where no group does: takes the claim, again and again until
/// it has it, and asks after it as long as another process speaks for the slot.
///
/// Control thread only. What it waits for, promotions and heartbeats wait for too: so it waits
/// little, but before anything is scored.
package final class SlotKeeper {
    private let claim: any SlotClaiming
    private let log: WorkerLog
    private let beganAt: UInt64
    private let owner = ThreadOwner()
    /// Whether the brokers gave the place to this process.
    package private(set) var isHeld = false
    private var isRivalHeard = false
    private var askedAt: UInt64?
    private var servedAt: UInt64?
    /// The last that was said of why there is no claim.
    private var said: String?
    private var hasToldGoingOn = false

    /// - Parameter now: monotonic nanoseconds.
    package init(_ claim: any SlotClaiming, log: WorkerLog, now: UInt64 = MonotonicClock.now) {
        self.claim = claim
        self.log = log
        beganAt = now
    }

    /// Another process says that it serves the slot: the brokers are asked with the next turn.
    package func heardRival() { isRivalHeard = true }

    /// Whether partitions may be taken up: with the claim, or without one after 10 s.
    package func mayJoin(at now: UInt64) -> Bool {
        guard !isHeld else { return true }
        guard now &- beganAt >= Self.patienceNs else { return false }
        if !hasToldGoingOn {
            hasToldGoingOn = true
            log.warning(
                "goes on without a claim on the slot, which is tried again: until then a second "
                    + "process in this slot is told, and ends neither of the two"
                    + (said.map { "; \($0)" } ?? ""))
        }
        return true
    }

    /// Serves the claim, once a second or where there is more to do.
    ///
    /// - Parameter word: what is written to ask; made only where it is asked.
    /// - Returns: the brokers' words, where they have given the slot's place to another process.
    package func turn(at now: UInt64, word: () -> SlotClaim.Word) -> String? {
        owner.assertCurrent()
        let isAsking =
            isRivalHeard && askedAt.map { now &- $0 >= SlotRivals.presentNs } ?? true
        let isJoining = !isHeld && now &- beganAt < Self.patienceNs
        let isDue = servedAt.map { now &- $0 >= Self.everyNs } ?? true
        guard isAsking || isJoining || isDue else { return nil }
        servedAt = now
        if isAsking {
            askedAt = now
            isRivalHeard = false
        }
        let waitMs = isAsking ? Self.askMs : isJoining ? Self.joinMs : Self.serveMs
        switch claim.turn(asking: isAsking ? word() : nil, timeoutMs: waitMs) {
        case nil: break
        case .held: held()
        case .taken(let words): return words
        case .unknown(let error): tell(error, at: now)
        }
        return nil
    }

    package func close() { claim.close() }

    private func held() {
        if hasToldGoingOn, !isHeld { log.info("has its claim on the slot now") }
        isHeld = true
        said = nil
    }

    /// What is passing is one account with the other handles'; the rest is said once.
    ///
    /// At first each turn waits for a moment alone, and a claim takes the brokers more than one.
    private func tell(_ error: SwerveError, at now: UInt64) {
        let words = error.description
        if error.isRetryable {
            if now &- beganAt >= Self.quietNs { log.passing(words) }
        } else if words != said {
            log.warning(words)
        }
        said = words
    }

    private static let quietNs: UInt64 = 1_000_000_000
    private static let patienceNs: UInt64 = 10_000_000_000
    private static let everyNs: UInt64 = 1_000_000_000
    private static let askMs: Int32 = 1_000
    private static let joinMs: Int32 = 100
    private static let serveMs: Int32 = 10
}
