import Lifecycle
import Testing

@testable import Demo
@testable import Verification

@Suite("Demo report")
struct DemoReportTests {
    static func report(_ change: (inout AuditFindings) -> Void = { _ in }) -> DemoReport {
        var audit = StreamAuditReport()
        audit.counts.records = 200_000
        audit.counts.predictions = 200_000
        audit.counts.byVersion.add(1, 140_000)
        audit.counts.byVersion.add(2, 60_000)
        for epoch in Int64(1)...4 { audit.counts.byEpoch.add(epoch, 50_000) }
        change(&audit.findings)
        return DemoReport(
            setup: .init(
                workers: 2, partitions: 8, broker: "development",
                source: "generated requests, seed 1"),
            audit: audit,
            labels: [1: ["attack": 30_000, "normal": 110_000], 2: ["normal": 60_000]],
            thoroughlyScored: 12_500,
            swaps: [
                Swap(kind: .canary, epoch: 2, version: 2, convergenceMs: 541),
                Swap(kind: .promotion, epoch: 3, version: 2, convergenceMs: 12),
                Swap(kind: .rollback, epoch: 4, version: 1, convergenceMs: 9),
            ], workers: .init(rebalances: 0, restarts: 0, longestPollGapMs: 14.26),
            durationS: 20.0625)
    }

    static let place = StreamPlace(partition: 3, offset: 40)

    @Test("a faultless run holds every promise")
    func faultless() {
        let report = Self.report()
        #expect(report.isOK)
        #expect(report.exitCode == 0)
        let text = report.text(isColoured: false)
        #expect(text.contains("records in               200,000   requests fed to the input topic"))
        #expect(text.contains("longest poll gap         14.3 ms"))
        #expect(text.contains("canary             2          2          541 ms             50,000"))
        #expect(text.hasSuffix("Every promise held."))
        #expect(!text.contains("FAIL"))
        #expect(!text.contains("\u{1B}"))
        #expect(report.text(isColoured: true).contains("\u{1B}[32mPASS\u{1B}[0m"))
    }

    /// A breach and the promise that it breaks.
    static let promises: [(Breach, String)] = [
        (.lost, "no record was lost"),
        (.doubled, "no record was scored twice"),
        (.wrongScore, "every score is that of the version it names, recomputed offline"),
        (.wrongLabel, "every score is that of the version it names, recomputed offline"),
        (.wrongVersion, "every record was decided by the version its epoch and key prescribe"),
        (.unknownEpoch, "every record was decided by the version its epoch and key prescribe"),
        (.wrongKey, "every prediction carries its record's key, partition and id"),
        (.wrongPartition, "every prediction carries its record's key, partition and id"),
        (.wrongID, "every prediction carries its record's key, partition and id"),
        (.unfounded, "every prediction carries its record's key, partition and id"),
        (.unreadable, "every prediction carries its record's key, partition and id"),
        (.wrongLetter, "dead letters are what cannot be scored, and nothing else"),
        (.epochWentBack, "no partition went back to an older epoch"),
        (.outsideLedger, "records were taken as the workers' ledger says"),
        (.wrongLedger, "records were taken as the workers' ledger says"),
    ]

    @Test("each way to break a promise breaks one of the demo's, and none is left out")
    func allBreaches() {
        #expect(Set(Self.promises.map(\.0)) == Set(Breach.allCases))
    }

    @Test("each kind of fault breaks its promise alone", arguments: promises)
    func isTold(breach: Breach, name: String) {
        Self.expect(Self.report { $0.note(breach, at: Self.place) }, toBreak: name)
    }

    @Test("what could not be decided is no success", arguments: Doubt.allCases)
    func undecided(doubt: Doubt) {
        let report = Self.report { $0.note(doubt, at: Self.place) }
        Self.expect(report, toBreak: "nothing was left undecided")
        #expect(report.text(isColoured: false).contains("undecided                      1   "))
    }

    @Test("a change that was not taken up, and one that caused a rebalance")
    func changes() {
        var report = Self.report()
        report.swaps.removeLast()
        Self.expect(report, toBreak: "all 3 changes were taken up while records flowed")
        report = Self.report()
        report.workers.rebalances = 1
        Self.expect(report, toBreak: "no change caused a rebalance")
    }

    private static func expect(_ report: DemoReport, toBreak name: String) {
        #expect(report.promises.filter { !$0.isHeld }.map(\.name) == [name])
        #expect(report.exitCode == 1)
        #expect(report.json["ok"] == .bool(false))
        let text = report.text(isColoured: false)
        #expect(text.contains("FAIL  \(name)"))
        #expect(text.contains("1 of 11 promises did not hold."))
    }

    @Test("a broken promise names the first records that broke it, in text and document")
    func places() {
        let report = Self.report { findings in
            for offset in 40..<47 {
                findings.note(.lost, at: StreamPlace(partition: 3, offset: Int64(offset)))
            }
        }
        let text = report.text(isColoured: false)
        #expect(
            text.contains("FAIL  no record was lost\n        first at partition@offset 3@40, 3@41"))
        #expect(text.contains("3@44\n") && !text.contains("3@45"))
        let first = report.json["promises"]?.array?.first?["first"]?.array
        #expect(first?.compactMap(\.string) == ["3@40", "3@41", "3@42", "3@43", "3@44"])
    }

    @Test("no line is wider than 100 columns, and nothing hostile reaches the terminal")
    func columns() {
        var report = Self.report { findings in
            for breach in Breach.allCases { findings.note(breach, at: Self.place) }
            findings.note(.late, at: Self.place)
        }
        report.labels = [1: [String(repeating: "\u{1B}[2J", count: 60): 1]]
        report.setup.broker = String(repeating: "host.example:9092,", count: 20)
        report.setup.source = "file\nname.jsonl" + String(repeating: "x", count: 200)
        report.workers.restarts = 1
        report.setup.injected = .stale
        report.setup.keptIn = "folder\u{7}"
        let text = report.text(isColoured: false)
        for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        #expect(!text.contains("\u{1B}"))
        #expect(!text.contains("\u{7}"))
        #expect(text.contains("(a fault was planted: stale)"))
    }

    @Test("the document has the keys of the contract")
    func document() throws {
        let json = Self.report().json
        for key in [
            "records_in", "records_out", "lost", "duplicated", "dead_letters", "wrong_score",
            "wrong_label", "wrong_version", "wrong_source", "wrong_dead_letters", "unreadable",
            "epoch_went_back", "outside_ledger", "undecided", "scores_recomputed",
            "checked_against_reference", "ledger_entries", "rebalances",
        ] {
            #expect(json[key]?.int != nil, "\(key)")
        }
        #expect(json["by_version"] == ["1": 140_000, "2": 60_000])
        #expect(json["by_epoch"]?["4"] == 50_000)
        #expect(
            json["swaps"]?.array?.first
                == ["kind": "canary", "epoch": 2, "version": 2, "convergence_ms": 541])
        #expect(json["longest_poll_gap_ms"] == .double(14.26))
        #expect(json["records_per_s"] == .double(9_968.8))
        #expect(json["duration_s"] == .double(20.063))
        #expect(json["broker"] == "development")
        #expect(json["promises"]?.array?.count == 11)
        #expect(json["ok"] == true)
        #expect(json["injected"] == .null)
    }

    @Test(
        "numbers are grouped by thousands",
        arguments: [(0, "0"), (999, "999"), (-1_000, "-1,000"), (12_345_678, "12,345,678")])
    func grouped(number: Int, text: String) {
        #expect(DemoReport.grouped(number) == text)
    }

    @Test("the progress line fits a terminal and says epochs and lag")
    func progress() {
        let state = ProgressLine.State(
            phase: "canary to epoch 2", fed: 120_000, answered: 100_000, records: 200_000,
            epochs: [2, nil])
        #expect(
            ProgressLine.line(state, rate: 9_876.5)
                == "[##########..........] 50 %  100,000 records, 9,877/s  epoch 2 -  lag 20,000  "
                + "canary to epoch 2")
        var wide = state
        wide.epochs = Array(repeating: 1_000_000, count: 64)
        #expect(ProgressLine.line(wide, rate: 0).count == 100)
    }
}
