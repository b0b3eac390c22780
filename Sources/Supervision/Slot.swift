import Lifecycle
import Platform
import Telemetry

/// One slot of a supervisor, with at most one process at any time.
struct Slot {
    enum State {
        /// Without a process until then, in nanoseconds of the monotonic clock.
        case due(atNs: UInt64)
        /// The journal is the file of that process, if it keeps one.
        case running(ChildProcess, journal: WorkerJournalFile?, sinceNs: UInt64)
        /// Without a process, for good.
        case ended
    }

    init(number: Int, state: State) {
        self.number = number
        self.state = state
    }

    let number: Int
    var state: State
    /// Of the process that runs, where it reports.
    var reports: ReportReader?
    /// Of its reader's faults, those that the board has.
    var countedFaults: Int64 = 0
    /// Why that process says that it ends; nil while it does not.
    var lastWord: String?
    /// How the last process ended; nil before the first end.
    var lastStop: StatusRecord.Stop?
    /// Whether its next process is a new one, and why.
    var isStartedBefore = false
    var cause = RestartReason.crash

    var child: ChildProcess? {
        if case .running(let child, _, _) = state { child } else { nil }
    }

    var isEnded: Bool { if case .ended = state { true } else { false } }

    var dueNs: UInt64? {
        if case .due(let moment) = state { moment } else { nil }
    }
}
