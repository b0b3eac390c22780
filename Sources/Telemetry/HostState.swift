package import Lifecycle

/// What a supervisor knows of its slots at one moment: the source of metrics, readiness and status
/// of a host.
package struct HostState: Sendable {
    package var model: String
    package var group: String
    /// Of this program.
    package var version: String
    package var librdkafka: String
    package var slots: [SlotState]
    /// Whether the service was asked to stop, or gives up.
    package var isStopping = false
    /// When the supervisor's loop turned last, in monotonic nanoseconds.
    package var turnedAtNs: UInt64 = 0
    /// Those that this service shows to others, as their files are at the moment.
    package var certificates: [OwnCertificate] = []

    package init(
        model: String, group: String, version: String, librdkafka: String, slots: [SlotState]
    ) {
        self.model = model
        self.group = group
        self.version = version
        self.librdkafka = librdkafka
        self.slots = slots
    }
}

/// A certificate that the service shows to a server.
package struct OwnCertificate: Sendable {
    /// The keys of the configuration that it stands under, as `kafka`: a label.
    package var use: String
    /// In seconds since 1970.
    package var endsAt: Int64

    package init(use: String, endsAt: Int64) {
        self.use = use
        self.endsAt = endsAt
    }
}

/// Why a slot's worker was started again; the words are labels.
package enum RestartReason: String, Sendable, CaseIterable {
    /// A signal, or an exit code that names no reason.
    case crash
    /// Its poll thread did not come on.
    case stalled
    /// It needed a new process, as for a Kafka handle with a fatal error.
    case renewal
    /// Somebody else asked it to stop.
    case stopped
    /// Its turn in a rolling restart.
    case rolling
    /// It could not even be started.
    case notStarted = "not_started"
}

/// One slot of a host.
package struct SlotState: Sendable {
    package enum Process: Sendable, Equatable {
        /// It runs.
        case running(pid: Int32)
        /// The next one is to be started.
        case due
        /// There is none, for good: the slot has left, or is served elsewhere.
        case ended
    }

    package var slot: Int
    package var process = Process.due
    /// The newest of the process that runs, and when it came, in monotonic nanoseconds.
    package var report: (WorkerReport, atNs: UInt64)?
    package var restarts: [RestartReason: Int64] = [:]
    /// Lines of its workers that were no reports.
    package var faultyReports: Int64 = 0
    package var lastStop: StatusRecord.Stop?

    package init(slot: Int) { self.slot = slot }

    /// What its worker said of late; nil where that is too old to be true.
    package func fresh(nowNs: UInt64) -> WorkerReport? {
        guard case .running = process, let (report, atNs) = report,
            nowNs &- atNs <= Self.freshNs || nowNs < atNs
        else { return nil }
        return report
    }

    /// A worker reports once a second.
    package static let freshNs: UInt64 = 10_000_000_000
}
