package import Lifecycle

extension FleetReport {
    /// The report for programs; always the same keys, null where there is nothing to say.
    ///
    /// - `model`, `group` (where one is expected), `groups_expected`, `groups_left_out` (how many
    ///   are not told of here), `heartbeats` (`signed`: whether only signed ones count, `refused`:
    ///   how many did not, `refused_slots`, `last_refused`), `wanted` and `announced`
    ///   (deployments), `target`
    ///   (`epoch`, `source`: `registry`, `control_topic` or `slots`), `converged`, `waiting_for`,
    ///   `not_waited_for`, `notes` (lines), `at_ms`
    /// - `fleet`: `slots` (how many are `live`, `stale`, `failed`, `gone`, `missing`,
    ///   `unbelieved`, `stopped`),
    ///   `lag` (of the live slots that tell it), `behind` (how many are), `records`,
    ///   `dead_letters`, `passed_over`, `rebalances`, `versions` (by number: `slots` and the keys
    ///   of a slot's version), `comparisons` (each `slots`, the keys of a slot's comparison, and
    ///   `before`, the sum of those of earlier processes), `doubtful` (slots whose counts make no
    ///   sense and are in no sum)
    /// - `slots`, each: `group`, `slot`, `total` (null with `slots.total: auto`), `condition`,
    ///   `live`, `silent_ms`, `phase`,
    ///   `ready`, `serving` (`epoch`, `stable`, `stable_digest`, `candidate`, `candidate_digest`,
    ///   `mode`, `share`, `registry`, `record` (the SHA-256 of the control record), `signed_by`,
    ///   `loaded_ms`, `first_poll_at_ms`, `boundaries`), `rejected` (`epoch`, `reason`),
    ///   `ended` (`kind`, `reason`: why a slot that failed did), `held` (why it holds at the bound
    ///   of dead letters), `retrying`, `ignored`, `partitions`, `generation` (of the group that
    ///   gave them), `input_partitions`, `delivery` (`at-least-once` or `exactly-once`), `counts`
    ///   (`records`, `by_version`, `dead_letters`, `passed_over` (older
    ///   than `limits.max_age`), `malformed`, `parked` (wait for their schema), `trailing` (with
    ///   bytes behind their value), `rebalances`, `ignored_control_records`), `versions` (by
    ///   number: `scored`, `produced`, `labels`, `score`, `scoring_us`), `comparison`
    ///   (`id`, `since_epoch`, `candidate`, `stable`, `mode`, `share`, `records`,
    ///   `records_by_share` (by share in ten-thousandths), `flips`, `flip_count`, `flip_share`,
    ///   `score_difference`, `shed`; of this process), `comparison_before` (the same, of the slot's
    ///   earlier processes), `poll_gap_ms`, `poll_gap_max_ms`, `lag` (records), `behind`,
    ///   `records_per_second`, `last_record_at_ms`, `last_record_age_ms` (when it spoke last),
    ///   `last_stop` (`reason`, `at_ms`, of the process before),
    ///   `incarnation` (`id`, `host`, `pid`, `started_at_ms`), `in_place_of` and `contended_by`
    ///   (incarnations), `uptime_ms`, `clock_behind_ms`, `heartbeat_signed_by` (a key's name; null
    ///   where `heartbeats.signed` is false)
    /// - `score`, `scoring_us` and `score_difference` are `count`, `mean`, `spread`
    package var json: JSONValue {
        [
            "model": .string(model.description),
            "group": .optional(expected.count == 1 ? expected[0] : nil),
            "groups_expected": .strings(expected), "groups_left_out": .int(Int64(groupsLeftOut)),
            "heartbeats": heartbeats.json,
            "wanted": wanted?.document ?? .null, "announced": announced?.document ?? .null,
            "target": target.map { target in
                ["epoch": .int(target.epoch), "source": .string(target.source.rawValue)]
            } ?? .null,
            "converged": .bool(verdict == .converged), "waiting_for": .strings(waitingFor),
            "not_waited_for": .strings(unawaited), "notes": .strings(notes),
            "at_ms": .int(nowMs), "fleet": fleetJSON, "slots": .array(slotsJSON),
        ]
    }

    private var fleetJSON: JSONValue {
        let totals = totals
        let census = census
        var slots: [String: JSONValue] = [:]
        for condition in SlotCondition.allCases {
            slots[condition.rawValue] = .int(Int64(census[condition] ?? 0))
        }
        var versions: [String: JSONValue] = [:]
        for (number, version) in totals.versions {
            versions["\(number)"] = .object(
                Self.fields(of: version.counts)
                    .merging(["slots": .int(Int64(version.slots))]) { $1 })
        }
        return [
            "slots": .object(slots), "lag": lag.map { .int($0) } ?? .null,
            "behind": .int(Int64(backlog.slots)), "records": .int(totals.records),
            "dead_letters": .int(totals.deadLetters),
            "passed_over": .int(totals.passedOver), "rebalances": .int(totals.rebalances),
            "versions": .object(versions),
            "comparisons": .array(
                totals.comparisons.map { comparison in
                    .object(
                        Self.fields(of: comparison.counts).merging([
                            "slots": .int(Int64(comparison.slots)),
                            "before": Self.json(comparison.before),
                        ]) { $1 })
                }),
            "doubtful": .strings(totals.doubtful.map(\.description)),
        ]
    }

    private var slotsJSON: [JSONValue] {
        var rows: [JSONValue] = []
        var absentRows = 0
        for group in groups {
            rows += group.slots.map(Self.json)
            for run in group.absent {
                for slot in run.slots where absentRows < Self.absentRows {
                    absentRows += 1
                    rows.append(Self.json(group.name, slot, of: group.total ?? 0, run.condition))
                }
            }
        }
        return rows
    }

    /// Rows of slots that nobody speaks for, all groups together; `fleet.slots` counts them all.
    private static let absentRows = 4 * Limits.slots

    private static func json(
        _ group: String, _ slot: Int, of total: Int, _ condition: SlotCondition
    ) -> JSONValue {
        var fields = Dictionary(uniqueKeysWithValues: slotKeys.map { ($0, JSONValue.null) })
        fields["group"] = .string(group)
        fields["slot"] = .int(Int64(slot))
        fields["total"] = .int(Int64(total))
        fields["condition"] = .string(condition.rawValue)
        fields["live"] = false
        fields["ready"] = false
        return .object(fields)
    }

    /// Those of a row, in no order.
    static let slotKeys = [
        "group", "slot", "total", "condition", "live", "silent_ms", "phase", "ready", "serving",
        "rejected", "ended", "held", "retrying", "ignored", "partitions", "generation",
        "input_partitions", "delivery", "counts",
        "versions",
        "comparison",
        "comparison_before", "poll_gap_ms", "poll_gap_max_ms", "lag", "behind",
        "records_per_second", "last_record_at_ms", "last_record_age_ms", "last_stop",
        "incarnation", "in_place_of",
        "contended_by",
        "uptime_ms", "clock_behind_ms", "heartbeat_signed_by",
    ]

    private static func json(_ slot: FleetSlot) -> JSONValue {
        let record = slot.record
        var fields: [String: JSONValue] = [
            "group": .string(record.group), "slot": .int(Int64(record.slot)),
            "total": record.fixedTotal.map { .int(Int64($0)) } ?? .null,
            "phase": .string(record.phase.rawValue),
            "condition": .string(slot.condition.rawValue),
            "live": .bool(slot.isLive),
            "silent_ms": .int(slot.silentMs), "ready": .bool(record.ready),
            "partitions": .array(record.partitions.map { .int(Int64($0)) }),
            "generation": record.generation.map { .int(Int64($0)) } ?? .null,
            "input_partitions": record.inputPartitions.map { .int(Int64($0)) } ?? .null,
            "held": .optional(record.held), "delivery": .optional(record.delivery),
            "retrying": .optional(record.retrying), "ignored": .optional(record.ignored),
            "poll_gap_ms": .double(record.pollGapMs),
            "poll_gap_max_ms": .double(record.pollGapMaxMs), "uptime_ms": .int(slot.uptimeMs),
            "clock_behind_ms": slot.clockBehindMs.map { .int($0) } ?? .null,
            "incarnation": json(record.incarnation),
            "in_place_of": json(slot.predecessor),
            "contended_by": json(slot.contender),
        ]
        fields["heartbeat_signed_by"] = .optional(slot.signedBy)
        fields["lag"] = record.lag.map { .int($0) } ?? .null
        fields["behind"] = .bool(slot.isBehind)
        fields["records_per_second"] = record.recordsPerSecond.map { .double($0) } ?? .null
        fields["last_record_at_ms"] = record.lastRecordAtMs.map { .int($0) } ?? .null
        fields["last_record_age_ms"] = slot.lastRecordAgeMs.map { .int($0) } ?? .null
        fields["last_stop"] =
            record.lastStop.map {
                ["reason": .string($0.reason), "at_ms": .int($0.atMs)]
            } ?? .null
        fields["serving"] = record.serving.map { json($0) } ?? .null
        fields["rejected"] =
            record.rejected.map {
                ["epoch": .int($0.epoch), "reason": .string($0.reason)]
            } ?? .null
        fields["ended"] =
            record.ended.map {
                ["kind": .string($0.kind), "reason": .string($0.reason)]
            } ?? .null
        fields["counts"] = [
            "records": .int(record.counts.records),
            "by_version": .object(record.counts.byVersion.mapValues { .int($0) }),
            "dead_letters": .int(record.counts.deadLetters),
            "passed_over": .int(record.counts.passedOver ?? 0),
            "malformed": .int(record.counts.malformed ?? 0),
            "parked": .int(record.counts.parked ?? 0),
            "trailing": .int(record.counts.trailing ?? 0),
            "rebalances": .int(record.counts.rebalances),
            "ignored_control_records": .int(record.counts.ignoredControlRecords),
        ]
        fields["versions"] =
            record.versions.map { .object($0.mapValues { .object(Self.fields(of: $0)) }) } ?? .null
        fields["comparison"] = json(record.comparison)
        fields["comparison_before"] = json(record.comparisonBefore)
        return .object(fields)
    }

    private static func json(_ served: StatusRecord.Served) -> JSONValue {
        [
            "epoch": .int(served.epoch), "stable": .int(Int64(served.stable)),
            "stable_digest": .optional(served.stableDigest),
            "candidate": served.candidate.map { .int(Int64($0)) } ?? .null,
            "candidate_digest": .optional(served.candidateDigest),
            "mode": .optional(served.mode),
            "share": served.share.map { .double(Double($0) / 10_000) } ?? .null,
            "registry": .optional(served.registry), "record": .optional(served.record),
            "signed_by": .optional(served.signedBy), "loaded_ms": .double(served.loadedMs),
            "first_poll_at_ms": .int(served.firstPollAtMs),
            "boundaries": .object(served.boundaries.mapValues { .int($0) }),
        ]
    }

    private static func json(_ incarnation: StatusRecord.Incarnation?) -> JSONValue {
        guard let incarnation else { return .null }
        return [
            "id": .string(incarnation.id), "host": .string(incarnation.host),
            "pid": .int(Int64(incarnation.pid)), "started_at_ms": .int(incarnation.startedAtMs),
        ]
    }

    private static func fields(of counts: VersionCounts) -> [String: JSONValue] {
        [
            "scored": .int(counts.scored), "produced": .int(counts.produced),
            "labels": .object(counts.labels.mapValues { .int($0) }),
            "score": json(counts.score), "scoring_us": json(counts.scoringMicros),
        ]
    }

    private static func json(_ comparison: VersionComparison?) -> JSONValue {
        comparison.map { .object(fields(of: $0)) } ?? .null
    }

    private static func fields(of comparison: VersionComparison) -> [String: JSONValue] {
        let flips = comparison.heldFlipCount
        return [
            "id": .optional(comparison.id),
            "since_epoch": comparison.sinceEpoch.map { .int($0) } ?? .null,
            "records_by_share": comparison.recordsByShare.map { shares in
                .object(shares.mapValues { .int($0) })
            } ?? .null,
            "candidate": .int(Int64(comparison.candidate)),
            "stable": .int(Int64(comparison.stable)), "mode": .string(comparison.mode),
            "share": .double(Double(comparison.share) / 10_000),
            "records": .int(comparison.records),
            "flips": .object(comparison.flips.mapValues { .int($0) }),
            "flip_count": .int(flips),
            "flip_share": comparison.records > 0
                ? .double(Double(flips) / Double(comparison.records)) : .null,
            "score_difference": json(comparison.scoreDifference),
            "shed": .int(comparison.shed),
        ]
    }

    private static func json(_ moments: Moments) -> JSONValue {
        [
            "count": .int(moments.count), "mean": .double(moments.mean),
            "spread": .double(moments.spread),
        ]
    }
}

extension JSONValue {
    fileprivate static func optional(_ text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }

    fileprivate static func strings(_ texts: [String]) -> JSONValue {
        .array(texts.map { .string($0) })
    }
}

extension HeartbeatStanding {
    package var json: JSONValue {
        [
            "signed": .bool(areSigned), "refused": .int(Int64(refused)),
            "refused_slots": .int(Int64(refusedSlots.count)),
            "last_refused": .optional(lastReason),
        ]
    }
}
