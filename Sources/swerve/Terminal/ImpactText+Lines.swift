import Lifecycle
import Verification

/// For people.
extension ImpactText {
    var lines: [String] {
        let counts = report.counts
        var lines = TextLayout.wrapped(heading.printable)
        lines += hours
        if counts.letterCount > 0 {
            lines += TextLayout.wrapped(
                "refused \(Figures.counted(counts.letterCount, "record")): "
                    + Self.listed(counts.letters))
        }
        if let rescored = report.rescored { lines += self.lines(rescored) }
        if let corrections = report.corrections { lines += self.lines(corrections) }
        return lines + remarks.flatMap { TextLayout.wrapped($0.printable) }
    }

    private var heading: String {
        let counts = report.counts
        var line =
            "\(terms.topics.output): \(report.selection.words) decided "
            + Figures.counted(counts.records, "record")
        guard counts.records > 0 else { return line }
        line += ": " + Self.listed(counts.byLabel)
        switch report.selection {
        case .version:
            let epochs = counts.byEpoch.keys.sorted().map { "\($0)" }
            line += "; under epoch " + TextLayout.list(epochs, separator: ", ", limit: 10)
        case .epoch:
            let versions = counts.byVersion.sorted { $0.key < $1.key }.map {
                "version \($0.key) \($0.value)"
            }
            line += "; " + TextLayout.list(versions, separator: ", ", limit: 10)
        }
        if let canary = counts.byRole[.canary], canary > 0 { line += "; as canary \(canary)" }
        return line
    }

    private var hours: [String] {
        let byHour = report.counts.byHour.sorted { $0.key < $1.key }
        guard !byHour.isEmpty else { return [] }
        let labels = report.counts.byLabel.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map(\.key).prefix(Self.labelsShown)
        let widths = labels.map { max(10, min(20, $0.count)) }
        let titles = labels.map { TextLayout.remark($0, scalars: 20) }
        var rows = [Self.row("hour (UTC)", titles, widths)]
        for (hour, counts) in byHour.prefix(Self.hoursShown) {
            let cells = labels.map { "\(counts[$0] ?? 0)" }
            rows.append(Self.row(String(Timestamp.text(ofMs: hour).prefix(13)), cells, widths))
        }
        let rest = byHour.count - Self.hoursShown
        return rows + (rest > 0 ? ["  … \(Figures.counted(rest, "hour")) more"] : [])
    }

    private static func row(_ first: String, _ cells: [String], _ widths: [Int]) -> String {
        var line = "  " + TextLayout.padded(first, 14)
        for (cell, width) in zip(cells, widths) {
            line += " " + String(repeating: " ", count: max(0, width - cell.count)) + cell
        }
        return line
    }

    private func lines(_ found: RescoreCounts) -> [String] {
        let version = source?.deployed.version ?? 0
        let compared = found.same + found.differing
        var lines = [
            "version \(version) says otherwise of \(found.differing) of "
                + "\(Figures.counted(compared, "prediction")) "
                + "(\(Figures.percent(found.differing, of: compared)))"
        ]
        for (change, count) in Self.sorted(found.changes).prefix(Self.changesShown) {
            lines.append(
                "  \(count) from \(TextLayout.remark(change.from, scalars: 40)) to "
                    + TextLayout.remark(change.to, scalars: 40))
        }
        for example in report.examples.prefix(Self.examplesShown) {
            lines += TextLayout.wrapped(Self.line(example))
        }
        let unscorable = found.unscorable.values.reduce(0, +)
        if unscorable > 0 {
            lines += TextLayout.wrapped(
                "  \(unscorable) it cannot score: \(Self.listed(found.unscorable))")
        }
        for (count, words) in [
            (found.gone, "are gone from the input"),
            (found.absent, "have no record at their place"),
            (found.unknown, "cannot be scored here: \(found.firstUnknown ?? "")"),
        ] where count > 0 {
            lines += TextLayout.wrapped("  not decided: \(count) \(words)".printable)
        }
        let scored = found.lettersScored.values.reduce(0, +)
        if scored > 0 {
            lines += TextLayout.wrapped(
                "  of the refused records it scores \(scored) (\(Self.listed(found.lettersScored))): "
                    + "they have no prediction to correct, and swerve dead-letters replay gives "
                    + "them one")
        }
        return lines
    }

    private static func line(_ record: ImpactedRecord) -> String {
        let prediction = record.answer.prediction
        var line = "    \(prediction.source)"
        if let id = prediction.id {
            line += " '\(TextLayout.remark(ImpactCounts.words(id), scalars: 40))'"
        }
        line += " " + words(prediction.label, prediction.score)
        guard case .scored(let score, _) = record.rescored else { return line }
        return line + ", now " + words(score.label, score.score)
    }

    private static func words(_ label: [UInt8]?, _ score: Double) -> String {
        let figure = Figures.short(score)
        guard let label else { return figure }
        return "\(TextLayout.remark(ImpactCounts.words(label), scalars: 40)) (\(figure))"
    }

    private func lines(_ counts: CorrectionCounts) -> [String] {
        let done =
            counts.isApplied
            ? "\(Figures.counted(counts.written, "correction")) written"
            : "\(Figures.counted(counts.due, "correction")) would be written"
        var line = "\(counts.topic): \(done), \(counts.standing) stood there already"
        if counts.replacing > 0 {
            line += "; \(counts.replacing) of them over the word of another version or settings"
        }
        if counts.deviating > 0 {
            line +=
                "; \(counts.deviating) of them over one that claims this version and settings and "
                + "says something else: this command did not write it"
        }
        if counts.retracting > 0 {
            line +=
                "; \(counts.retracting) of these take an earlier correction back: the prediction "
                + "was right by this version"
        }
        if !counts.isApplied, counts.due > 0 { line += "; nothing was written: give --apply" }
        var lines = TextLayout.wrapped(line.printable)
        if let partitions = counts.missingPartitions {
            let words =
                "there is no such topic yet: before --apply, make it with swerve topics create "
                + "--corrections; a development broker is started with --topic "
                + "\(counts.topic):\(partitions)"
            lines += TextLayout.wrapped(words.printable)
        }
        return lines
    }

    private var remarks: [String] {
        let (counts, others) = (report.counts, report.others)
        var remarks: [String] = []
        func remark(_ count: Int64, _ words: String) {
            if count > 0 { remarks.append("\(count) \(words)") }
        }
        remark(counts.again, "further predictions of the same records")
        remark(
            counts.unplaced,
            "predictions so late that it is not known whether others are of the "
                + "same record")
        remark(counts.untimed, "records of which nobody says when they were decided")
        remark(counts.unknownEpoch, "under an epoch that the registry does not know")
        remark(
            counts.unprescribed,
            "not as epoch and key prescribe, the first at "
                + "\(counts.firstUnprescribed.map { "\($0)" } ?? "-") of the output: swerve audit "
                + "stream says more")
        remark(counts.lettersUnknown, "dead letters of which nobody knows whose they are")
        remark(others.foreign, "records of others on the output")
        remark(
            others.unreadable,
            "predictions that cannot be read, the first at "
                + "\(others.firstUnreadable.map { "\($0)" } ?? "-") of the output")
        remark(
            others.strayed,
            "predictions on another partition than their record's, left out, the first at "
                + "\(others.firstStrayed.map { "\($0)" } ?? "-") of the output")
        remark(counts.lettersForeign, "records of others on the dead letters")
        remark(report.corrections?.foreign ?? 0, "records of others on the corrections")
        return remarks + notes
    }

    /// What makes the answer less than whole.
    var warnings: [String] {
        guard let newest = book.newest?.deployment else { return [] }
        let isLive: Bool
        switch report.selection {
        case .version(let version):
            let canary = newest.candidate.flatMap { $0.mode == .canary ? $0.deployed.version : nil }
            isLive = newest.stable.version == version || canary == version
        case .epoch(let epoch): isLive = newest.epoch == epoch
        }
        return isLive
            ? ["\(report.selection.words) decides records still: what follows is not in here"] : []
    }

    private static func listed(_ counts: [String: Int64]) -> String {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let words = sorted.map { "\(TextLayout.remark($0.key, scalars: 40)) \($0.value)" }
        return TextLayout.list(words, separator: ", ", limit: 10)
    }

    private static let labelsShown = 5
    private static let hoursShown = 48
    private static let changesShown = 10
    private static let examplesShown = 10
}
