import Catalogue
import Lifecycle
import Scoring
import Verification

/// What a replay came to, with what follows from it: for people, for programs and for the page.
struct ReplayFindings {
    let report: StreamReplayReport
    let cast: ReplayCast
    let topic: String
    let book: ReplayLabels?
    let mask: FieldMask
    let groups: [FlipGroup]
    /// Flips that the groups are made of: all, or a sample of them.
    let explained: Int
    let alertsPerDay: Double?

    var tally: ReplayTally { report.tally }

    /// One version with what it said.
    struct Side {
        let version: ReplayVersion
        let tally: VersionTally

        var name: String { "version \(version.version)" }
        var alertRate: Proportion { Proportion(Int(tally.alerts), of: Int(tally.scored)) }
    }

    /// The version, and the one that it is held against.
    var sides: [Side] {
        guard let against = cast.against, let said = tally.second else {
            return [Side(version: cast.version, tally: tally.first)]
        }
        return [
            Side(version: cast.version, tally: said), Side(version: against, tally: tally.first),
        ]
    }

    /// Alerts of the version, and of the one that it is held against.
    func alerts(_ tally: AlertHours.Tally) -> (version: Int64, against: Int64) {
        cast.against == nil ? (tally.first, 0) : (tally.second, tally.first)
    }

    /// Days that the range spans; nil where it is too short for figures a day.
    var days: Double? { report.days.flatMap { $0 >= 1.0 / 24 ? $0 : nil } }

    // MARK: - Thresholds

    /// A threshold for the budget, or why there is none.
    enum Budgeted {
        case threshold(Double, alertsPerDay: Double)
        case unmet(String)
    }

    /// Nil without a budget.
    func budgeted(_ side: Side) -> Budgeted? {
        guard let alertsPerDay else { return nil }
        guard side.version.highIsAlert == true else {
            return .unmet("no threshold on its score decides what is an alert")
        }
        guard let days else {
            return .unmet("by their timestamps the records span less than an hour")
        }
        var sample = ScoreSample()
        for score in side.tally.top.values { sample.add(score, .unknown) }
        let curve = ThresholdCurve(sample)
        // The highest scores, as if they were all of a stream that has no others.
        let choice = curve.choice(
            within: .alerts(perDay: alertsPerDay, ofRequests: Double(curve.count) / days))
        switch choice {
        case .unmet(let reason): return .unmet(reason)
        case .met(let point):
            guard side.tally.top.isAll || point.alerts < curve.count else {
                return .unmet(
                    "the budget has room for more than the \(curve.count) highest scores, which are "
                        + "all that are kept")
            }
            return .threshold(point.threshold, alertsPerDay: Double(point.alerts) / days)
        }
    }

    /// Precision and recall at thresholds over the whole range; nil without labels.
    func curve(_ side: Side) -> ThresholdCurve? {
        let labelled = side.tally.labelled
        guard labelled.count > 0, side.version.highIsAlert == true else { return nil }
        var sample = ScoreSample()
        for score in labelled.attacks { sample.add(score, .positive) }
        for score in labelled.normals { sample.add(score, .negative) }
        return ThresholdCurve(sample)
    }

    static func precision(_ labelled: LabelledScores) -> Proportion {
        Proportion(
            labelled.truePositives, of: labelled.truePositives + labelled.falsePositives)
    }

    static func recall(_ labelled: LabelledScores) -> Proportion {
        Proportion(
            labelled.truePositives, of: labelled.truePositives + labelled.falseNegatives)
    }

    // MARK: - What was odd

    /// What whoever reads the figures has to know of them.
    var notes: [String] {
        let lanes = report.lanes
        var notes = cast.notes
        if tally.records == 0 {
            notes.append("the range holds no record: nothing was scored")
        }
        if lanes.cut > 0 {
            notes.append(
                "retention has taken \(Figures.counted(lanes.cut, "offset")) of the range away: "
                    + "what they held is not in the figures")
        }
        let undated = report.spans.reduce(Int64(0)) {
            StatusCount.sum($0, Int64($1.undated?.count ?? 0))
        }
        if undated > 0 {
            notes.append(
                "\(Figures.counted(undated, "offset")) before all that is kept are gone: whether "
                    + "they were of the range, which begins at a time, is not known")
        }
        switch report.isCompacted {
        case true?:
            notes.append(
                "\(topic) is compacted: records with the key of a later one may be gone, and the "
                    + "figures are of those that are left")
        case nil: notes.append("whether \(topic) is compacted is not known: brokers do not say")
        case false?: break
        }
        if lanes.gaps > 0 {
            notes.append(
                "\(Figures.counted(lanes.gaps, "offset")) without a record: marks of transactions, "
                    + "or what compaction took")
        }
        if lanes.wentBack > 0 {
            notes.append(
                "clocks stepped: the timestamps of \(Figures.counted(lanes.wentBack, "record")) are "
                    + "more than 10 s before one that came earlier, by "
                    + "\(Figures.duration(lanes.furthestMs)) at most; days and hours are as they say"
            )
        }
        if tally.hours.untimed > 0 {
            notes.append(
                "\(Figures.counted(tally.hours.untimed, "record")) without a timestamp: in no day, "
                    + "in no hour, and not shown to the judge")
        }
        if report.course != nil, lanes.late > 0 {
            notes.append(
                "\(Figures.counted(lanes.late, "record")) came more than a minute behind others of "
                    + "their partition, and the judge was not shown them")
        }
        if report.crowded > 0 {
            notes.append(
                "\(Figures.counted(report.crowded, "part")) of blocks were not shown to the judge: "
                    + "timestamps lie too far apart")
        }
        if tally.hours.recordsOfOtherDays > 0 {
            notes.append(
                "timestamps are of more than \(AlertHours.daysMax) days: "
                    + "\(Figures.counted(tally.hours.recordsOfOtherDays, "record")) are in none")
        }
        return notes + labelNotes
    }

    /// Records whose labels contradict one another: of the same name, or by place and id.
    var contradictory: Int { (book?.contradictory ?? 0) + Int(clamping: tally.labels.crossed) }

    private var labelNotes: [String] {
        guard let book else { return [] }
        var notes: [String] = []
        if book.unreadable > 0 {
            notes.append(
                "\(Figures.counted(book.unreadable, "line")) that are no labels, left out; the "
                    + "first, \(book.firstUnreadable ?? "")")
        }
        if contradictory > 0 {
            notes.append(
                "labels of \(Figures.counted(contradictory, "record")) contradict one another, "
                    + "and are left out")
        }
        if book.strange > 0 {
            notes.append(
                "\(Figures.counted(book.strange, "label")) no version knows, and left out: the first "
                    + "is '\(book.firstStrange ?? "")'")
        }
        let met = tally.labels.met.count
        if met < book.count - book.contradictory {
            let missing = book.count - book.contradictory - met
            notes.append(
                "\(Figures.counted(missing, "label")) of \(book.count) named no record of the range"
            )
        }
        let repeated = tally.labels.same.count
        if repeated > Int(clamping: tally.labels.crossed) {
            notes.append(
                "\(Figures.counted(repeated - Int(clamping: tally.labels.crossed), "label")) say "
                    + "again by an id what another says of the same place")
        }
        let labelled = tally.labels.records + tally.labels.crossed
        if labelled > Int64(met - repeated) {
            notes.append(
                "\(labelled) records have \(Figures.counted(met - repeated, "label")): several have "
                    + "the same id, and each is counted")
        }
        if tally.labels.contradicted > 0 {
            notes.append(
                "\(Figures.counted(tally.labels.contradicted, "record")) of the range had "
                    + "contradictory labels")
        }
        if sides.contains(where: { !$0.tally.labelled.isWhole }) {
            notes.append(
                "the curve of precision and recall is of \(LabelledScores.scoresMax) labelled "
                    + "records of each kind")
        }
        return notes
    }
}
