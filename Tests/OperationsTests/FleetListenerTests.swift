import Fleet
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Operations

/// A status topic in memory: each poll hands over the next of its turns, and takes its time.
final class ScriptedFeed: StatusFeed {
    enum Turn {
        /// What is heard in a poll that reaches the end, or does not.
        case heard([HeardStatus], isAtEnd: Bool = true)
        case failed(SwerveError)
    }

    private var turns: [Turn]
    private let clock: ScriptedClock
    var fault: String?
    /// Behind that many polls brokers do not answer any more.
    var dies: (atPoll: Int, words: String)?
    var absence: String? { dies.flatMap { polls >= $0.atPoll ? $0.words : nil } }
    private(set) var polls = 0
    private(set) var isClosed = false

    /// - Parameter turns: behind the last of them nothing is heard any more.
    init(_ turns: [Turn], clock: ScriptedClock) {
        self.turns = turns
        self.clock = clock
    }

    func poll(
        milliseconds: Int, _ body: (HeardStatus) -> Void
    ) throws(SwerveError) -> Bool {
        clock.advance(Int64(milliseconds))
        polls += 1
        guard !turns.isEmpty else { return isAtEnd }
        switch turns.removeFirst() {
        case .heard(let heard, let isAtEnd):
            heard.forEach(body)
            self.isAtEnd = self.isAtEnd || isAtEnd
        case .failed(let error): throw error
        }
        return isAtEnd
    }

    private var isAtEnd = false

    func close() { isClosed = true }
}

/// A clock that goes on by polls alone.
final class ScriptedClock: Sendable {
    private let now = Guarded<Int64>(1_700_000_000_000)

    var nowMs: Int64 { now.withLock { $0 } }

    func advance(_ ms: Int64) { now.withLock { $0 += ms } }
}

@Suite("the listener on the status topic", .blocking)
struct FleetListenerTests {
    private let clock = ScriptedClock()

    private func listener(_ turns: [ScriptedFeed.Turn]) -> (FleetListener, ScriptedFeed) {
        let feed = ScriptedFeed(turns, clock: clock)
        let clock = clock
        return (FleetListener(feed: feed) { clock.nowMs }, feed)
    }

    private func record(_ slot: Int, of total: Int = 1, epoch: Int64 = 12) -> StatusRecord {
        var record = StatusRecord(
            group: "g", slot: slot, total: total, model: "m",
            incarnation: .init(id: "i\(slot)", startedAtMs: 0, host: "h", pid: 1), phase: .serving)
        record.serving = .init(
            epoch: epoch, stable: 7, candidate: nil, loadedMs: 1, firstPollAtMs: 5, boundaries: [:])
        record.sentAtMs = clock.nowMs
        return record
    }

    private func heard(_ record: StatusRecord, isOld: Bool = false) -> HeardStatus {
        HeardStatus(
            slot: SlotID(group: record.group, slot: record.slot), record: record, isOld: isOld)
    }

    @Test("hands on what it heard, and asks no more of the feed than it was told")
    func listens() throws {
        let (listener, feed) = listener([.heard([heard(record(0)), heard(record(0))])])
        let model = try ModelName("m")
        try listener.listen(milliseconds: 70)
        #expect(listener.watcher.boards[model].slots.map(\.record.serving?.epoch) == [12])
        #expect(feed.polls == 1 && listener.nowMs == 1_700_000_000_070)
        try listener.listen(milliseconds: 1)
        #expect(feed.polls == 2)
        listener.close()
        #expect(feed.isClosed)
    }

    @Test("settles once all that live were heard, after two heartbeats at the latest")
    func settles() throws {
        let model = try ModelName("m")
        var silent = record(0)
        silent.sentAtMs -= 30_000
        let old = heard(silent, isOld: true)
        let (waiting, _) = listener([.heard([], isAtEnd: false), .heard([old])])
        let before = waiting.nowMs
        try waiting.settle(on: model, timeoutMs: 1_000) { () throws(SwerveError) in false }
        #expect((2_000...2_200).contains(waiting.nowMs - before))
        let (heard, feed) = listener([.heard([old]), .heard([self.heard(record(0))])])
        try heard.settle(on: model, timeoutMs: 1_000) { () throws(SwerveError) in false }
        #expect(feed.polls == 2)
    }

    @Test("an end out of reach is told with its fault, and one that was stopped is no failure")
    func outOfReach() throws {
        let (listener, feed) = listener([])
        feed.fault = "no broker answers"
        let error = #expect(throws: SwerveError.self) {
            try listener.settle(on: nil, timeoutMs: 500) { () throws(SwerveError) in false }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.reason == "its end was not reached within 500 ms: no broker answers")
        try listener.settle(on: nil, timeoutMs: 500) { () throws(SwerveError) in true }
        #expect(try !listener.reachEnd(timeoutMs: 100))
        let missing = SwerveError(.notFound, act: "reading s", reason: "no such topic")
        let (broken, _) = self.listener([.failed(missing)])
        #expect(throws: missing) { try broken.reachEnd(timeoutMs: 100) }
    }

    @Test("waits until the last slot serves the epoch, or until the time is over")
    func waits() throws {
        let model = try ModelName("m")
        let turns: [ScriptedFeed.Turn] = [
            .heard([heard(record(0, of: 2), isOld: true), heard(record(1, of: 2, epoch: 3))]),
            .heard([]), .heard([heard(record(1, of: 2))]),
        ]
        let (listener, feed) = listener(turns)
        let outcome = try listener.wait(
            for: WantedEpoch(epoch: 12), of: model, timeoutMs: 10_000)
        #expect(outcome.isConverged && feed.polls == 3)
        let (late, _) = self.listener(turns)
        let begun = late.nowMs
        let missed = try late.wait(
            for: WantedEpoch(epoch: 13), of: model, timeoutMs: 300)
        #expect(missed.stragglers == ["slot 0: serves epoch 12", "slot 1: serves epoch 12"])
        #expect((300...340).contains(late.nowMs - begun))
    }

    @Test(
        "waits however long it is told to, and no longer than whoever asks for it",
        arguments: [
            Int64.max, Int64.min, 0,
        ])
    func anyTime(timeoutMs: Int64) throws {
        let model = try ModelName("m")
        let wanted = WantedEpoch(epoch: 13)
        let (listener, feed) = listener([.heard([heard(record(0))])])
        let polls = Guarded(0)
        let outcome = try listener.wait(for: wanted, of: model, timeoutMs: timeoutMs) {
            polls.withLock {
                $0 += 1
                return $0 == 5
            }
        }
        #expect(!outcome.isConverged && outcome.stragglers.count == 1)
        #expect(feed.polls == (timeoutMs > 0 ? 5 : 1))
    }
}
