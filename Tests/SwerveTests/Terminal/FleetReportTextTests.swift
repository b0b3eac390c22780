import Fleet
import Lifecycle
import TestSupport
import Testing

@testable import swerve

@Suite("the report on a fleet, as people read it")
struct FleetReportTextTests {
    private func text(_ report: FleetReport) -> String {
        FleetReportText(report: report).lines.joined(separator: "\n") + "\n"
    }

    @Test("a converged fleet, as people read it")
    func converged() throws {
        let wanted = try SampleFleet.deployment(12)
        let report = try SampleFleet.report(
            wanted: wanted, announced: wanted, [SampleFleet.busy(1), SampleFleet.busy(0)])
        #expect(text(report) == convergedPage)
    }

    @Test("what is missing, rejected, retried and silent is told, within 100 columns, escaped")
    func trouble() throws {
        var rejecting = Heard.record(0, of: 1_024, epoch: 3, ageMs: 100)
        rejecting.rejected = .init(
            epoch: 11, reason: "\u{1B}[31m" + String(repeating: "digest mismatch ", count: 40))
        rejecting.ignored = "garbage\u{7}"
        rejecting.counts.ignoredControlRecords = 3
        rejecting.incarnation.host = "h\u{9b}2J"
        var silent = Heard.record(
            1, epoch: nil, group: String(repeating: "long-group-", count: 20), ageMs: 700_000)
        silent.retrying = String(repeating: "x", count: 500)
        silent.counts.records = .max
        let stale = Heard.record(2, of: 1_024, epoch: 3, ageMs: 7_000)
        let report = try SampleFleet.report(
            wanted: SampleFleet.deployment(12), announced: SampleFleet.deployment(11),
            [rejecting, silent, stale])
        let lines = text(report).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(!Self.hasControls(text(report)))
        for part in [
            "the control topic says: epoch 11", "waiting: slot 0: serves epoch 3",
            "waiting: slot 1: never heard", "waiting: slots 3 to 1023: never heard",
            "rejects epoch 11: \\u{1b}[31mdigest mismatch",
            "not waited for: group\n    long-group-",
            "ignored 3 control records, the last: garbage\\u{7}", "g/1                 missing",
            "g/3-1023            missing", "11 min ago", "retrying:\n      xxx", "on h\\u{9b}2J",
            "stale",
            "gone",
        ] {
            #expect(text(report).contains(part), "\(part)\n\(text(report))")
        }
    }

    @Test("a slot whose records wait for their schema is not called ready")
    func parked() throws {
        let wanted = try SampleFleet.deployment(12)
        var waiting = SampleFleet.busy(0)
        waiting.counts.parked = 3
        #expect(
            !text(
                try SampleFleet.report(
                    wanted: wanted, announced: wanted, [waiting, SampleFleet.busy(1)])
            ).contains("serving, waits"), "not before they have waited for long")
        waiting.retrying = "3 records wait for their schema, for 12 s"
        let told = text(
            try SampleFleet.report(
                wanted: wanted, announced: wanted, [waiting, SampleFleet.busy(1)]))
        #expect(told.contains("serving, waits"), "\(told)")
    }

    private static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains {
            ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value)
        }
    }

    @Test("a rejection, a takeover, a clock that is wrong and a left-over slot are told")
    func oddities() throws {
        let now = Heard.nowMs
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        board.reachEnd(atMs: now - 10_000)
        var former = Heard.record(0)
        former.incarnation = .init(id: "0", startedAtMs: 1, host: "old-host", pid: 77)
        var present = Heard.record(0, epoch: 3, ageMs: 400_000)
        present.incarnation = .init(id: "1", startedAtMs: 2, host: "h", pid: 78)
        for record in [former, present, former, Heard.record(1)] {
            board.hear(.fresh(record), heardAtMs: now)
        }
        board.hear(.old(Heard.record(2, of: 3, ageMs: 9_000)), heardAtMs: now)
        board.hear(
            .fresh(Heard.record(1, epoch: 3).rejecting(12)), heardAtMs: now)
        let report = FleetReport(
            board: board, control: SampleFleet.control(try SampleFleet.deployment(12)), nowMs: now)
        for part in [
            "rejected by slot g/1: digest mismatch",
            "two processes in this slot: pid 77 on old-host speaks for it too",
            "its clock is 400 s behind", "not counted: the group has 2 slots now",
        ] {
            #expect(text(report).contains(part), "\(part)\n\(text(report))")
        }
    }

    @Test("a model that was never promoted, and a topic that cannot be read, are told")
    func nothing() throws {
        let empty = try SampleFleet.report(wanted: nil, announced: nil, [])
        #expect(
            text(empty) == """
                http-anomaly: never promoted
                waiting: no version of http-anomaly was promoted

                """)
        let model = try ModelName("http-anomaly")
        let garbled = ControlReading(.string("garbage"), key: "http-anomaly")
        let report = FleetReport(
            board: FleetBoard(model: model),
            wanted: RegisteredDeployment(deployment: try SampleFleet.deployment(2), registry: "r"),
            control: garbled, nowMs: 0)
        #expect(text(report).contains("(whether it is announced is not known)"))
        #expect(text(report).contains("note: the control topic is passed over: "))
    }

    @Test("without a word of topic or registry, the epoch is the one that the slots say")
    func slotsAlone() throws {
        let report = FleetReport(
            board: try Heard.board([Heard.record(0), Heard.record(1)]), control: .silent,
            nowMs: Heard.nowMs)
        #expect(
            FleetReportText(report: report).lines.first
                == "http-anomaly: epoch 12 (as the slots say)")
    }

    @Test("times at the ends of the numbers are held, not computed with")
    func extremes() throws {
        for sent in [Int64.min, .max] {
            for now in [Int64.min, 0, .max] {
                var record = Heard.record(0, of: 1)
                record.sentAtMs = sent
                record.incarnation.startedAtMs = sent == .min ? .max : .min
                var board = FleetBoard(model: try ModelName("http-anomaly"))
                board.hear(.old(record, appendedAtMs: sent), heardAtMs: now)
                let report = FleetReport(board: board, control: .silent, nowMs: now)
                #expect(FleetReportText(report: report).lines.allSatisfy { $0.count <= 100 })
            }
        }
    }

    @Test("a slot that failed shows its reason, however long it has been silent")
    func failed() throws {
        let failed = Heard.record(0, of: 1, ageMs: 700_000).failing("no topic\u{1B}[2J")
        let report = try SampleFleet.report(
            wanted: nil, announced: SampleFleet.deployment(12), [failed])
        let lines = FleetReportText(report: report).lines
        #expect(lines.contains("waiting: slot 0: failed: no topic\\u{1b}[2J"))
        #expect(lines.contains("  failed: no topic\\u{1b}[2J"))
        #expect(lines.contains { $0.hasPrefix("g/0        failed ") && $0.hasSuffix("11 min ago") })
    }

    @Test("slots whose counts make no sense are named below the sums")
    func doubtful() throws {
        var odd = Heard.record(0, of: 1)
        odd.versions = ["seven": VersionCounts()]
        let report = FleetReport(
            board: try Heard.board([odd]), control: .silent, nowMs: Heard.nowMs)
        #expect(text(report).contains("note: not in the sums, with counts that make no sense: g/0"))
    }
}

/// At the margin, since it is as wide as a line may be.
private let convergedPage = """
    http-anomaly: epoch 12, stable 7, canary 8 at 5%, previous 6 (announced)
    converged: 2 slots live, none missing

    GROUP/SLOT STATE          EPOCH  VERSION   DIGEST   LOAD ms RECORDS  DEAD  REBAL HEARD
    g/0        serving, ready 12     7 + 8     07070707 12.25   123456   56    0     0.1 s ago
      since partition@offset 0@42 2@17 10@5
      pid 1 on h, up 61 min, poll gap 4.500 ms, longest 61.00 ms, delivers exactly-once, signed by
          release
    g/1        serving, ready 12     7 + 8     07070707 12.25   123456   56    0     0.1 s ago
      since partition@offset 0@42 2@17 10@5
      pid 1 on h, up 61 min, poll gap 4.500 ms, longest 61.00 ms, delivers exactly-once, signed by
          release

    VERSION      SCORED         PRODUCED       SCORE                  MICROSECONDS A RECORD
    7            246800         234000         -0.125 ± 0.433         4.875 ± 0.433
      labels normal 220000 (89.1%), attack 26800 (10.9%)
    8            12800          12800          -0.250 ± 0.866         -

    canary 8 against 7 at 5.0%: 12800 records scored by both, 128 flips (1.0%), score difference \
    0.250
        ± 0.000
      counted by 2 slots, each since its process began
      flips normal -> attack 120, attack -> normal 8

    """
