import Kafka
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// Partitions that come later, and offsets that do not move for long, without a broker.
@Suite("GroupSession over days", .blocking)
struct GroupGrowthTests {
    private func at(_ partition: Int32, _ offset: Int64) -> PartitionOffset {
        PartitionOffset(partition: partition, offset: offset)
    }

    @Test("of what a group gives, the partitions are served that the output has")
    func growth() throws {
        for (output, served) in [(8, [0, 4, 6]), (6, [0, 4]), (4, [0]), (nil, [0])]
            as [(Int?, [Int32])]
        {
            let stand = try SessionStand(assignment: .static)
            stand.producer.outputPartitions = output
            #expect(stand.session.servable([0, 4, 6]) == served)
            stand.assign(served)
            for partition in served { #expect(stand.handOver([(partition, 0)]) == 1) }
            stand.producer.deliver()
            stand.session.settle()
            #expect(stand.consumer.stored == [served.map { at($0, 1) }])
            #expect(stand.shared.failure == nil)
        }
    }

    @Test("what was withheld is taken by joining anew, once the output has it, and only then")
    func withheld() throws {
        let stand = try SessionStand(assignment: .static)
        var grownTo: [Int] = []
        stand.consumer.onGrow = { partitions in
            grownTo.append(partitions)
            return true
        }
        stand.producer.outputPartitions = 4
        stand.assign(stand.session.servable([0, 4]))
        _ = stand.session.poll(into: stand.polled)
        #expect(grownTo.isEmpty)
        stand.producer.outputPartitions = 6
        stand.shared.servablePartitionCount = 6
        for _ in 0..<3 { _ = stand.session.poll(into: stand.polled) }
        #expect(grownTo == [6])
        stand.session.revoking([0])
        #expect(stand.session.servable([0, 4]) == [0, 4])
    }

    @Test("a member from which nothing was withheld joins anew, once: its group may not know more")
    func nothingWithheld() throws {
        let stand = try SessionStand(assignment: .static)
        var grownTo: [Int] = []
        stand.consumer.onGrow = { partitions in
            grownTo.append(partitions)
            return true
        }
        // As after a restart: what the group gave before the topics grew.
        stand.assign(stand.session.servable([0, 1]))
        #expect(stand.session.poll(into: stand.polled) && grownTo.isEmpty)
        stand.producer.outputPartitions = 6
        stand.shared.servablePartitionCount = 6
        for _ in 0..<3 { #expect(stand.session.poll(into: stand.polled)) }
        #expect(grownTo == [6])
    }

    @Test("so does one whose topics grew while it was not there")
    func grownBefore() throws {
        for (before, joined) in [(2, [6]), (6, []), (8, []), (nil, [])] as [(Int?, [Int])] {
            let stand = try SessionStand(
                assignment: .static, partitionCount: 6, servedBefore: before)
            var grownTo: [Int] = []
            stand.consumer.onGrow = { partitions in
                grownTo.append(partitions)
                return true
            }
            stand.producer.outputPartitions = 6
            stand.assign(stand.session.servable([0]))
            for _ in 0..<3 { #expect(stand.session.poll(into: stand.polled)) }
            #expect(grownTo == joined)
        }
    }

    @Test("with fixed what both topics got is taken beside what is there, and caught up with")
    func growthOfFixed() throws {
        let stand = try SessionStand(assignment: .fixed)
        stand.assign([0])
        stand.handOver([(0, 7)])
        stand.shared.servablePartitionCount = 6
        var grownTo: [Int] = []
        stand.consumer.onGrow = { [session = stand.session] partitions in
            grownTo.append(partitions)
            session.added([4])
            return true
        }
        stand.producer.outputPartitions = 6
        stand.producer.onServe = { [shared = stand.shared] in
            if let ticket = shared.gate.pending { shared.gate.answer(ticket) }
        }
        #expect(stand.session.poll(into: stand.polled) && stand.session.poll(into: stand.polled))
        #expect(grownTo == [6] && stand.session.standing == .scoring)
        let board = stand.shared.board.report()
        #expect(board.partitions == [0, 4] && board.assignments == 1)
        // What was out before is done, and nothing of it is taken a second time.
        #expect(stand.handOver([(0, 7), (4, 0)]) == 1)
        stand.producer.deliver()
        stand.session.settle()
        #expect(stand.consumer.stored == [[at(0, 8), at(4, 1)]])
    }

    @Test("with fixed nothing is taken before the producer knows the output's partitions")
    func growthUnknown() throws {
        let stand = try SessionStand(assignment: .fixed)
        stand.assign([0])
        stand.shared.servablePartitionCount = 6
        stand.consumer.onGrow = { _ in
            Issue.record("grew")
            return true
        }
        for answer in [nil, 5] as [Int?] {
            stand.producer.outputPartitions = answer
            #expect(stand.session.poll(into: stand.polled))
        }
        #expect(stand.shared.failure == nil)
    }

    @Test("with fixed, what of a growth is passing ends nothing, and what is not ends the worker")
    func growthFails() throws {
        for code in [SwerveError.Code.unavailable, .refused] {
            let stand = try SessionStand(assignment: .fixed)
            stand.assign([0])
            stand.shared.servablePartitionCount = 6
            stand.producer.outputPartitions = 6
            stand.consumer.onGrow = { _ throws(SwerveError) in
                throw SwerveError(code, act: "growing", reason: "no")
            }
            #expect(stand.session.poll(into: stand.polled))
            #expect((stand.shared.failure == nil) == (code == .unavailable))
        }
    }

    @Test("offsets that did not move are committed anew, once the first are old enough")
    func renews() throws {
        let stand = try SessionStand()
        stand.consumer.beginning = [at(0, 5), at(1, 9)]
        stand.assign([0, 1])
        let start = MonotonicClock.now
        stand.session.renewOffsets(at: start)
        #expect(stand.consumer.committedAgain.isEmpty)
        stand.handOver([(0, 10)])
        stand.producer.deliver()
        stand.session.settle()
        stand.session.renewOffsets(at: start + 2 * OffsetRenewal.firstNs)
        #expect(stand.consumer.committedAgain == [[at(1, 9)]])
        stand.session.renewOffsets(at: start + 2 * OffsetRenewal.everyNs)
        #expect(stand.consumer.committedAgain.last == [at(0, 11), at(1, 9)])
        stand.session.revoking([0, 1])
        stand.session.renewOffsets(at: start + 9 * OffsetRenewal.everyNs)
        #expect(stand.consumer.committedAgain.count == 2)
    }
}
