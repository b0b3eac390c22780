import Lifecycle
import Testing

@Suite("Ledger entries")
struct LedgerEntryTests {
    private func entry(_ event: LedgerEntry.Event = .released) -> LedgerEntry {
        var entry = LedgerEntry(
            event, atMs: 5, slot: SlotID(group: "g", slot: 2), model: "m", topic: "in",
            incarnation: .init(id: "i", startedAtMs: 1, host: "h", pid: 7), generation: 3)
        entry.epoch = 12
        entry.registry = "r"
        entry.record = "sha256:00"
        (entry.stable, entry.candidate, entry.mode, entry.share) = (7, 8, "canary", 500)
        entry.partitions = [0, 3]
        entry.spans = [.init(partition: 3, first: 40, last: 42)]
        return entry
    }

    private func read(_ text: String, key: String = "g/2") -> LedgerEntry? {
        LedgerEntry(key: Array(key.utf8), value: Array(text.utf8))
    }

    @Test("what is written is read again, under its own key alone")
    func roundTrip() {
        let entry = entry()
        #expect(LedgerEntry(key: Array("g/2".utf8), value: entry.bytes) == entry)
        #expect(LedgerEntry(key: Array("g/1".utf8), value: entry.bytes) == nil)
        let text = String(decoding: entry.bytes, as: UTF8.self)
        #expect(text.contains(#""event":"released""#) && text.contains(#""spans":[[3,40,42]]"#))
        #expect(text.contains(#""at_ms":5"#) && text.contains(#""schema":1"#))
    }

    @Test(
        "what no worker writes is no entry",
        arguments: [
            ("[[3,40,42]]", "[[3,42,40]]"), ("[[3,40,42]]", "[[-1,40,42]]"),
            ("[[3,40,42]]", "[[3,-1,42]]"), ("[[3,40,42]]", "[[3,40]]"),
            ("[[3,40,42]]", "[[3,40,42,1]]"), ("[[3,40,42]]", "[[4294967296,40,42]]"),
            (#""schema":1"#, #""schema":2"#), (#""released""#, #""sold""#),
            (#""epoch":12"#, #""epoch":0"#), (#""stable":7"#, #""stable":-7"#),
            (#""epoch":12"#, #""epoch":12,"epoch":13"#), (#""generation":3"#, #""generation":-3"#),
            (#""generation":3,"#, ""),
        ])
    func hostile(part: String, other: String) throws {
        let good = String(decoding: entry().bytes, as: UTF8.self)
        #expect(read(good) != nil)
        #expect(good.contains(part))
        #expect(read(good.replacing(part, with: other)) == nil)
    }

    @Test("what is too large, too deep or no JSON is no entry")
    func bounded() {
        var large = entry()
        large.registry = String(repeating: "x", count: Limits.ledgerRecordBytes)
        #expect(LedgerEntry(key: Array("g/2".utf8), value: large.bytes) == nil)
        let deep = String(repeating: "[", count: 10_000)
        #expect(read(deep) == nil && read("") == nil && read("no JSON") == nil)
    }

    @Test("an entry of many partitions becomes several, none larger than brokers take by default")
    func parts() {
        var large = entry()
        let partitions = Array(Int32(0)..<12_000)
        large.partitions = partitions
        large.spans = partitions.map {
            .init(partition: $0, first: .max - 1, last: .max)
        }
        let parts = large.parts
        #expect(parts.count == 3)
        #expect(parts.allSatisfy { $0.bytes.count < 900_000 })
        #expect(parts.flatMap(\.partitions) == partitions)
        #expect(parts.flatMap(\.spans) == large.spans)
        #expect(entry().parts == [entry()])
    }
}
