import Lifecycle
import Serving
import Testing

@Suite("SuspectWatch")
struct SuspectWatchTests {
    private func place(_ partition: Int32, _ offset: Int64) -> RecordPlace {
        RecordPlace(partition: partition, offset: offset)
    }

    private func range(_ partition: Int32, _ first: Int64, _ last: Int64) -> OffsetRange {
        OffsetRange(partition: partition, first: first, last: last)
    }

    /// A watch under its first assignment: partitions 0 and 1.
    private func watch(_ suspects: SuspectRecords?) -> SuspectWatch {
        var watch = SuspectWatch(suspects)
        watch.begin(1) { $0 < 2 }
        return watch
    }

    /// The pieces of a poll: how many records each has, and how they are treated.
    private func pieces(_ watch: inout SuspectWatch, _ places: [RecordPlace?]) -> [String] {
        var pieces: [String] = []
        var start = 0
        while start < places.count {
            let piece = watch.piece(from: start, of: places.count) { places[$0] }
            pieces.append("\(piece.end - start) \(piece.treatment)")
            start = piece.end
        }
        return pieces
    }

    @Test("without suspects there is nothing to divide by")
    func none() {
        #expect(watch(nil).isIdle)
        #expect(!watch(SuspectRecords(killers: [place(0, 1)])).isIdle)
    }

    @Test("suspects are alone, killers are refused, and all others stay together")
    func divides() {
        var watch = watch(SuspectRecords(ranges: [range(1, 5, 6)], killers: [place(1, 6)]))
        let polled = [place(0, 5), place(1, 4), place(1, 5), place(1, 6), nil, place(1, 7)]
        #expect(pieces(&watch, polled) == ["2 together", "1 single", "1 refused", "2 together"])
        #expect(watch.isIdle)
    }

    @Test("what lies before a record of its partition is behind")
    func passes() {
        var watch = watch(
            SuspectRecords(ranges: [range(0, 0, 1), range(1, 0, 1)], killers: [place(0, 1)]))
        #expect(pieces(&watch, [place(0, 0), place(0, 1)]) == ["1 single", "1 refused"])
        #expect(pieces(&watch, [place(0, 2), place(0, 3)]) == ["2 together"])
        #expect(!watch.isIdle, "the other partition's are still to come")
        #expect(pieces(&watch, [place(1, 9), place(0, 4)]) == ["2 together"])
        #expect(watch.isIdle)
    }

    @Test("a change of assignment brings back what was behind, of the partitions that are ours")
    func reassigned() {
        var watch = watch(SuspectRecords(ranges: [range(0, 3, 3)], killers: [place(1, 3)]))
        #expect(pieces(&watch, [place(0, 9), place(1, 9)]) == ["2 together"])
        watch.begin(1) { _ in true }
        #expect(watch.isIdle, "it is the same assignment")
        watch.begin(2) { $0 == 1 }
        #expect(pieces(&watch, [place(0, 3), place(1, 3)]) == ["1 together", "1 refused"])
        watch.begin(3) { _ in true }
        #expect(pieces(&watch, [place(0, 3), place(1, 3)]) == ["1 single", "1 refused"])
    }

    @Test("suspects of another's partitions cost nothing")
    func ofOthers() {
        #expect(watch(SuspectRecords(ranges: [range(2, 0, 9)], killers: [place(3, 1)])).isIdle)
    }
}
