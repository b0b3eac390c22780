import Lifecycle
import Testing
import Verification

@testable import Demo

@Suite("Demo report")
struct DemoReportTests {
    static func report(_ change: (inout Findings) -> Void = { _ in }) -> DemoReport {
        var findings = Findings()
        findings.recordsIn = 200_000
        findings.recordsOut = 200_000
        findings.byVersion = [1: 140_000, 2: 60_000]
        findings.byEpoch = [1: 50_000, 2: 50_000, 3: 50_000, 4: 50_000]
        findings.byVersionAndLabel = [
            1: ["attack": 30_000, "normal": 110_000], 2: ["normal": 60_000],
        ]
        change(&findings)
        return DemoReport(
            setup: .init(
                workers: 2, partitions: 8, broker: "development",
                source: "generated requests, seed 1"),
            findings: findings,
            swaps: [
                Swap(kind: .canary, epoch: 2, version: 2, convergenceMs: 541),
                Swap(kind: .promotion, epoch: 3, version: 2, convergenceMs: 12),
                Swap(kind: .rollback, epoch: 4, version: 1, convergenceMs: 9),
            ], workers: .init(rebalances: 0, restarts: 0, longestPollGapMs: 14.26),
            durationS: 20.0625)
    }

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

    struct Breach: Sendable, CustomTestStringConvertible {
        let name: String
        var change: @Sendable (inout Findings) -> Void = { _ in }
        var alter: @Sendable (inout DemoReport) -> Void = { _ in }
        var testDescription: String { name }
    }

    static let breaches = [
        Breach(name: "no record was lost", change: { $0.note(.lost, at: nil) }),
        Breach(name: "no record was scored twice", change: { $0.note(.duplicated, at: nil) }),
        Breach(
            name: "every score is that of the version it names, recomputed offline",
            change: { $0.note(.wrongScore, at: nil) }),
        Breach(
            name: "every score is that of the version it names, recomputed offline",
            change: { $0.note(.wrongLabel, at: nil) }),
        Breach(
            name: "every record was decided by the version its epoch and key prescribe",
            change: { $0.note(.wrongVersion, at: nil) }),
        Breach(
            name: "every prediction carries its record's key, partition and id",
            change: { $0.note(.wrongSource, at: nil) }),
        Breach(
            name: "every prediction carries its record's key, partition and id",
            change: { $0.note(.unreadable, at: nil) }),
        Breach(
            name: "dead letters are what cannot be scored, and nothing else",
            change: { $0.note(.unexplainedDeadLetter, at: nil) }),
        Breach(
            name: "no partition went back to an older epoch",
            change: { $0.note(.epochWentBack, at: nil) }),
        Breach(
            name: "all 3 changes were taken up while records flowed",
            alter: { $0.swaps.removeLast() }),
        Breach(name: "no change caused a rebalance", alter: { $0.workers.rebalances = 1 }),
    ]

    @Test("each kind of fault breaks its promise alone", arguments: breaches)
    func isTold(breach: Breach) {
        var report = Self.report(breach.change)
        breach.alter(&report)
        #expect(report.promises.filter { !$0.isHeld }.map(\.name) == [breach.name])
        #expect(report.exitCode == 1)
        #expect(report.json["ok"] == .bool(false))
        let text = report.text(isColoured: false)
        #expect(text.contains("FAIL  \(breach.name)"))
        #expect(text.contains("1 of 9 promises did not hold."))
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
            findings.byVersionAndLabel = [1: [String(repeating: "\u{1B}[2J", count: 60): 1]]
            findings.note(.unreadable, at: nil)
            findings.note(.unexplainedDeadLetter, at: nil)
        }
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
            "wrong_label", "wrong_version", "epoch_went_back", "rebalances",
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
        #expect(json["promises"]?.array?.count == 9)
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
