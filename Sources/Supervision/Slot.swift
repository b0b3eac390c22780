import Platform

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

    let number: Int
    var state: State

    var child: ChildProcess? {
        if case .running(let child, _, _) = state { child } else { nil }
    }

    var isEnded: Bool { if case .ended = state { true } else { false } }

    var dueNs: UInt64? {
        if case .due(let moment) = state { moment } else { nil }
    }
}
