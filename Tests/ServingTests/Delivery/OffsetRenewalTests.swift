import Kafka
import Serving
import Testing

/// When offsets are committed anew that did not move.
@Suite("OffsetRenewal")
struct OffsetRenewalTests {
    private let start: UInt64 = 5_000
    private let first = OffsetRenewal.firstNs
    private let day = OffsetRenewal.everyNs

    private func at(_ partition: Int32, _ offset: Int64) -> PartitionOffset {
        PartitionOffset(partition: partition, offset: offset)
    }

    private func renewal(_ positions: PartitionOffset...) -> OffsetRenewal {
        var renewal = OffsetRenewal()
        renewal.added(positions, at: start)
        return renewal
    }

    @Test("what was committed before is due after a while, and daily from then on")
    func daily() {
        var renewal = renewal(at(3, 7), at(0, 2))
        #expect(renewal.takeDue(at: start + first - 1).isEmpty)
        #expect(renewal.takeDue(at: start + first) == [at(0, 2), at(3, 7)])
        #expect(renewal.takeDue(at: start + first).isEmpty)
        #expect(renewal.takeDue(at: start + first + day - 1).isEmpty)
        #expect(renewal.takeDue(at: start + first + day) == [at(0, 2), at(3, 7)])
    }

    @Test("what moved is due a day later, at its new place")
    func moved() {
        var renewal = renewal(at(0, 2), at(1, 4))
        renewal.moved([at(1, 9)], at: start + 1)
        #expect(renewal.takeDue(at: start + first) == [at(0, 2)])
        #expect(renewal.takeDue(at: start + 1 + day) == [at(1, 9)])
    }

    @Test("partitions that come later begin their own time, and change nothing of the others")
    func added() {
        var renewal = renewal(at(0, 2))
        renewal.moved([at(0, 6)], at: start)
        renewal.added([at(0, 2), at(5, 1)], at: start + 10)
        #expect(renewal.takeDue(at: start + first + 10) == [at(5, 1)])
        #expect(renewal.takeDue(at: start + day) == [at(0, 6)])
    }

    @Test("what is another's is never due, and nothing is without an assignment")
    func others() {
        var renewal = renewal(at(2, 2))
        renewal.moved([at(0, 8), at(9, 8), at(-1, 8)], at: start)
        #expect(renewal.takeDue(at: start + day) == [at(2, 2)])
        renewal.unassigned()
        renewal.moved([at(2, 3)], at: start)
        #expect(renewal.takeDue(at: .max).isEmpty)
    }
}
