import Lifecycle
import Testing

@Suite("status records")
struct StatusRecordTests {
    private static func record() -> StatusRecord {
        var record = StatusRecord(
            group: "g", slot: 1, total: 2, model: "http-anomaly",
            incarnation: .init(id: "i", startedAtMs: 1, host: "h", pid: 4), phase: .serving)
        record.serving = .init(
            epoch: 3, stable: 2, candidate: nil, loadedMs: 1.5, firstPollAtMs: 9,
            boundaries: ["0": 42, "11": .max])
        record.counts.byVersion = ["2": 10]
        record.rejected = .init(epoch: 4, reason: "digest\u{1B}")
        record.sentAtMs = 1_700_000_000_000
        return record
    }

    @Test("a record survives the round trip")
    func roundTrip() throws {
        let record = Self.record()
        #expect(StatusRecord(value: record.bytes) == record)
        let json = try JSONValue(parsing: record.bytes, act: "test")
        #expect(json["sent_at_ms"]?.int == 1_700_000_000_000)
        #expect(json["serving"]?["boundaries"]?["11"] == .int(.max))
        #expect(json["counts"]?["by_version"]?["2"]?.int == 10)
    }

    @Test("the last word of a process that failed says why, and no other record has the field")
    func ended() throws {
        var record = Self.record()
        let plain = try JSONValue(parsing: record.bytes, act: "test")
        #expect(plain.object?.keys.contains("ended") == false)
        record.ended = .init(kind: "dead_letter_bound", reason: "600 of the last 1000 records")
        let read = try #require(StatusRecord(value: record.bytes))
        #expect(read == record)
        let json = try JSONValue(parsing: record.bytes, act: "test")
        #expect(json["ended"]?["kind"] == "dead_letter_bound")
        // A kind of a later worker's is taken as it stands.
        var later = json.object ?? [:]
        later["ended"] = ["kind": "new", "reason": "r", "more": 1]
        #expect(StatusRecord(value: JSONValue.object(later).bytes)?.ended?.kind == "new")
    }

    @Test("a group that is whoever is alive is said in a field of its own; a number has none")
    func elastic() throws {
        #expect(Self.record().fixedTotal == 2)
        let plain = try JSONValue(parsing: Self.record().bytes, act: "test")
        let fields = ["total_auto", "generation", "input_partitions"]
        #expect(fields.allSatisfy { plain.object?.keys.contains($0) == false })
        var record = StatusRecord(
            group: "g", slot: 700, total: nil, model: "http-anomaly",
            incarnation: .init(id: "i", startedAtMs: 1, host: "h", pid: 4), phase: .serving)
        (record.generation, record.inputPartitions) = (7, 12)
        let read = try #require(StatusRecord(value: record.bytes))
        #expect(read == record && read.fixedTotal == nil)
        let json = try JSONValue(parsing: record.bytes, act: "test")
        #expect(json["total_auto"] == true && json["generation"] == 7)
        // An older reader has to have a number, and waits for more slots than there are.
        #expect(json["total"]?.int == Limits.slots && json["input_partitions"] == 12)
    }

    @Test("an older worker's record is read: its total is a number, and it tells no generation")
    func older() throws {
        let text = """
            {"schema":1,"group":"g","slot":1,"total":2,"model":"m","phase":"serving","ready":true,
            "incarnation":{"id":"i","started_at_ms":1,"host":"h","pid":4},"partitions":[1,3],
            "counts":{"records":0,"by_version":{},"dead_letters":0,"rebalances":0,
            "ignored_control_records":0},"poll_gap_ms":0,"poll_gap_max_ms":0,"sent_at_ms":9}
            """
        let record = try #require(StatusRecord(value: Array(text.utf8)))
        #expect(record.fixedTotal == 2 && record.partitions == [1, 3])
        #expect(record.generation == nil && record.inputPartitions == nil)
    }

    @Test("unknown fields are passed over, another schema and garbage are none")
    func others() throws {
        var json = try JSONValue(parsing: Self.record().bytes, act: "test").object ?? [:]
        json["later"] = ["x": 1]
        #expect(StatusRecord(value: JSONValue.object(json).bytes) == Self.record())
        json["schema"] = 2
        #expect(StatusRecord(value: JSONValue.object(json).bytes) == nil)
        for garbage in ["", "{}", "null", "[1]", "{\"schema\":1}"] {
            #expect(StatusRecord(value: Array(garbage.utf8)) == nil)
        }
        let large = [UInt8](repeating: 0x20, count: Limits.statusRecordBytes + 1)
        #expect(StatusRecord(value: large) == nil)
    }
}
