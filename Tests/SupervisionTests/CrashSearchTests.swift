import Lifecycle
import Platform
import Supervision
import Testing

@Suite("CrashSearch")
struct CrashSearchTests {
    typealias Finding = CrashSearch.Finding

    private let crashed = Platform.ExitStatus.signal(11)
    private let killed = Platform.ExitStatus.signal(9)

    private func range(_ partition: Int32, _ first: Int64, _ last: Int64) -> OffsetRange {
        OffsetRange(partition: partition, first: first, last: last)
    }

    private func batch(_ ranges: OffsetRange...) -> WorkerJournal.Batch {
        WorkerJournal.Batch(ranges: ranges, isSingle: false)
    }

    private func single(_ partition: Int32, _ offset: Int64) -> WorkerJournal.Batch {
        WorkerJournal.Batch(ranges: [range(partition, offset, offset)], isSingle: true)
    }

    @Test("after two deaths over the same records they are suspects, then one is the killer")
    func finds() {
        var search = CrashSearch()
        let place = RecordPlace(partition: 1, offset: 14)
        #expect(
            search.died(by: crashed, over: batch(range(0, 0, 5), range(1, 0, 20)), nowMs: 1)
                == .first([range(0, 0, 5), range(1, 0, 20)]))
        #expect(search.suspects(nowMs: 1) == nil)
        #expect(
            search.died(by: crashed, over: batch(range(1, 10, 30), range(2, 0, 9)), nowMs: 2)
                == .suspects([range(1, 10, 20)]))
        #expect(search.suspects(nowMs: 2) == SuspectRecords(ranges: [range(1, 10, 20)]))
        #expect(search.died(by: crashed, over: single(1, 14), nowMs: 3) == .killer(place))
        #expect(
            search.suspects(nowMs: 3)
                == SuspectRecords(ranges: [range(1, 10, 20)], killers: [place]))
    }

    @Test("a death between, over other records, hides nothing")
    func between() {
        var search = CrashSearch()
        _ = search.died(by: crashed, over: batch(range(1, 0, 20)), nowMs: 1)
        #expect(
            search.died(by: killed, over: batch(range(1, 21, 30)), nowMs: 2)
                == .first([range(1, 21, 30)]))
        #expect(
            search.died(by: crashed, over: batch(range(0, 0, 9), range(1, 5, 40)), nowMs: 3)
                == .suspects([range(1, 5, 20), range(1, 21, 30)]))
    }

    @Test(
        "the ends by which a worker itself is to blame",
        arguments: [
            (.signal(11), true), (.signal(6), true), (.signal(4), true), (.signal(7), true),
            (.signal(8), true), (.signal(5), true), (.signal(31), true), (.code(1), true),
            (.signal(9), false), (.signal(15), false), (.signal(14), false), (.signal(2), false),
        ] as [(Platform.ExitStatus, Bool)])
    func blame(status: Platform.ExitStatus, isOwn: Bool) {
        var search = CrashSearch()
        let place = RecordPlace(partition: 1, offset: 14)
        let found = search.died(by: status, over: single(1, 14), nowMs: 1)
        #expect(found == (isOwn ? .killer(place) : .doubtful(place)))
    }

    @Test("a kill from outside condemns no record, unless it comes twice over the same one")
    func killedFromOutside() {
        var search = CrashSearch()
        for _ in 0..<2 { _ = search.died(by: killed, over: batch(range(1, 0, 20)), nowMs: 0) }
        #expect(search.suspects(nowMs: 0) == SuspectRecords(ranges: [range(1, 0, 20)]))
        for offset: Int64 in [14, 15] {
            let place = RecordPlace(partition: 1, offset: offset)
            #expect(
                search.died(by: killed, over: single(1, offset), nowMs: 1) == .doubtful(place))
        }
        #expect(search.suspects(nowMs: 1)?.killers == [])
        let place = RecordPlace(partition: 1, offset: 14)
        #expect(search.died(by: killed, over: single(1, 14), nowMs: 2) == .killer(place))
    }

    @Test("several killers in one range are found one after the other")
    func several() {
        var search = CrashSearch()
        for _ in 0..<2 { _ = search.died(by: crashed, over: batch(range(1, 0, 20)), nowMs: 0) }
        for offset: Int64 in [3, 4, 17] {
            _ = search.died(by: crashed, over: single(1, offset), nowMs: 1)
        }
        #expect(search.suspects(nowMs: 1)?.killers.map(\.offset) == [3, 4, 17])
        #expect(search.suspects(nowMs: 1)?.ranges == [range(1, 0, 20)])
    }

    @Test("the same death again tells nothing new")
    func again() {
        var search = CrashSearch()
        for _ in 0..<5 { _ = search.died(by: crashed, over: batch(range(1, 0, 20)), nowMs: 0) }
        #expect(search.suspects(nowMs: 0) == SuspectRecords(ranges: [range(1, 0, 20)]))
    }

    @Test("all is forgotten ten minutes after the last death")
    func forgets() {
        var search = CrashSearch()
        for _ in 0..<2 { _ = search.died(by: crashed, over: batch(range(1, 0, 20)), nowMs: 0) }
        _ = search.died(by: crashed, over: single(1, 3), nowMs: 500_000)
        #expect(search.suspects(nowMs: 1_099_999)?.killers.count == 1)
        #expect(search.suspects(nowMs: 1_100_000) == nil)
        #expect(
            search.died(by: crashed, over: batch(range(1, 0, 20)), nowMs: 1_100_000)
                == .first([range(1, 0, 20)]))
    }

    @Test("what is told to the next worker stays within bounds")
    func bounds() {
        var search = CrashSearch()
        for offset in 0..<Int64(CrashSearch.suspectsMax + 9) {
            _ = search.died(by: crashed, over: single(1, offset), nowMs: 0)
        }
        for partition in 0..<Int32(CrashSearch.suspectsMax + 9) {
            for _ in 0..<2 {
                _ = search.died(by: crashed, over: batch(range(partition, 0, 5)), nowMs: 0)
            }
        }
        let found = search.suspects(nowMs: 0)
        #expect(found?.killers.count == CrashSearch.suspectsMax)
        #expect(found?.killers.first?.offset == 9)
        #expect(found?.ranges.count == CrashSearch.suspectsMax)
        #expect(found?.ranges.first?.partition == 9)
    }

    @Test("findings say which records, and what becomes of them")
    func words() {
        let many = (0..<12).map { range($0, 0, 5) }
        #expect("\(Finding.first(many))".hasSuffix("[9] 0 … 5 and in 2 more partitions"))
        #expect(
            "\(Finding.suspects([range(1, 0, 5)]))"
                == "two workers died with these records at hand, partition and offsets: [1] 0 … 5; "
                + "the next one scores each of them by itself")
        #expect(
            "\(Finding.killer(RecordPlace(partition: 1, offset: 14)))"
                == "workers die of the record [1] at 14: it is not scored any more, but a dead "
                + "letter with the reason crashed_worker")
    }
}
