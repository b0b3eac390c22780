import FoundationEssentials

/// What a worker says of itself, a heartbeat a second and at every change: JSON, key `group/slot`.
///
/// Offsets, counts and times are of this incarnation. Times are wall-clock milliseconds.
package struct StatusRecord: Sendable, Equatable, Codable {
    package static let schema = 1

    /// The phases of a worker, in order.
    package enum Phase: String, Sendable, Codable, CaseIterable {
        /// Reads the control topic; nothing is scored.
        case starting
        /// The control topic names no deployment of the model: records are left where they are.
        case waiting
        /// Scores records.
        case serving
        /// Finishes what is out, commits, and closes.
        case stopping
    }

    /// One process in one slot.
    package struct Incarnation: Sendable, Equatable, Codable {
        package var id: String
        package var startedAtMs: Int64
        package var host: String
        package var pid: Int32

        package init(id: String, startedAtMs: Int64, host: String, pid: Int32) {
            self.id = id
            self.startedAtMs = startedAtMs
            self.host = host
            self.pid = pid
        }
    }

    /// An epoch taken up.
    package struct Served: Sendable, Equatable, Codable {
        package var epoch: Int64
        package var stable: Int
        package var candidate: Int?
        /// The digests of both, and the candidate's mode and share in ten-thousandths.
        package var stableDigest: String?
        package var candidateDigest: String?
        package var mode: String?
        package var share: Int?
        /// The registry that announced it, and the SHA-256 of the control record's exact bytes; nil
        /// from an older worker.
        package var registry: String?
        package var record: String?
        /// The key that signed the deployment, where the worker has checked it.
        package var signedBy: String?
        /// From the control record's arrival to scorers ready, in milliseconds.
        package var loadedMs: Double
        /// The first poll under the epoch.
        package var firstPollAtMs: Int64
        /// The first offset scored under the epoch, by partition number.
        package var boundaries: [String: Int64]

        package init(
            epoch: Int64, stable: Int, candidate: Int?, loadedMs: Double, firstPollAtMs: Int64,
            boundaries: [String: Int64]
        ) {
            self.epoch = epoch
            self.stable = stable
            self.candidate = candidate
            self.loadedMs = loadedMs
            self.firstPollAtMs = firstPollAtMs
            self.boundaries = boundaries
        }
    }

    /// A deployment that this worker refuses to serve, for good.
    package struct Rejected: Sendable, Hashable, Codable {
        package var epoch: Int64
        package var reason: String
        /// Which record of that epoch, as `Served` names it.
        package var registry: String?
        package var record: String?

        package init(
            epoch: Int64, reason: String, registry: String? = nil, record: String? = nil
        ) {
            self.epoch = epoch
            self.reason = reason
            self.registry = registry
            self.record = record
        }
    }

    /// Why a process ended that nobody had asked to stop.
    package struct Ended: Sendable, Equatable, Codable {
        /// What ended it, for programs.
        ///
        /// `dead_letter_bound`; `restart`, where a new process heals it; `refused`, where somebody
        /// has to act. Others may come.
        package var kind: String
        /// For people, with the remedy where there is one.
        package var reason: String

        package init(kind: String, reason: String) {
            self.kind = kind
            self.reason = reason
        }
    }

    /// How the process before this one in the slot ended, as its supervisor saw it.
    package struct Stop: Sendable, Equatable, Codable {
        /// For people; its own last word where it had one.
        package var reason: String
        package var atMs: Int64

        package init(reason: String, atMs: Int64) {
            self.reason = reason
            self.atMs = atMs
        }
    }

    package struct Counts: Sendable, Equatable, Codable {
        /// Records taken from the input topic.
        package var records: Int64 = 0
        /// Predictions handed to the producer, by version.
        package var byVersion: [String: Int64] = [:]
        package var deadLetters: Int64 = 0
        /// Records older than `limits.max_age`, in no other count; nil from an older worker.
        package var passedOver: Int64?
        /// Lines of a log that are not of its format, among `records`; nil for none, and from an
        /// older worker.
        package var malformed: Int64?
        /// Records that wait for their schema at the moment, in no other count; nil for none, and
        /// from an older worker.
        package var parked: Int64?
        /// Avro records with bytes behind their value, among `records`; nil as above.
        package var trailing: Int64?
        /// Changes of assignment after the first.
        package var rebalances: Int64 = 0
        /// Control records ignored: garbage, tombstones, older epochs.
        package var ignoredControlRecords: Int64 = 0

        package init() {}
    }

    package var schema = StatusRecord.schema
    package var group: String
    package var slot: Int
    /// How many slots the group has; `Limits.slots`, which says nothing, with `totalAuto`.
    package var total: Int
    /// Whether the group is whoever is alive (`slots.total: auto`); nil where it has a number of
    /// slots, and from an older worker.
    ///
    /// An older reader passes the field over and waits for `total` slots, of which most never come:
    /// it does not take the group for converged. A smaller number would let it do so while a
    /// partition is nobody's.
    package var totalAuto: Bool?
    package var model: String
    package var incarnation: Incarnation
    package var phase: Phase
    /// True when the newest deployment this worker knows of is the one it serves.
    package var ready = false
    package var serving: Served?
    /// The newest epoch that could not be served, if it is newer than the one served.
    package var rejected: Rejected?
    /// The deployment that could not be loaded, where `rejected` is one that was not believed.
    package var unloadable: Rejected?
    /// A passing fault that is being retried: an artifact out of reach.
    package var retrying: String?
    /// Why it holds: it has left its group and reads nothing until it is started again.
    ///
    /// Its phase is `waiting` then, which older readers know. Nil where it does not hold.
    package var held: String?
    /// The last oddity on the control topic that was ignored.
    package var ignored: String?
    /// The last word of a process that failed; nil in every other record, and from an older worker.
    package var ended: Ended?
    /// Another process that says it serves the same slot.
    package var rival: Incarnation?
    package var partitions: [Int32] = []
    /// The generation of the group that gave it `partitions`, or took those before away; nil before
    /// the first, where no group gives them, and from an older worker.
    package var generation: Int32?
    /// Partitions of the input topic, as the brokers list them; nil from an older worker.
    package var inputPartitions: Int?
    /// How it delivers: `at-least-once` or `exactly-once`; nil from an older worker.
    package var delivery: String?
    package var counts = Counts()
    /// What each version did, by number, for the last 16 that served since the start; nil from an
    /// older worker.
    package var versions: [String: VersionCounts]?
    /// The candidate against the stable version; nil without a candidate.
    ///
    /// Its counts begin at 0 with each incarnation.
    package var comparison: VersionComparison?
    /// What earlier incarnations of the slot counted of the same comparison, as far as the status
    /// topic told this one; in no other sum, and without cells: the judge counts each process.
    package var comparisonBefore: VersionComparison?
    /// The longest gap between two polls since the last report, and since the start.
    package var pollGapMs = 0.0
    package var pollGapMaxMs = 0.0
    /// Records behind the end of its partitions, as its last fetches told it; nil where it is not
    /// known, and from an older worker.
    package var lag: Int64?
    /// Records taken a second, over the last second or more; nil as above.
    package var recordsPerSecond: Double?
    /// When the newest record taken was written; nil before the first, and from an older worker.
    package var lastRecordAtMs: Int64?
    /// Nil where its supervisor saw no process before it, and from an older worker.
    package var lastStop: Stop?
    package var sentAtMs: Int64 = 0
    /// Which of its incarnation's words it is, from 1 on; nil where it is not signed.
    package var sequence: Int64?

    /// - Parameter total: nil where the group is whoever is alive.
    package init(
        group: String, slot: Int, total: Int?, model: String, incarnation: Incarnation, phase: Phase
    ) {
        self.group = group
        self.slot = slot
        self.total = total ?? Limits.slots
        totalAuto = total == nil ? true : nil
        self.model = model
        self.incarnation = incarnation
        self.phase = phase
    }

    /// How many slots the group has; nil where it is whoever is alive.
    package var fixedTotal: Int? { totalAuto == true ? nil : total }

    package var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

    /// Reads a status record's value; nil for what is not one, which readers pass over.
    package init?(value: some Collection<UInt8>) {
        // The bounded reader first: it refuses depth, and a key given twice.
        guard
            let json = try? JSONValue(
                parsing: value, act: "reading a status record", limit: Limits.statusRecordBytes),
            json["schema"]?.int == Self.schema
        else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let record = try? decoder.decode(StatusRecord.self, from: Data(value)),
            record.schema == Self.schema
        else { return nil }
        self = record
    }
}
