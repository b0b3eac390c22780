package import Lifecycle
package import Verification

/// The result of a run: what was counted, and which promises held.
package struct DemoReport: Sendable, Equatable {
    /// One promise of the service, and whether this run kept it.
    package struct Promise: Sendable, Equatable {
        package let name: String
        package let isHeld: Bool
        /// Records that broke it, the first of each kind.
        package var places: [StreamPlace] = []
    }

    /// What ran, and on what.
    package struct Setup: Sendable, Equatable {
        package var workers: Int
        package var partitions: Int
        /// `development`, or the real brokers' address.
        package var broker: String
        /// What was fed: `generated requests, seed 1`, or the files.
        package var source: String
        package var injected: DemoOptions.Fault?
        /// Where the run is kept; nil where it is not.
        package var keptIn: String?
    }

    /// What the status topic told of the workers.
    package struct Workers: Sendable, Equatable {
        /// Changes of assignment after the first one that gave every worker partitions.
        package var rebalances: Int
        /// Worker processes that were started again.
        package var restarts: Int
        package var longestPollGapMs: Double
    }

    package var setup: Setup
    package var audit: StreamAuditReport
    /// Predictions with each label, by version.
    package var labels: [Int: [String: Int64]]
    /// Scores that were held against the slow reference too.
    package var thoroughlyScored: Int64
    package var swaps: [Swap]
    package var workers: Workers
    package var durationS: Double

    package var recordsPerS: Double {
        durationS > 0 ? Double(audit.counts.predictions) / durationS : 0
    }

    /// Every promise, in the order in which people ask for them.
    package var promises: [Promise] {
        [
            promise("no record was lost", Self.lost),
            promise("no record was scored twice", Self.doubled),
            promise(
                "every score is that of the version it names, recomputed offline",
                Self.wrongScore + Self.wrongLabel),
            promise(
                "every record was decided by the version its epoch and key prescribe",
                Self.wrongVersion),
            promise(
                "every prediction carries its record's key, partition and id",
                Self.wrongSource + Self.unreadable),
            promise("dead letters are what cannot be scored, and nothing else", Self.wrongLetter),
            promise("no partition went back to an older epoch", Self.epochWentBack),
            promise("records were taken as the workers' ledger says", Self.outsideLedger),
            Promise(
                name: "nothing was left undecided", isHeld: audit.findings.undecided == 0,
                places: Doubt.allCases.flatMap { Self.first(audit.findings[$0]) }),
            Promise(
                name: "all \(FeedPlan.changeCount) changes were taken up while records flowed",
                isHeld: swaps.count == FeedPlan.changeCount),
            Promise(name: "no change caused a rebalance", isHeld: workers.rebalances == 0),
        ]
    }

    /// A promise that is held where none of `breaches` was found.
    private func promise(_ name: String, _ breaches: [Breach]) -> Promise {
        Promise(
            name: name, isHeld: count(breaches) == 0,
            places: breaches.flatMap { Self.first(audit.findings[$0]) })
    }

    /// How often the promises of one row were broken.
    func count(_ breaches: [Breach]) -> Int {
        Int(breaches.reduce(0) { $0 + audit.findings[$1].count })
    }

    private static func first(_ found: FoundPlaces) -> [StreamPlace] {
        let places = found.places.lazy.flatMap { range in
            (range.first...range.last).lazy.map {
                StreamPlace(partition: range.partition, offset: $0)
            }
        }
        return Array(places.prefix(placesMax))
    }

    static let lost: [Breach] = [.lost]
    static let doubled: [Breach] = [.doubled]
    static let wrongScore: [Breach] = [.wrongScore]
    static let wrongLabel: [Breach] = [.wrongLabel]
    static let wrongVersion: [Breach] = [.wrongVersion, .unknownEpoch]
    static let wrongSource: [Breach] = [.wrongKey, .wrongPartition, .wrongID, .unfounded]
    static let wrongLetter: [Breach] = [.wrongLetter]
    static let epochWentBack: [Breach] = [.epochWentBack]
    static let outsideLedger: [Breach] = [.outsideLedger, .wrongLedger]
    static let unreadable: [Breach] = [.unreadable]
    /// Of each kind of fault so many places are named, the first.
    private static let placesMax = 5

    package var isOK: Bool { promises.allSatisfy(\.isHeld) }

    /// 0 when every promise held, else 1.
    package var exitCode: Int32 { isOK ? 0 : 1 }

    /// The document of `swerve demo --json`.
    package var json: JSONValue {
        func count(_ breaches: [Breach]) -> JSONValue { .int(Int64(self.count(breaches))) }
        func counts(_ table: [(String, Int64)]) -> JSONValue {
            .object(Dictionary(table.map { ($0, .int($1)) }) { _, last in last })
        }
        return [
            "records_in": .int(audit.counts.records),
            "records_out": .int(audit.counts.predictions),
            "lost": count(Self.lost), "duplicated": count(Self.doubled),
            "dead_letters": .int(audit.counts.letters),
            "by_version": counts(audit.counts.byVersion.named.map { ("\($0)", $1) }),
            "by_epoch": counts(audit.counts.byEpoch.named.map { ("\($0)", $1) }),
            "labels_by_version": .object(
                Dictionary(
                    labels.map { version, labels in
                        ("\(version)", counts(labels.map { ($0, $1) }))
                    }
                ) { _, last in last }),
            "wrong_score": count(Self.wrongScore),
            "wrong_label": count(Self.wrongLabel),
            "wrong_version": count(Self.wrongVersion),
            "wrong_source": count(Self.wrongSource),
            "wrong_dead_letters": count(Self.wrongLetter),
            "unreadable": count(Self.unreadable),
            "epoch_went_back": count(Self.epochWentBack),
            "outside_ledger": count(Self.outsideLedger),
            "undecided": .int(audit.findings.undecided),
            "scores_recomputed": .int(audit.counts.scored),
            "checked_against_reference": .int(thoroughlyScored),
            "ledger_entries": .int(Int64(audit.ledgerEntries ?? 0)),
            "swaps": .array(swaps.map(\.json)), "rebalances": .int(Int64(workers.rebalances)),
            "worker_restarts": .int(Int64(workers.restarts)),
            "longest_poll_gap_ms": .double(Self.rounded(workers.longestPollGapMs, 1_000)),
            "records_per_s": .double(Self.rounded(recordsPerS, 10)),
            "duration_s": .double(Self.rounded(durationS, 1_000)),
            "workers": .int(Int64(setup.workers)), "partitions": .int(Int64(setup.partitions)),
            "broker": .string(setup.broker), "source": .string(setup.source),
            "injected": setup.injected.map { .string($0.rawValue) } ?? .null,
            "kept_in": setup.keptIn.map { .string($0) } ?? .null,
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

/// One change of the deployment while records flowed.
package struct Swap: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case canary, promotion, rollback
    }

    package let kind: Kind
    package let epoch: Int64
    /// The version that the change brought in.
    package let version: Int
    /// From the registry's commit to the last slot's first poll under the epoch.
    package let convergenceMs: Int64

    package init(kind: Kind, epoch: Int64, version: Int, convergenceMs: Int64) {
        self.kind = kind
        self.epoch = epoch
        self.version = version
        self.convergenceMs = convergenceMs
    }

    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "epoch": .int(epoch), "version": .int(Int64(version)),
            "convergence_ms": .int(convergenceMs),
        ]
    }
}
