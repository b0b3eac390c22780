package import Lifecycle

/// The result of a run: what was counted, and which promises held.
package struct DemoReport: Sendable, Equatable {
    /// One promise of the service, and whether this run kept it.
    package struct Promise: Sendable, Equatable {
        package let name: String
        package let isHeld: Bool
        /// Records that broke it, the first of each kind.
        package var places: [FaultPlaces.Place] = []
    }

    package var findings: Findings
    package var places = FaultPlaces()
    package var swaps: [Swap]
    /// Changes of assignment after the first one that gave every worker partitions.
    package var rebalances: Int
    /// Worker processes that were started again.
    package var restarts: Int
    package var longestPollGapMs: Double
    package var durationS: Double
    package var workers: Int
    package var partitions: Int
    /// `development`, or the real brokers' address.
    package var broker: String
    /// What was fed: `generated requests, seed 1`, or the files.
    package var source: String
    package var injected: DemoOptions.Fault?
    /// Where the run is kept; nil where it is not.
    package var keptIn: String?

    package init(
        findings: Findings, swaps: [Swap], rebalances: Int, restarts: Int,
        longestPollGapMs: Double, durationS: Double, workers: Int, partitions: Int,
        broker: String, source: String, injected: DemoOptions.Fault?, keptIn: String?
    ) {
        self.findings = findings
        self.swaps = swaps
        self.rebalances = rebalances
        self.restarts = restarts
        self.longestPollGapMs = longestPollGapMs
        self.durationS = durationS
        self.workers = workers
        self.partitions = partitions
        self.broker = broker
        self.source = source
        self.injected = injected
        self.keptIn = keptIn
    }

    package var recordsPerS: Double {
        durationS > 0 ? Double(findings.recordsOut) / durationS : 0
    }

    /// Every promise, in the order in which people ask for them.
    package var promises: [Promise] {
        let found = findings
        return [
            Promise(
                name: "no record was lost", isHeld: found.lost == 0, places: places.of([.lost])),
            Promise(
                name: "no record was scored twice", isHeld: found.duplicated == 0,
                places: places.of([.duplicated])),
            Promise(
                name: "every score is that of the version it names, recomputed offline",
                isHeld: found.wrongScore == 0 && found.wrongLabel == 0,
                places: places.of([.wrongScore, .wrongLabel])),
            Promise(
                name: "every record was decided by the version its epoch and key prescribe",
                isHeld: found.wrongVersion == 0, places: places.of([.wrongVersion])),
            Promise(
                name: "every prediction carries its record's key, partition and id",
                isHeld: found.wrongSource == 0 && found.unreadable == 0,
                places: places.of([.wrongSource])),
            Promise(
                name: "dead letters are what cannot be scored, and nothing else",
                isHeld: found.wrongDeadLetters == 0, places: places.of([.wrongDeadLetter])),
            Promise(
                name: "no partition went back to an older epoch", isHeld: found.epochWentBack == 0,
                places: places.of([.epochWentBack])),
            Promise(
                name: "all \(FeedPlan.changeCount) changes were taken up while records flowed",
                isHeld: swaps.count == FeedPlan.changeCount),
            Promise(name: "no change caused a rebalance", isHeld: rebalances == 0),
        ]
    }

    package var isOK: Bool { promises.allSatisfy(\.isHeld) }

    /// 0 when every promise held, else 1.
    package var exitCode: Int32 { isOK ? 0 : 1 }

    /// The document of `swerve demo --json`.
    package var json: JSONValue {
        let found = findings
        func counts(_ table: [(String, Int)]) -> JSONValue {
            .object(Dictionary(table.map { ($0, .int(Int64($1))) }) { _, last in last })
        }
        return [
            "records_in": .int(Int64(found.recordsIn)),
            "records_out": .int(Int64(found.recordsOut)),
            "lost": .int(Int64(found.lost)), "duplicated": .int(Int64(found.duplicated)),
            "dead_letters": .int(Int64(found.deadLetters)),
            "by_version": counts(found.byVersion.map { ("\($0)", $1) }),
            "by_epoch": counts(found.byEpoch.map { ("\($0)", $1) }),
            "labels_by_version": .object(
                Dictionary(
                    found.byVersionAndLabel.map { version, labels in
                        ("\(version)", counts(labels.map { ($0, $1) }))
                    }
                ) { _, last in last }),
            "wrong_score": .int(Int64(found.wrongScore)),
            "wrong_label": .int(Int64(found.wrongLabel)),
            "wrong_version": .int(Int64(found.wrongVersion)),
            "wrong_source": .int(Int64(found.wrongSource)),
            "wrong_dead_letters": .int(Int64(found.wrongDeadLetters)),
            "unreadable": .int(Int64(found.unreadable)),
            "epoch_went_back": .int(Int64(found.epochWentBack)),
            "checked_against_reference": .int(Int64(found.thoroughlyChecked)),
            "swaps": .array(swaps.map(\.json)), "rebalances": .int(Int64(rebalances)),
            "worker_restarts": .int(Int64(restarts)),
            "longest_poll_gap_ms": .double(Self.rounded(longestPollGapMs, 1_000)),
            "records_per_s": .double(Self.rounded(recordsPerS, 10)),
            "duration_s": .double(Self.rounded(durationS, 1_000)),
            "workers": .int(Int64(workers)), "partitions": .int(Int64(partitions)),
            "broker": .string(broker), "source": .string(source),
            "injected": injected.map { .string($0.rawValue) } ?? .null,
            "kept_in": keptIn.map { .string($0) } ?? .null,
            "promises": .array(
                promises.map { promise in
                    [
                        "name": .string(promise.name), "held": .bool(promise.isHeld),
                        "first": .array(promise.places.map { .string("\($0)") }),
                    ]
                }),
            "ok": .bool(isOK),
        ]
    }

    private static func rounded(_ value: Double, _ scale: Double) -> Double {
        (value * scale).rounded() / scale
    }
}
