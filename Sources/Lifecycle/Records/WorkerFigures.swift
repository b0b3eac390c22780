/// What a worker measures of itself beside its status: the metrics of one slot.
///
/// Counts are of this incarnation. The sets of names in here are bounded where they are made:
/// versions, labels of a version, partitions.
package struct WorkerFigures: Sendable, Equatable {
    /// What one version did, for metrics.
    package struct Version: Sendable, Equatable {
        package var version: Int
        /// Records that it scored, whoever decided.
        package var scored: Int64
        /// Predictions of its that were produced, by role (`stable`, `canary`) and label.
        package var predictions: [String: [String: Int64]]
        /// Of its scores that are finite; nil where its golden inputs give no bounds.
        package var scores: BucketCounts?

        package init(
            version: Int, scored: Int64, predictions: [String: [String: Int64]],
            scores: BucketCounts?
        ) {
            self.version = version
            self.scored = scored
            self.predictions = predictions
            self.scores = scores
        }
    }

    /// What a comparison of two versions counted.
    package struct Comparison: Sendable, Equatable {
        package var candidate: Int
        package var records: Int64
        package var flips: Int64
        package var shed: Int64

        package init(candidate: Int, records: Int64, flips: Int64, shed: Int64) {
            self.candidate = candidate
            self.records = records
            self.flips = flips
            self.shed = shed
        }
    }

    package var startedAtMs: Int64 = 0
    package var wantedEpoch: Int64?
    package var servedEpoch: Int64?
    /// Whether the wanted deployment is the one served.
    package var isConverged = false
    /// Whether a deployment newer than the one served was refused, or could not be loaded.
    package var isRejecting = false
    package var records: Int64 = 0
    package var passedOver: Int64 = 0
    /// Lines of a log that are not of its format.
    package var malformed: Int64 = 0
    package var schemas = SchemaFigures()
    package var deadLetters: [String: Int64] = [:]
    /// The last ones that served, at most `versionsMax`.
    package var versions: [Version] = []
    package var comparison: Comparison?
    package var rebalances: Int64 = 0
    package var ignoredControlRecords: Int64 = 0
    package var pollGapSeconds = 0.0
    package var loadSeconds: Double?
    package var swapSeconds: Double?
    /// Records behind the end, over all partitions whose end is known; nil while none is.
    package var lag: Int64?
    /// The first `partitionsMax` partitions of those, by number.
    package var lagByPartition: [Int32: Int64] = [:]
    /// Partitions that `lagByPartition` leaves out.
    package var untoldPartitions = 0
    /// When the newest record taken was written; nil before the first.
    package var lastRecordAtMs: Int64?
    package var timings: DeliveryTimings?

    package static let versionsMax = 8
    package static let labelsMax = 100
    package static let partitionsMax = 256

    package init() {}
}

/// How long records took, and how many came at once.
package struct DeliveryTimings: Sendable, Equatable {
    /// Seconds from a record's timestamp to its acknowledged prediction.
    package var sinceWritten: BucketCounts
    /// Seconds from the poll to the acknowledgement.
    package var sincePolled: BucketCounts
    /// Records of a batch.
    package var batches: BucketCounts

    package init(sinceWritten: BucketCounts, sincePolled: BucketCounts, batches: BucketCounts) {
        self.sinceWritten = sinceWritten
        self.sincePolled = sincePolled
        self.batches = batches
    }
}

extension WorkerFigures {
    package var json: JSONValue {
        [
            "started_at_ms": .int(startedAtMs), "wanted_epoch": Self.number(wantedEpoch),
            "served_epoch": Self.number(servedEpoch), "converged": .bool(isConverged),
            "rejecting": .bool(isRejecting),
            "records": .int(records), "passed_over": .int(passedOver),
            "malformed": .int(malformed), "schemas": schemas.json,
            "dead_letters": .object(deadLetters.mapValues { .int($0) }),
            "versions": .array(versions.map(\.json)), "comparison": comparison?.json ?? .null,
            "rebalances": .int(rebalances),
            "ignored_control_records": .int(ignoredControlRecords),
            "poll_gap_seconds": .double(pollGapSeconds),
            "load_seconds": loadSeconds.map { .double($0) } ?? .null,
            "swap_seconds": swapSeconds.map { .double($0) } ?? .null,
            "lag": Self.number(lag),
            "lag_by_partition": .object(
                Dictionary(
                    uniqueKeysWithValues: lagByPartition.map { ("\($0)", JSONValue.int($1)) })),
            "untold_partitions": .int(Int64(untoldPartitions)),
            "last_record_at_ms": Self.number(lastRecordAtMs),
            "timings": timings?.json ?? .null,
        ]
    }

    /// Reads what `json` gives; nil for what is not that, or has more names than the bounds say.
    package init?(_ json: JSONValue) {
        guard let startedAtMs = Self.count(json["started_at_ms"]),
            let records = Self.count(json["records"]),
            let passedOver = Self.count(json["passed_over"]),
            let deadLetters = Self.counts(json["dead_letters"], max: DeadLetterCode.allCases.count),
            let versions = json["versions"]?.array, versions.count <= Self.versionsMax,
            let rebalances = Self.count(json["rebalances"]),
            let ignored = Self.count(json["ignored_control_records"]),
            let lags = Self.counts(json["lag_by_partition"], max: Self.partitionsMax)
        else { return nil }
        self.init()
        self.startedAtMs = startedAtMs
        wantedEpoch = Self.count(json["wanted_epoch"])
        servedEpoch = Self.count(json["served_epoch"])
        isConverged = json["converged"]?.bool ?? false
        isRejecting = json["rejecting"]?.bool ?? false
        self.records = records
        self.passedOver = passedOver
        malformed = Self.count(json["malformed"]) ?? 0
        schemas = SchemaFigures(json["schemas"])
        guard deadLetters.keys.allSatisfy({ DeadLetterCode(rawValue: $0) != nil }) else {
            return nil
        }
        self.deadLetters = deadLetters
        self.versions = versions.compactMap(Version.init)
        guard self.versions.count == versions.count,
            Set(self.versions.map(\.version)).count == versions.count
        else { return nil }
        comparison = json["comparison"].flatMap(Comparison.init)
        self.rebalances = rebalances
        ignoredControlRecords = ignored
        pollGapSeconds = Self.finite(json["poll_gap_seconds"]) ?? 0
        loadSeconds = Self.finite(json["load_seconds"])
        swapSeconds = Self.finite(json["swap_seconds"])
        lag = Self.count(json["lag"])
        for (name, lag) in lags {
            guard let partition = Int32(name), partition >= 0 else { return nil }
            lagByPartition[partition] = lag
        }
        untoldPartitions = json["untold_partitions"]?.int.map { max(0, $0) } ?? 0
        lastRecordAtMs = Self.count(json["last_record_at_ms"])
        timings = json["timings"].flatMap(DeliveryTimings.init)
    }

    private static func number(_ value: Int64?) -> JSONValue { value.map { .int($0) } ?? .null }

    static func count(_ json: JSONValue?) -> Int64? {
        guard let value = json?.int, StatusCount.isSensible(Int64(value)) else {
            return nil
        }
        return Int64(value)
    }

    static func counts(_ json: JSONValue?, max: Int) -> [String: Int64]? {
        guard let object = json?.object, object.count <= max else { return nil }
        let counts = object.compactMapValues { count($0) }
        return counts.count == object.count ? counts : nil
    }

    private static func finite(_ json: JSONValue?) -> Double? {
        json?.double.flatMap { $0.isFinite ? $0 : nil }
    }
}

extension WorkerFigures.Version {
    package var json: JSONValue {
        [
            "version": .int(Int64(version)), "scored": .int(scored),
            "predictions": .object(
                predictions.mapValues { .object($0.mapValues { .int($0) }) }),
            "scores": scores?.json ?? .null,
        ]
    }

    package init?(_ json: JSONValue) {
        guard let version = json["version"]?.int, version > 0,
            let scored = WorkerFigures.count(json["scored"]),
            let roles = json["predictions"]?.object, roles.count <= Self.roles.count,
            roles.keys.allSatisfy({ Self.roles.contains($0) })
        else { return nil }
        var predictions: [String: [String: Int64]] = [:]
        for (role, labels) in roles {
            // One more for the labels that are told together.
            guard let counts = WorkerFigures.counts(labels, max: WorkerFigures.labelsMax + 1) else {
                return nil
            }
            predictions[role] = counts
        }
        self.init(
            version: version, scored: scored, predictions: predictions,
            scores: BucketCounts(json["scores"]))
    }

    package static let roles = ["stable", "canary"]
}

extension WorkerFigures.Comparison {
    package var json: JSONValue {
        [
            "candidate": .int(Int64(candidate)), "records": .int(records), "flips": .int(flips),
            "shed": .int(shed),
        ]
    }

    package init?(_ json: JSONValue) {
        guard let candidate = json["candidate"]?.int,
            let records = WorkerFigures.count(json["records"]),
            let flips = WorkerFigures.count(json["flips"]),
            let shed = WorkerFigures.count(json["shed"])
        else { return nil }
        self.init(candidate: candidate, records: records, flips: flips, shed: shed)
    }
}

extension DeliveryTimings {
    package var json: JSONValue {
        [
            "since_written": sinceWritten.json, "since_polled": sincePolled.json,
            "batches": batches.json,
        ]
    }

    package init?(_ json: JSONValue) {
        guard let sinceWritten = BucketCounts(json["since_written"]),
            let sincePolled = BucketCounts(json["since_polled"]),
            let batches = BucketCounts(json["batches"])
        else { return nil }
        self.init(sinceWritten: sinceWritten, sincePolled: sincePolled, batches: batches)
    }
}
