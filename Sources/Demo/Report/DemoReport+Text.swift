import Lifecycle
import Verification

extension DemoReport {
    /// The report for people, at most 100 columns; one line says what each number means.
    package func text(isColoured: Bool) -> String {
        var lines = [heading, origin, ""]
        lines += counts.map { Self.row($0.0, $0.1, $0.2) }
        lines += [""] + versionTable + [""] + swapTable + [""]
        lines += timings.map { Self.row($0.0, $0.1, $0.2) }
        lines.append("")
        lines += promises.map { promise in
            let mark = promise.isHeld ? "PASS" : "FAIL"
            let shown = isColoured ? "\u{1B}[\(promise.isHeld ? 32 : 31)m\(mark)\u{1B}[0m" : mark
            let first = promise.places.map { "\($0)" }.joined(separator: ", ")
            return "  \(shown)  \(promise.name)"
                + (first.isEmpty ? "" : "\n        first at partition@offset \(first)")
        }
        lines += ["", verdict]
        return lines.joined(separator: "\n")
    }

    private var heading: String {
        let broker = setup.broker == "development" ? "the development broker" : setup.broker
        let size = "\(setup.workers) workers, \(setup.partitions) partitions"
        return "swerve demo: \(size), on \(broker)".printable.shortened(to: Self.columns)
    }

    private var origin: String { "fed with \(setup.source)".printable.shortened(to: Self.columns) }

    private var counts: [(String, String, String)] {
        func row(
            _ name: String, _ breaches: [Breach], _ meaning: String
        ) -> (String, String, String) {
            (name, Self.grouped(count(breaches)), meaning)
        }
        return [
            (
                "records in", Self.grouped(Int(audit.counts.records)),
                "requests fed to the input topic"
            ),
            (
                "records out", Self.grouped(Int(audit.counts.predictions)),
                "predictions read from the output topic"
            ),
            row("lost", Self.lost, "fed, and never answered"),
            row("duplicated", Self.doubled, "answers beyond the first of a record"),
            (
                "dead letters", Self.grouped(Int(audit.counts.letters)),
                "requests that could not be scored"
            ),
            row("wrong score", Self.wrongScore, "not what the version named scores offline"),
            row("wrong label", Self.wrongLabel, "not the label that the score means"),
            row("wrong version", Self.wrongVersion, "not the version that epoch and key prescribe"),
            row("wrong source", Self.wrongSource, "key, partition or id of another record"),
            row("epoch went back", Self.epochWentBack, "an older epoch behind a newer one"),
        ] + rare
    }

    /// Shown only when there is something to say.
    private var rare: [(String, String, String)] {
        let rows = [
            ("unreadable", count(Self.unreadable), "not a prediction at all"),
            ("wrong dead", count(Self.wrongLetter), "dead letters that can be scored"),
            (
                "outside ledger", count(Self.outsideLedger),
                "taken otherwise than the workers' ledger says"
            ),
            ("undecided", Int(audit.findings.undecided), "could not be held against anything"),
            ("restarts", workers.restarts, "workers that were started again"),
        ]
        return rows.filter { $0.1 > 0 }.map { ($0.0, Self.grouped($0.1), $0.2) }
    }

    private var versionTable: [String] {
        let total = max(1, audit.counts.byVersion.named.values.reduce(0, +))
        let head = "  version      predictions      share   labels"
        return [head]
            + audit.counts.byVersion.named.sorted { $0.key < $1.key }.map { version, count in
                let labels = labels[version, default: [:]].sorted { $0.key < $1.key }
                    .map { "\($0.key) \(Self.grouped(Int($0.value)))" }.joined(separator: ", ")
                let share = Self.decimal(Double(count) * 100 / Double(total)) + " %"
                let row =
                    "  " + Self.padded("\(version)", 7, left: true)
                    + Self.padded(Self.grouped(Int(count)), 17) + Self.padded(share, 11) + "   "
                    + labels
                return row.printable.shortened(to: Self.columns)
            }
    }

    private var swapTable: [String] {
        let head = "  change         epoch    version    converged in   records under it"
        return [head]
            + swaps.map { swap in
                let records = Int(audit.counts.byEpoch[swap.epoch] ?? 0)
                return "  " + Self.padded(swap.kind.rawValue, 11, left: true)
                    + Self.padded("\(swap.epoch)", 9) + Self.padded("\(swap.version)", 11)
                    + Self.padded("\(swap.convergenceMs) ms", 16)
                    + Self.padded(Self.grouped(records), 19)
            }
    }

    private var timings: [(String, String, String)] {
        [
            (
                "rebalances", Self.grouped(workers.rebalances),
                "changes of assignment after the first"
            ),
            (
                "longest poll gap", Self.decimal(workers.longestPollGapMs) + " ms",
                "between two polls of a worker, swaps included"
            ),
            (
                "throughput", Self.grouped(Int(recordsPerS.rounded())) + " /s",
                "predictions a second over \(Self.decimal(durationS)) s, as fast as they were fed"
            ),
        ]
    }

    private var verdict: String {
        let broken = promises.count { !$0.isHeld }
        let planted = setup.injected.map { " (a fault was planted: \($0.rawValue))" } ?? ""
        let kept = setup.keptIn.map { "\nkept in \($0.printable)" } ?? ""
        let words =
            broken == 0
            ? "Every promise held." : "\(broken) of \(promises.count) promises did not hold."
        return words + planted + kept
    }

    private static func row(_ name: String, _ value: String, _ meaning: String) -> String {
        "  " + padded(name, 18, left: true) + padded(value, 14) + "   " + meaning
    }

    private static func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return left ? text + space : space + text
    }

    /// Thousands apart, as in 200,000.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// One digit behind the point.
    static func decimal(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
        let tenths = Int((number * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(grouped(abs(tenths) / 10)).\(abs(tenths) % 10)"
    }

    private static let columns = 100
}
