import Lifecycle
import Verification

/// What a version or an epoch did, for people and as a document.
struct ImpactText {
    let report: ImpactReport
    let terms: AuditTerms
    /// The version that was asked about the same records; nil where none was.
    let source: CorrectionSource?
    let book: EpochBook

    // MARK: - For programs

    /// `selection`, `records`, `predictions`, `by_label`, `by_hour`, `by_version`, `by_epoch`,
    /// `by_role`, `dead_letters`, `others`, `rescored`, `corrections`, `notes`, `seconds`.
    var document: JSONValue {
        let counts = report.counts
        return [
            "model": .string(terms.model.description), "selection": selection,
            "input": .string(terms.topics.input), "output": .string(terms.topics.output),
            "records": .int(counts.records), "predictions": .int(counts.predictions),
            "again": .int(counts.again), "not_known_whether_again": .int(counts.unplaced),
            "by_label": Self.table(counts.byLabel),
            "by_hour": .array(
                counts.byHour.sorted { $0.key < $1.key }.map { hour, labels in
                    ["hour": .string(Timestamp.text(ofMs: hour)), "by_label": Self.table(labels)]
                }),
            "untimed": .int(counts.untimed),
            "by_version": Self.table(counts.byVersion), "by_epoch": Self.table(counts.byEpoch),
            "by_role": Self.table(
                Dictionary(counts.byRole.map { ($0.rawValue, $1) }) { first, _ in first }),
            "unknown_epoch": .int(counts.unknownEpoch),
            "not_prescribed": .int(counts.unprescribed),
            "dead_letters": [
                "count": .int(counts.letterCount), "by_code": Self.table(counts.letters),
                "not_known_whose": .int(counts.lettersUnknown),
                "foreign": .int(counts.lettersForeign),
            ],
            "others": [
                "read": .int(report.others.read), "foreign": .int(report.others.foreign),
                "unreadable": .int(report.others.unreadable),
                "on_another_partition": .int(report.others.strayed),
            ],
            "rescored": report.rescored.map(rescored) ?? .null,
            "corrections": report.corrections.map(Self.document) ?? .null,
            "notes": .array(notes.map { .string($0) }),
            "seconds": .double(report.durationS),
        ]
    }

    /// What whoever reads the figures has to know of them.
    var notes: [String] {
        let counts = report.counts
        guard counts.predictions == 0, counts.letterCount == 0 else { return report.notes }
        return [
            "\(report.selection.words) decided no record of the range, which may hold none"
        ] + report.notes
    }

    private var selection: JSONValue {
        switch report.selection {
        case .version(let version): ["version": .int(Int64(version))]
        case .epoch(let epoch): ["epoch": .int(epoch)]
        }
    }

    private func rescored(_ found: RescoreCounts) -> JSONValue {
        [
            "version": source.map { .int(Int64($0.deployed.version)) } ?? .null,
            "digest": source.map { .string($0.deployed.digest.description) } ?? .null,
            "epoch": (source?.epoch).map { .int($0) } ?? .null,
            "same": .int(found.same), "differing": .int(found.differing),
            "changes": .array(
                Self.sorted(found.changes).map { change, count in
                    [
                        "from": .string(change.from), "to": .string(change.to),
                        "count": .int(count),
                    ]
                }),
            "differing_by_hour": .array(
                found.byHour.sorted { $0.key < $1.key }.map { hour, count in
                    ["hour": .string(Timestamp.text(ofMs: hour)), "count": .int(count)]
                }),
            "unscorable": Self.table(found.unscorable), "gone": .int(found.gone),
            "absent": .int(found.absent), "unknown": .int(found.unknown),
            "about": found.firstUnknown.map { .string($0) } ?? .null,
            "dead_letters_scored": Self.table(found.lettersScored),
            "dead_letters_unscored": .int(found.lettersUnscored),
            "examples": .array(report.examples.map(Self.document)),
        ]
    }

    private static func document(_ counts: CorrectionCounts) -> JSONValue {
        [
            "topic": .string(counts.topic), "applied": .bool(counts.isApplied),
            "standing": .int(counts.standing), "due": .int(counts.due),
            "replacing": .int(counts.replacing), "taking_back": .int(counts.retracting),
            "deviating": .int(counts.deviating),
            "written": .int(counts.written),
            "foreign": .int(counts.foreign),
            "missing_partitions": counts.missingPartitions.map { .int(Int64($0)) } ?? .null,
        ]
    }

    /// One line of the list.
    static func document(_ record: ImpactedRecord) -> JSONValue {
        let prediction = record.answer.prediction
        var fields: [String: JSONValue] = [
            "partition": .int(Int64(prediction.partition)), "offset": .int(prediction.offset),
            "version": .int(Int64(prediction.version)), "epoch": .int(prediction.epoch),
            "role": .string(prediction.role.rawValue), "score": .double(prediction.score),
            "label": prediction.label.map { .string(ImpactCounts.words($0)) } ?? .null,
            "prediction": place(record.answer.at),
        ]
        if let id = prediction.id { fields["id"] = .string(ImpactCounts.words(id)) }
        if let milliseconds = record.answer.atMs {
            fields["at"] = .string(Timestamp.text(ofMs: milliseconds))
        }
        if record.isAgain { fields["again"] = true }
        if let verdict = record.rescored { fields["rescored"] = document(verdict) }
        if record.correction != .none {
            fields["correction"] = .string(record.correction.rawValue)
        }
        return .object(fields)
    }

    static func document(_ letter: ImpactedLetter) -> JSONValue {
        var fields: [String: JSONValue] = [
            "partition": .int(Int64(letter.source.partition)),
            "offset": .int(letter.source.offset), "epoch": .int(letter.epoch),
            "dead_letter": place(letter.at), "code": .string(letter.code),
        ]
        switch letter.rescored {
        case nil: break
        case .scored(let score, _): fields["rescored"] = scored(score)
        case .unscorable(let code): fields["rescored"] = ["unscorable": .string(code)]
        case .unknown(let why): fields["rescored"] = ["unknown": .string(why)]
        }
        return .object(fields)
    }

    private static func document(_ verdict: RescoredVerdict) -> JSONValue {
        switch verdict {
        case .scored(let score, let differs):
            var fields = scored(score).object ?? [:]
            fields["differs"] = .bool(differs)
            return .object(fields)
        case .unscorable(let code): return ["unscorable": .string(code)]
        case .gone: return ["gone": true]
        case .absent: return ["absent": true]
        case .unknown(let why): return ["unknown": .string(why)]
        }
    }

    private static func scored(_ score: ExpectedScore) -> JSONValue {
        [
            "score": .double(score.score),
            "label": score.label.map { .string(ImpactCounts.words($0)) } ?? .null,
        ]
    }

    private static func place(_ place: StreamPlace) -> JSONValue {
        ["partition": .int(Int64(place.partition)), "offset": .int(place.offset)]
    }

    private static func table<Key: Hashable & CustomStringConvertible>(
        _ counts: [Key: Int64]
    ) -> JSONValue {
        .object(Dictionary(counts.map { ("\($0)", .int($1)) }) { first, _ in first })
    }

    static func sorted(
        _ changes: [RescoreCounts.Change: Int64]
    ) -> [(RescoreCounts.Change, Int64)] {
        changes.sorted { ($1.value, $0.key.from, $0.key.to) < ($0.value, $1.key.from, $1.key.to) }
            .map { ($0.key, $0.value) }
    }
}
