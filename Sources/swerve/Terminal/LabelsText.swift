import Judge
import Lifecycle
import Verification

/// How right versions were, for people and as a document.
struct LabelsText {
    let report: LabelReport
    let scores: LabelScores
    let model: ModelName
    /// Whose versions were asked for the judge; nil where none were.
    let trial: Deployment?

    private var book: LabelBook { report.book }

    // MARK: - For programs

    /// `labels`, `by_version` and `random_by_version`, `contradictions`, `ambiguous`, `feedback`.
    var document: JSONValue {
        [
            "model": .string(model.description),
            "labels": [
                "taken": .int(Int64(book.entries.count)), "again": .int(Int64(book.repeated)),
                "matched": .int(Int64(matched)),
                "not_found": .int(Int64(book.unmatched.count)),
                "unreadable": .int(Int64(report.unreadable)),
                "strange": .int(Int64(scores.strange)),
                "answered_by_several": .int(Int64(book.reanswered)),
                "by_basis": .object(scores.bases.mapKeys(Self.basis).mapValues { .int(Int64($0)) }),
            ],
            "by_version": .array(scores.all.map(Self.document)),
            "random_by_version": .array(scores.random.map(Self.document)),
            "contradictions": Self.subjects(book.contradictions),
            "ambiguous": Self.subjects(book.ambiguous),
            "others": [
                "read": .int(report.others.read), "foreign": .int(report.others.foreign),
                "unreadable": .int(report.others.unreadable),
            ],
            "feedback": feedback ?? .null,
            "notes": .array(remarks.map { .string($0) }),
        ]
    }

    private var matched: Int { scores.bases.values.reduce(0, +) }

    private var feedback: JSONValue? {
        guard let tally = report.feedback, let trial, let candidate = trial.candidate else {
            return nil
        }
        return [
            "epoch": .int(trial.epoch), "stable": .int(Int64(trial.stable.version)),
            "candidate": .int(Int64(candidate.deployed.version)),
            "counts": tally.feedback?.json ?? .null, "unscored": .int(Int64(tally.unscored)),
        ]
    }

    private static func document(_ row: LabelScores.Row) -> JSONValue {
        [
            "version": .int(Int64(row.version)), "records": .int(Int64(row.records)),
            "classes": .array(
                row.classes.map { found in
                    [
                        "class": .string(found.name),
                        "true_positives": .int(Int64(found.truePositives)),
                        "false_positives": .int(Int64(found.falsePositives)),
                        "false_negatives": .int(Int64(found.falseNegatives)),
                        "precision": share(found.precision), "recall": share(found.recall),
                        "precision_95": interval(found.precision),
                        "recall_95": interval(found.recall),
                    ]
                }),
        ]
    }

    private static func share(_ share: Proportion) -> JSONValue {
        share.value.map { .double($0) } ?? .null
    }

    private static func interval(_ share: Proportion) -> JSONValue {
        share.interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null
    }

    private static func subjects(_ subjects: [LabelRecord.Subject]) -> JSONValue {
        [
            "count": .int(Int64(subjects.count)),
            "first": .array(
                subjects.prefix(subjectsTold).map { subject in
                    switch subject {
                    case .id(let id): ["id": .string(id)]
                    case .place(let place): ["source": .string("\(place)")]
                    }
                }),
        ]
    }

    private static func basis(_ basis: String) -> String { basis.isEmpty ? "(none)" : basis }

    // MARK: - For people

    var lines: [String] {
        var lines = TextLayout.wrapped(heading.printable)
        lines += Self.table("all labels", scores.all)
        if !scores.random.isEmpty, scores.random != scores.all {
            lines += Self.table("drawn at random", scores.random)
        }
        if let tally = report.feedback, let trial, let candidate = trial.candidate {
            lines += TextLayout.wrapped(
                "for the judge, stable \(trial.stable.version) and candidate "
                    + "\(candidate.deployed.version) (neither wrong, candidate wrong, stable "
                    + "wrong, both): normal \(Self.numbers(tally.normal)), attack "
                    + "\(Self.numbers(tally.attack)); \(tally.unscored) not scored by both")
        }
        return lines + remarks.flatMap { TextLayout.wrapped($0.printable) }
    }

    private var heading: String {
        let bases = scores.bases.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\(TextLayout.remark(Self.basis($0.key), scalars: 40)) \($0.value)" }
        return "\(model): \(Figures.counted(book.entries.count, "label")), \(matched) of records "
            + "with a prediction"
            + (bases.isEmpty
                ? "" : "; basis " + TextLayout.list(bases, separator: ", ", limit: 10))
    }

    private static func table(_ title: String, _ rows: [LabelScores.Row]) -> [String] {
        guard !rows.isEmpty else { return [] }
        var lines = [row(title, ["records", "precision (95 %)", "recall (95 %)"])]
        for found in rows {
            for (index, entry) in found.classes.prefix(classesShown).enumerated() {
                let name = TextLayout.remark(entry.name, scalars: 20)
                lines.append(
                    row(
                        "  version \(found.version) \(name)",
                        [
                            index == 0 ? "\(found.records)" : "", told(entry.precision),
                            told(entry.recall),
                        ]))
            }
        }
        return lines
    }

    private static func row(_ first: String, _ cells: [String]) -> String {
        var line = TextLayout.padded(first, 34)
        for (cell, width) in zip(cells, [9, 24, 24]) {
            line += String(repeating: " ", count: max(1, width - cell.count)) + cell
        }
        return line
    }

    /// `0.983 (0.941–0.995)`.
    private static func told(_ share: Proportion) -> String {
        guard let value = share.value, let interval = share.interval else { return "-" }
        let figures = [value, interval.lowerBound, interval.upperBound].map { Figures.short($0) }
        return "\(figures[0]) (\(figures[1])–\(figures[2]))"
    }

    private static func numbers(_ counts: [Int64]) -> String {
        counts.map { "\($0)" }.joined(separator: " ")
    }

    private var remarks: [String] {
        var remarks: [String] = []
        func told(_ subjects: [LabelRecord.Subject], _ words: String) {
            guard !subjects.isEmpty else { return }
            let shown = TextLayout.list(subjects, separator: ", ", limit: 10) { $0.words }
            remarks.append("\(Figures.counted(subjects.count, "record")) \(words): \(shown)")
        }
        told(book.contradictions, "with more than one label, left out")
        told(book.ambiguous, "whose id others have too, left out")
        told(book.unmatched, "without a prediction in the range")
        if report.unreadable > 0 {
            remarks.append(
                "\(report.unreadable) that are no labels, left out; the first, "
                    + (report.firstUnreadable ?? ""))
        }
        if scores.strange > 0 {
            remarks.append(
                "\(scores.strange) whose label is no class of the version, left out; the first: "
                    + (scores.firstStrange ?? ""))
        }
        if book.reanswered > 0 {
            remarks.append(
                "\(book.reanswered) answered by another version again: the last answer counts")
        }
        if matched > 0, scores.random.isEmpty {
            remarks.append(
                "no label says that its record was drawn at random (basis random): recall speaks of "
                    + "the labelled records alone")
        }
        return remarks + report.notes
    }

    private static let subjectsTold = 100
    private static let classesShown = 10
}

extension Dictionary where Key == String {
    fileprivate func mapKeys(_ change: (String) -> String) -> [String: Value] {
        Dictionary(map { (change($0.key), $0.value) }) { first, _ in first }
    }
}
