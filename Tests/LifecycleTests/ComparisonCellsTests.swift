import Lifecycle
import Testing

@Suite("cells on the status topic")
struct ComparisonCellsTests {
    private static func record() -> StatusRecord {
        var record = StatusRecord(
            group: "g", slot: 0, total: 1, model: "m",
            incarnation: .init(id: "x", startedAtMs: 1, host: "h", pid: 1), phase: .serving)
        var comparison = VersionComparison(candidate: 2, stable: 1, mode: "canary", share: 500)
        comparison.id = "0123456789abcdef"
        comparison.keyed = 63
        comparison.cells = ComparisonCells((0..<ComparisonCells.count).map { Int64($0) })
        record.comparison = comparison
        var counts = VersionCounts()
        counts.scoringMicros.add(2)
        counts.logMicros = Moments(count: 1, mean: 0.5, squares: 0)
        record.versions = ["1": counts]
        return record
    }

    /// The record with the comparison's `cells` replaced by `text`.
    private static func read(cells text: String) throws -> StatusRecord? {
        var json = try JSONValue(parsing: record().bytes, act: "test").object ?? [:]
        var comparison = json["comparison"]?.object ?? [:]
        comparison["cells"] = try JSONValue(parsing: text.utf8, act: "test")
        json["comparison"] = .object(comparison)
        return StatusRecord(value: JSONValue.object(json).bytes)
    }

    private static func list(_ first: String, count: Int = 64) -> String {
        "[" + ([first] + [String](repeating: "0", count: count - 1)).joined(separator: ",") + "]"
    }

    private static func cells(pairs: String) -> String {
        let others = ["alerts", "up", "down", "lost", "gained"].map { "\"\($0)\":\(list("0"))" }
        return "{\"pairs\":\(pairs)," + others.joined(separator: ",") + "}"
    }

    @Test("a record has six lists of 64 by their names, and reads them back")
    func wire() throws {
        let record = Self.record()
        let json = try JSONValue(parsing: record.bytes, act: "test")
        let comparison = try #require(json["comparison"])
        #expect(comparison["id"] == "0123456789abcdef" && comparison["keyed"] == 63)
        for (place, name) in ["pairs", "alerts", "up", "down", "lost", "gained"].enumerated() {
            let told = comparison["cells"]?[name]?.array
            #expect(told == (0..<64).map { .int(Int64($0 * 6 + place)) }, "\(name)")
        }
        #expect(comparison["cells"]?.object?.count == 6)
        #expect(json["versions"]?["1"]?["log_micros"]?["mean"] == 0.5)
        #expect(StatusRecord(value: record.bytes) == record)
    }

    @Test("an older worker tells none of them, and is read")
    func older() throws {
        var record = Self.record()
        record.comparison?.cells = nil
        record.comparison?.keyed = nil
        record.versions?["1"]?.logMicros = nil
        let text = String(decoding: record.bytes, as: UTF8.self)
        for name in ["cells", "keyed", "log_micros"] { #expect(!text.contains(name)) }
        let read = try #require(StatusRecord(value: record.bytes))
        #expect(read == record)
        #expect(read.comparison?.isSensible == true && read.versions?["1"]?.isSensible == true)
    }

    @Test("any counts from 0 to 2^53 can be counted")
    func sensible() throws {
        for good in ["0", "1", "9007199254740992"] {
            let read = try Self.read(cells: Self.cells(pairs: Self.list(good)))
            #expect(read?.comparison?.cells?.pairs[0] == Int64(good))
            #expect(read?.comparison?.isSensible == true)
        }
    }

    @Test(
        "another number of counts, and counts that cannot be, are no sense, not a broken record",
        arguments: [
            list("0", count: 63), list("0", count: 65), "[]", list("-1"),
            list("9007199254740993"), list("9223372036854775807"),
        ])
    func hostile(pairs: String) throws {
        let read = try #require(try Self.read(cells: Self.cells(pairs: pairs)))
        #expect(read.comparison?.cells?.isSensible == false)
        #expect(read.comparison?.isSensible == false)
    }

    @Test(
        "what is no list of whole numbers makes no record",
        arguments: [list("1.5"), list("1e300"), list("\"1\""), "7", "null", "{}"])
    func malformed(pairs: String) throws {
        #expect(try Self.read(cells: Self.cells(pairs: pairs)) == nil)
    }

    @Test("no keyed pair, and no sum, beyond what can be")
    func keyed() {
        var comparison = Self.record().comparison
        for (keyed, isSensible) in [(0, true), (1 << 53, true), (-1, false), (.max, false)]
            as [(Int64, Bool)]
        {
            comparison?.keyed = keyed
            #expect(comparison?.isSensible == isSensible)
        }
    }

    @Test("sums over slots and processes have no cells, and those of logarithms add up")
    func sums() throws {
        var sum = try #require(Self.record().comparison)
        #expect(sum.withoutCells.cells == nil && sum.withoutCells.keyed == nil)
        sum.merge(sum)
        #expect(sum.cells == nil && sum.keyed == nil)
        var counts = VersionCounts()
        counts.merge(VersionCounts())
        #expect(counts.logMicros == nil)
        for mean in [1.0, 3] {
            var other = VersionCounts()
            other.logMicros = Moments(count: 2, mean: mean, squares: 0)
            counts.merge(other)
        }
        #expect(counts.logMicros == Moments(count: 4, mean: 2, squares: 4))
        counts.logMicros = Moments(count: 1, mean: .infinity, squares: 0)
        #expect(!counts.isSensible)
    }

    @Test("cell and bucket are both ends of one hash")
    func cells() {
        for text in ["", "a", "client-7", "10.0.0.1"] {
            let hash = CanaryBucket.hash(key: Array(text.utf8), salt: 9)
            #expect(hash == MurmurHash3.hash32(Array(text.utf8), seed: 9))
            for isKeyed in [true, false] {
                let cell = RecordCell(hash: hash, isKeyed: isKeyed)
                #expect(cell.index == Int(hash % 64) && cell.isKeyed == isKeyed)
            }
            #expect(
                CanaryBucket.bucket(hash: hash)
                    == CanaryBucket.bucket(key: Array(text.utf8), salt: 9))
        }
        #expect(MemoryLayout<RecordCell>.size == 1)
        #expect(RecordCell.none.index == 0 && !RecordCell.none.isKeyed)
        // A share of 5 % has all cells, evenly.
        var counts = [Int](repeating: 0, count: 64)
        for number in 0..<400_000 {
            let hash = CanaryBucket.hash(partition: 0, offset: Int64(number), salt: 42)
            if CanaryBucket.bucket(hash: hash) < 500 {
                counts[RecordCell(hash: hash, isKeyed: true).index] += 1
            }
        }
        #expect(counts.allSatisfy { (220...410).contains($0) }, "\(counts)")
    }
}
