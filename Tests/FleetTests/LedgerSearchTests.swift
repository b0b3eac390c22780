import Fleet
import Lifecycle
import Testing

@Suite("Who scored a record, by the ledger")
struct LedgerSearchTests {
    private func entry(
        _ event: LedgerEntry.Event, _ process: String, epoch: Int64, _ first: Int64, _ last: Int64,
        generation: Int64 = 1, group: String = "g", topic: String = "in", partition: Int32 = 3
    ) -> LedgerEntry {
        var entry = LedgerEntry(
            event, atMs: 0, slot: SlotID(group: group, slot: 0), model: "m", topic: topic,
            incarnation: .init(id: process, startedAtMs: 0, host: "h", pid: 1),
            generation: generation)
        entry.epoch = epoch
        entry.spans = [.init(partition: partition, first: first, last: last)]
        return entry
    }

    private func answers(
        _ offset: Int64, _ entries: [LedgerEntry], group: String? = "g"
    ) -> [String] {
        var search = LedgerSearch(group: group, topic: "in", partition: 3, offset: offset)
        for entry in entries { search.hear(entry) }
        return search.answers.map {
            "\($0.entry.incarnation.id) \($0.entry.epoch ?? 0) \($0.isEnded ? "ended" : "open")"
        }
    }

    @Test("each record belongs to the span that holds it, both ends among them")
    func spans() {
        let entries = [
            entry(.began, "a", epoch: 1, 10, 10), entry(.superseded, "a", epoch: 1, 10, 19),
            entry(.began, "a", epoch: 2, 20, 20), entry(.released, "a", epoch: 2, 20, 25),
            entry(.began, "b", epoch: 2, 26, 30),
        ]
        #expect(answers(9, entries) == [])
        #expect(answers(10, entries) == ["a 1 ended"] && answers(19, entries) == ["a 1 ended"])
        #expect(answers(20, entries) == ["a 2 ended"] && answers(25, entries) == ["a 2 ended"])
        // Of who is at work the end is not told.
        #expect(answers(26, entries) == ["b 2 open"] && answers(1_000, entries) == ["b 2 open"])
    }

    @Test("behind a kill the newest span that began is the answer, and both where both are known")
    func killed() {
        // `a` was killed at about 30; `b` began at what was committed.
        let killed = [
            entry(.began, "a", epoch: 1, 10, 12), entry(.began, "b", epoch: 2, 28, 28),
        ]
        #expect(answers(15, killed) == ["a 1 open"] && answers(29, killed) == ["b 2 open"])
        let ended = killed + [entry(.released, "b", epoch: 2, 28, 40)]
        #expect(answers(15, ended) == ["a 1 open"] && answers(40, ended) == ["b 2 ended"])
        // A lost assignment tells its end, and somebody else scored a part again.
        let twice = [
            entry(.released, "a", epoch: 1, 10, 30), entry(.released, "b", epoch: 2, 28, 40),
        ]
        #expect(answers(29, twice) == ["a 1 ended", "b 2 ended"])
    }

    @Test("an end belongs to the span of its own process, assignment and epoch")
    func ends() {
        let entries = [
            entry(.began, "a", epoch: 1, 10, 10, generation: 1),
            entry(.released, "a", epoch: 1, 20, 22, generation: 2),
            entry(.released, "b", epoch: 1, 10, 12, generation: 1),
        ]
        #expect(answers(15, entries) == ["a 1 open"])
    }

    @Test("other groups, topics, partitions and events tell nothing")
    func others() {
        let entries = [
            entry(.released, "a", epoch: 1, 0, 99, group: "other"),
            entry(.released, "a", epoch: 1, 0, 99, topic: "other"),
            entry(.released, "a", epoch: 1, 0, 99, partition: 2),
            entry(.assigned, "a", epoch: 1, 0, 99), entry(.takenUp, "a", epoch: 1, 0, 99),
        ]
        #expect(answers(5, entries) == [])
        #expect(answers(5, entries, group: nil) == ["a 1 ended"])
    }

    @Test("whoever floods the ledger fills no memory")
    func flood() {
        let entries = (0..<10_000).map {
            entry($0 % 2 == 0 ? .began : .released, "\($0)", epoch: 1, 0, 99)
        }
        #expect(answers(5, entries).count == 100)
    }
}
