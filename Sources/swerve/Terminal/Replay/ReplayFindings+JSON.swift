import Catalogue
import Judge
import Lifecycle
import Scoring
import Verification

extension ReplayFindings {
    /// `model`, `version`, `against`, `range` by partition, `records`, `period`, `versions` (each
    /// with `alerts`, `classes`, `refused`, `scores`, `budget`, `labelled`), `flips` with `groups`,
    /// `by_day`, `by_hour_of_week`, `judge`, `labels`, `notes`, `speed`.
    var document: JSONValue {
        [
            "model": .string(cast.model.description), "version": .int(Int64(cast.version.version)),
            "against": cast.against.map { .int(Int64($0.version)) } ?? .null,
            "input": .string(topic), "alert_labels": .array(cast.alerts.map { .string($0) }),
            "range": .array(report.spans.map(Self.document)),
            "records": .int(tally.records), "gaps": .int(report.lanes.gaps),
            "cut": .int(report.lanes.cut),
            "compacted": report.isCompacted.map { .bool($0) } ?? .null,
            "period": period, "versions": .array(sides.map(document)),
            "flips": cast.against == nil ? .null : flips,
            "by_day": .array(
                tally.hours.byDay.map { day, tally in
                    document(tally, "day", .string(Self.day(day)))
                }),
            "by_hour_of_week": .array(
                tally.hours.byHour.enumerated().map { hour, tally in
                    document(tally, "hour", .int(Int64(hour)))
                }),
            "judge": report.course.map { judge($0) } ?? .null, "labels": labels,
            "clocks": [
                "went_back": .int(report.lanes.wentBack),
                "furthest_ms": .int(report.lanes.furthestMs),
                "untimed": .int(tally.hours.untimed), "late": .int(report.lanes.late),
            ],
            "notes": .array(notes.map { .string($0) }),
            "speed": [
                "seconds": .double(report.durationS), "threads": .int(Int64(report.threads)),
                "records_per_s": .double(report.recordsPerS.rounded()),
            ],
        ]
    }

    private static func document(_ span: PartitionSpan) -> JSONValue {
        [
            "partition": .int(Int64(span.partition)), "first": .int(span.offsets.lowerBound),
            "end": .int(span.offsets.upperBound),
        ]
    }

    private func document(
        _ tally: AlertHours.Tally, _ name: String, _ value: JSONValue
    ) -> JSONValue {
        let alerts = alerts(tally)
        return [
            name: value, "records": .int(tally.records), "alerts": .int(alerts.version),
            "against_alerts": cast.against == nil ? .null : .int(alerts.against),
        ]
    }

    /// The day as `2026-11-23`.
    static func day(_ day: Int64) -> String {
        let (ms, overflow) = day.multipliedReportingOverflow(by: 86_400_000)
        return String(Timestamp.text(ofMs: overflow ? 0 : ms).prefix(10))
    }

    private var period: JSONValue {
        guard let span = tally.hours.span else { return .null }
        return [
            "first": .string(Timestamp.text(ofMs: span.lowerBound)),
            "last": .string(Timestamp.text(ofMs: span.upperBound)),
            "days": report.days.map { .double($0) } ?? .null,
        ]
    }

    // MARK: - A version

    private func document(_ side: Side) -> JSONValue {
        let said = side.tally
        let labels = side.version.scorer.labels
        var classes: [String: JSONValue] = [:]
        for (label, count) in zip(labels, said.byClass) { classes[label] = .int(count) }
        var fields: [String: JSONValue] = [
            "version": .int(Int64(side.version.version)), "scored": .int(said.scored),
            "threshold": .double(side.version.scorer.threshold), "alerts": .int(said.alerts),
            "classes": .object(classes),
            "refused": .object(
                Dictionary(
                    uniqueKeysWithValues: said.refused.map { ($0.key.rawValue, .int($0.value)) })),
            "scores": Self.document(said.scores), "budget": budget(side),
            "labelled": labelled(side),
        ]
        Self.put(side.alertRate, "alert_rate", into: &fields)
        return .object(fields)
    }

    private static func put(
        _ share: Proportion, _ name: String, into fields: inout [String: JSONValue]
    ) {
        fields[name] = share.value.map { .double($0) } ?? .null
        fields["\(name)_95"] =
            share.interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null
    }

    static let quantiles: [(name: String, part: Double)] = [
        ("lowest", 0), ("p1", 0.01), ("p10", 0.1), ("p50", 0.5), ("p90", 0.9), ("p99", 0.99),
        ("p99.9", 0.999), ("highest", 1),
    ]

    private static func document(_ scores: ScoreSketch) -> JSONValue {
        var fields: [String: JSONValue] = [:]
        for (name, part) in quantiles {
            fields[name] = scores.quantile(part).map { .double($0) } ?? .null
        }
        return .object(fields)
    }

    private func budget(_ side: Side) -> JSONValue {
        guard let found = budgeted(side), let alertsPerDay else { return .null }
        var fields: [String: JSONValue] = ["alerts_per_day": .double(alertsPerDay)]
        switch found {
        case .unmet(let reason):
            fields["threshold"] = .null
            fields["reason"] = .string(reason)
        case .threshold(let threshold, let perDay):
            fields["threshold"] = .double(threshold)
            fields["gives_per_day"] = .double(perDay)
        }
        return .object(fields)
    }

    private func labelled(_ side: Side) -> JSONValue {
        let known = side.tally.labelled
        guard known.count > 0 else { return .null }
        var fields: [String: JSONValue] = [
            "records": .int(Int64(known.count)),
            "true_positives": .int(Int64(known.truePositives)),
            "false_positives": .int(Int64(known.falsePositives)),
            "false_negatives": .int(Int64(known.falseNegatives)),
            "true_negatives": .int(Int64(known.trueNegatives)),
        ]
        Self.put(Self.precision(known), "precision", into: &fields)
        Self.put(Self.recall(known), "recall", into: &fields)
        fields["curve"] = .array(
            (curve(side)?.overview() ?? []).map { point in
                [
                    "threshold": .double(point.threshold), "alerts": .int(Int64(point.alerts)),
                    "true_positives": .int(Int64(point.truePositives)),
                    "false_positives": .int(Int64(point.falsePositives)),
                ]
            })
        return .object(fields)
    }

    private var labels: JSONValue {
        guard let book else { return .null }
        return [
            "given": .int(Int64(book.count)), "lines": .int(Int64(book.lines)),
            "unreadable": .int(Int64(book.unreadable)),
            "contradictory": .int(Int64(contradictory)),
            "unknown": .int(Int64(book.strange)), "records": .int(tally.labels.records),
            "met": .int(Int64(tally.labels.met.count)),
            "said_again": .int(Int64(tally.labels.same.count)),
        ]
    }

    // MARK: - Flips

    private var flips: JSONValue {
        [
            "pairs": .int(tally.pairs), "normal_to_alert": .int(tally.up.count),
            "alert_to_normal": .int(tally.down.count), "relabelled": .int(tally.relabelled.count),
            "only_version_scores": .int(tally.gained), "only_against_scores": .int(tally.lost),
            "explained": .int(Int64(explained)),
            "groups": .array(
                groups.map { group in
                    [
                        "kind": .string(Self.word(group.kind)), "cause": .string(group.cause),
                        "count": .int(Int64(group.count)),
                        "examples": .array(group.examples.map(document)),
                    ]
                }),
        ]
    }

    /// From what the version that is held against says, to what the version says.
    static func word(_ kind: Flip.Kind) -> String {
        switch kind {
        case .up: "normal_to_alert"
        case .down: "alert_to_normal"
        case .relabelled: "relabelled"
        }
    }

    private func document(_ explained: ExplainedFlip) -> JSONValue {
        let flip = explained.flip
        return [
            "partition": .int(Int64(flip.place.partition)), "offset": .int(flip.place.offset),
            "at_ms": flip.atMs.map { .int($0) } ?? .null, "score": .double(flip.secondScore),
            "against_score": .double(flip.firstScore),
            "label": label(flip.secondClass, of: cast.version),
            "against_label": label(flip.firstClass, of: cast.against),
            "value": shown(explained).map { .string($0) } ?? .null,
            "features": .array(
                (explained.change?.parts ?? []).map { part in
                    [
                        "feature": .string(part.words), "version": .double(part.there),
                        "against": .double(part.here), "difference": .double(part.difference),
                    ]
                }),
        ]
    }

    private func label(_ index: Int, of version: ReplayVersion?) -> JSONValue {
        Self.name(index, of: version).map { .string($0) } ?? .null
    }

    static func name(_ index: Int, of version: ReplayVersion?) -> String? {
        guard let labels = version?.scorer.labels, labels.indices.contains(index) else {
            return nil
        }
        return labels[index]
    }

    /// The record as people may see it, shortened; of Avro the text that is scored.
    func shown(_ explained: ExplainedFlip) -> String? {
        if let avro = explained.avro {
            return mask.isEmpty ? avro.text.map { TextLayout.remark($0) } : nil
        }
        return explained.flip.value.flatMap { mask.shown($0) }.map { TextLayout.remark($0) }
    }

    // MARK: - The judge

    private func judge(_ course: JudgedCourse) -> JSONValue {
        [
            "verdict": course.turn.map { .string($0.verdict.rawValue) } ?? "running",
            "at": course.turn.map { .string(Timestamp.text(ofMs: $0.atMs)) } ?? .null,
            "pairs": course.turn.map { .int($0.pairs) } ?? .null,
            "reason": course.turn?.reason.map { .string($0) } ?? .null,
            "at_the_end": course.report?.outcome ?? .null,
            "words": .array((course.report?.lines ?? []).map { .string($0) }),
            "left_out": .array(Self.leftOut.map { .string($0) }),
        ]
    }

    static let leftOut = ["latency", "score", "false-positives", "missed-attacks"]
}
