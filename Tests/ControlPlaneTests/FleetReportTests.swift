import Lifecycle
import Testing

@testable import ControlPlane

@Suite("the report on a fleet")
struct FleetReportTests {
    private static func deployment(_ epoch: Int64) throws -> Deployment {
        func version(_ number: Int) -> DeployedVersion {
            DeployedVersion(
                version: number, digest: Digest(sha256: [UInt8](repeating: 7, count: 32)))
        }
        return Deployment(
            model: try ModelName("http-anomaly"), epoch: epoch, stable: version(7),
            candidate: Candidate(
                deployed: version(8), mode: .canary, share: try Share("5%")),
            previous: version(6), salt: 1)
    }

    private static func report(
        wanted: Deployment?, announced: Deployment?, _ records: [StatusRecord]
    ) throws -> FleetReport {
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        for record in records {
            board.hear(
                SlotID(group: record.group, slot: record.slot), record, heardAtMs: Heard.nowMs)
        }
        return FleetReport(
            board: board, wanted: wanted, announced: announced, nowMs: Heard.nowMs)
    }

    private static func busy(_ slot: Int) -> StatusRecord {
        var record = Heard.record(slot)
        record.serving?.candidate = 8
        record.serving?.boundaries = ["10": 5, "2": 17, "0": 42]
        record.counts.records = 123_456
        record.counts.byVersion = ["7": 117_000, "8": 6_400, "10": 1]
        record.counts.deadLetters = 56
        record.ready = true
        return record
    }

    @Test("a converged fleet, as people read it")
    func text() throws {
        let wanted = try Self.deployment(12)
        let report = try Self.report(
            wanted: wanted, announced: wanted, [Self.busy(1), Self.busy(0)])
        #expect(
            report.text == """
                http-anomaly: epoch 12, stable 7, canary 8 at 5%, previous 6 (announced)
                converged

                GROUP/SLOT STATE             EPOCH  VERSION     RECORDS     DEAD   REBAL HEARD
                g/0        serving, ready    12     7 + 8       123456      56     0     0.1 s ago
                  since partition@offset 0@42 2@17 10@5
                  predictions by version 7: 117000, 8: 6400, 10: 1
                g/1        serving, ready    12     7 + 8       123456      56     0     0.1 s ago
                  since partition@offset 0@42 2@17 10@5
                  predictions by version 7: 117000, 8: 6400, 10: 1

                """)
    }

    @Test("what is missing, rejected, retried and silent is told, within 100 columns, escaped")
    func trouble() throws {
        var rejecting = Heard.record(0, epoch: 3, ageMs: 100)
        rejecting.rejected = .init(
            epoch: 11, reason: "\u{1B}[31m" + String(repeating: "digest mismatch ", count: 40))
        rejecting.ignored = "garbage\u{7}"
        rejecting.counts.ignoredControlRecords = 3
        var silent = Heard.record(
            1, epoch: nil, group: String(repeating: "long-group-", count: 20), ageMs: 700_000)
        silent.retrying = String(repeating: "x", count: 500)
        silent.counts.records = .max
        let report = try Self.report(
            wanted: Self.deployment(12), announced: Self.deployment(11), [rejecting, silent])
        let lines = report.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(!report.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        for part in [
            "the control topic says: epoch 11", "waiting: slot 0 of g: serves epoch 3",
            "slot 1 of g: never heard", "rejects epoch 11: \\u{1b}[31mdigest mismatch",
            "ignored 3 control records, the last: garbage\\u{7}", "silent", "11 min ago",
            "retrying:\n      xxx",
        ] {
            #expect(report.text.contains(part), "\(part)")
        }
    }

    @Test("a model that was never promoted, and a topic that cannot be read, are told")
    func nothing() throws {
        let empty = try Self.report(wanted: nil, announced: nil, [])
        #expect(
            empty.text == """
                http-anomaly: never promoted
                waiting: no version of http-anomaly was promoted

                """)
        #expect(empty.verdict == nil)
        let board = FleetBoard(model: try ModelName("http-anomaly"))
        let garbled = FleetReport(
            board: board, wanted: try Self.deployment(2),
            topic: ["http-anomaly": Announcement(value: Array("garbage".utf8))], nowMs: 0)
        #expect(garbled.announced == nil)
        #expect(garbled.text.contains("(not announced yet)"))
    }

    @Test("the JSON document has the same keys, whatever there is to say")
    func json() throws {
        let wanted = try Self.deployment(12)
        let full = try Self.report(
            wanted: wanted, announced: wanted, [Self.busy(0), Self.busy(1)]
        ).json
        let bare = try Self.report(
            wanted: nil, announced: nil, [Heard.record(0, epoch: nil)]
        ).json
        #expect(full.object?.keys.sorted() == bare.object?.keys.sorted())
        let (fullSlot, bareSlot) = (full["slots"]?.array?.first, bare["slots"]?.array?.first)
        #expect(fullSlot?.object?.keys.sorted() == bareSlot?.object?.keys.sorted())
        #expect(full["converged"] == true)
        #expect(full["wanted"]?["candidate"]?["share"] == .double(0.05))
        #expect(fullSlot?["serving"]?["boundaries"]?["2"] == 17)
        #expect(fullSlot?["counts"]?["by_version"]?["8"] == 6_400)
        #expect(bare["wanted"] == .null)
        #expect(bareSlot?["serving"] == .null)
        #expect(bareSlot?["rejected"] == .null)
    }
}
