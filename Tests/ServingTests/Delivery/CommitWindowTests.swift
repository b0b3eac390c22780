import Kafka
import Serving
import TestSupport
import Testing

/// The bound on what is scored again after a kill.
@Suite("CommitWindow")
struct CommitWindowTests {
    private static let ms: UInt64 = 1_000_000

    private func window(
        records: Int = 100, ageMs: Int = 160, commitRecords: Int = 1_000, commitMs: Int? = nil
    ) -> CommitWindow {
        CommitWindow(
            bounds: CommitWindow.Bounds(
                records: records, ageMs: ageMs, commitRecords: commitRecords, commitMs: commitMs),
            partitionCount: 4)
    }

    private func at(_ partition: Int32, _ offset: Int64) -> PartitionOffset {
        PartitionOffset(partition: partition, offset: offset)
    }

    @Test("there is room for what is not uncommitted, and none while one is too old")
    func room() {
        var window = window()
        #expect(window.room(at: 0) == 100)
        window.handedOver(60, [at(0, 60)], at: 10 * Self.ms)
        #expect(window.room(at: 11 * Self.ms) == 40)
        // Records that are being scored take room as well: they are handed over before long.
        #expect(window.room(at: 11 * Self.ms, beside: 30) == 10)
        #expect(window.room(at: 11 * Self.ms, beside: 60) == 0)
        #expect(window.room(at: 169 * Self.ms) == 40)
        #expect(window.room(at: 170 * Self.ms) == 0)
        window.handedOver(50, [at(1, 50)], at: 20 * Self.ms)
        #expect(window.room(at: 21 * Self.ms) == 0)
        window.committed([at(0, 60), at(1, 50)], isOfOldGeneration: false)
        #expect(window.room(at: 1_000 * Self.ms) == 100)
        #expect(window.uncommitted == 0)
    }

    @Test("an offset frees the records before it alone, and each partition counts")
    func order() {
        var window = window()
        window.handedOver(10, [at(0, 5), at(1, 5)], at: 0)
        window.handedOver(10, [at(0, 10), at(1, 10)], at: 20 * Self.ms)
        window.committed([at(0, 10)], isOfOldGeneration: false)
        #expect(window.uncommitted == 20)
        window.committed([at(1, 9)], isOfOldGeneration: false)
        #expect(window.uncommitted == 10)
        // An answer that overtook another one moves nothing back.
        window.committed([at(1, 5)], isOfOldGeneration: false)
        #expect(window.uncommitted == 10)
        window.committed([at(1, 10)], isOfOldGeneration: false)
        #expect(window.uncommitted == 0)
    }

    @Test("a commit is asked for once: after so many records, so long, or with no room left")
    func asks() {
        var byRecords = window(commitRecords: 20)
        byRecords.handedOver(19, [at(0, 19)], at: 0)
        #expect(!byRecords.wantsCommit(at: Self.ms))
        byRecords.handedOver(1, [at(0, 20)], at: Self.ms)
        #expect(!byRecords.wantsCommit(at: Self.ms), "nothing is there to commit")
        byRecords.stored([at(0, 20)])
        #expect(byRecords.wantsCommit(at: Self.ms))
        byRecords.asked(at: Self.ms)
        #expect(byRecords.isAwaiting && !byRecords.wantsCommit(at: Self.ms))
        byRecords.committed([at(0, 20)], isOfOldGeneration: false)
        #expect(!byRecords.isAwaiting && !byRecords.wantsCommit(at: Self.ms))

        var byTime = window(commitMs: 30)
        byTime.handedOver(1, [at(0, 1)], at: 0)
        byTime.stored([at(0, 1)])
        #expect(!byTime.wantsCommit(at: 29 * Self.ms))
        #expect(byTime.wantsCommit(at: 30 * Self.ms))

        var full = window()
        full.handedOver(1, [at(0, 1)], at: 0)
        full.stored([at(0, 1)])
        #expect(!full.wantsCommit(at: 159 * Self.ms))
        #expect(full.wantsCommit(at: 160 * Self.ms))
    }

    @Test("where the group refuses a commit, one record may be polled, since its news come so")
    func groupChanges() {
        var window = window()
        window.handedOver(100, [at(0, 100)], at: 0)
        window.stored([at(0, 100)])
        window.asked(at: 0)
        window.committed([], isOfOldGeneration: false)
        #expect(window.room(at: Self.ms) == 0)
        // Refused commits do not come one upon the other.
        #expect(!window.wantsCommit(at: 100 * Self.ms) && window.wantsCommit(at: 250 * Self.ms))
        window.asked(at: 250 * Self.ms)
        window.committed([], isOfOldGeneration: true)
        #expect(window.room(at: Self.ms) == 1)
        window.polled()
        #expect(window.room(at: Self.ms) == 0)
        window.reset()
        #expect(window.room(at: Self.ms) == 100 && !window.isAwaiting)
    }

    @Test("answers to older commits are no answer: a queue of them at the brokers becomes shorter")
    func oneAtATime() {
        var window = window()
        // Many commits of what is committed already wait at the brokers, and are answered first.
        window.handedOver(100, [at(0, 60), at(1, 40)], at: 0)
        window.stored([at(0, 60)])
        window.asked(at: 0)
        for moment in 1...400 as ClosedRange<UInt64> {
            window.committed([at(0, 0), at(1, 0)], isOfOldGeneration: false)
            #expect(window.isAwaiting && !window.wantsCommit(at: moment * Self.ms))
        }
        // What is stored meanwhile waits for the one that is out.
        window.stored([at(1, 40)])
        #expect(!window.wantsCommit(at: 401 * Self.ms))
        window.committed([at(0, 60)], isOfOldGeneration: false)
        #expect(!window.isAwaiting && window.wantsCommit(at: 402 * Self.ms))
        window.asked(at: 402 * Self.ms)
        window.committed([at(1, 40)], isOfOldGeneration: false)
        #expect(window.room(at: 403 * Self.ms) == 100)
        // One that is never answered is not waited for without end.
        window.handedOver(100, [at(0, 160)], at: 403 * Self.ms)
        window.stored([at(0, 160)])
        window.asked(at: 403 * Self.ms)
        #expect(!window.wantsCommit(at: 5_402 * Self.ms))
        #expect(window.wantsCommit(at: 5_403 * Self.ms))
    }

    /// Against the plainest account: each record with its place and its poll.
    @Test("what is counted is never less than what is uncommitted", arguments: 0..<40)
    func anyOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var window = window(records: 1_000_000, ageMs: 1_600)
        var records: [(partition: Int32, offset: Int64, at: UInt64)] = []
        var ends: [Int64] = [0, 0, 0, 0]
        var committed: [Int64] = [0, 0, 0, 0]
        var now: UInt64 = 1
        for _ in 0..<400 {
            now += UInt64.random(in: 0..<80, using: &random) * Self.ms
            if Bool.random(using: &random) {
                var positions: [PartitionOffset] = []
                var count = 0
                for partition in 0..<4 where Bool.random(using: &random) {
                    for _ in 0..<Int.random(in: 1..<5, using: &random) {
                        records.append((Int32(partition), ends[partition], now))
                        ends[partition] += Int64.random(in: 1..<3, using: &random)
                        count += 1
                    }
                    positions.append(at(Int32(partition), ends[partition]))
                }
                window.handedOver(count, positions, at: now)
            } else {
                let partition = Int.random(in: 0..<4, using: &random)
                committed[partition] = Int64.random(
                    in: committed[partition]...ends[partition], using: &random)
                window.committed(
                    [at(Int32(partition), committed[partition])], isOfOldGeneration: false)
            }
            records.removeAll { $0.offset < committed[Int($0.partition)] }
            #expect(window.uncommitted >= records.count)
            if let oldest = records.map(\.at).min() {
                #expect(window.room(at: oldest + 1_600 * Self.ms) == 0)
            }
        }
        for partition in 0..<4 {
            window.committed([at(Int32(partition), ends[partition])], isOfOldGeneration: false)
        }
        #expect(window.uncommitted == 0)
    }
}
