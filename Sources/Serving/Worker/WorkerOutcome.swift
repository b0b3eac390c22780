package import Lifecycle

/// How a worker's life ended.
package enum WorkerOutcome: Sendable, Equatable {
    /// Asked to stop; everything that was out is finished and committed.
    case stopped
    /// The same, and the place in the group was given back.
    case left
    /// Too many dead letters; never restarted.
    case deadLetterBound(String)
    /// A new process heals it: a fenced or fatal handle, a failed delivery.
    case restart(SwerveError)
    /// Somebody has to act: wrong credentials, a missing topic, an offset out of range.
    case refused(SwerveError)
    /// A newer process serves the same slot.
    case superseded(String)
    /// The poll thread does not come on; the process ends without it.
    case stalled(String)

    /// How an error ends a worker that serves: what somebody has to mend ends the service, the rest
    /// a new process heals.
    package init(_ error: SwerveError) {
        switch error.code {
        case .refused, .notFound, .usage: self = .refused(error)
        case .invalid, .unchanged, .unavailable, .timedOut, .tooLarge, .system:
            self = .restart(error)
        }
    }

    /// Whether nothing of it is left to be told: the slot's status is taken away.
    package var isClean: Bool { self == .stopped || self == .left }

    /// What the slot says last of itself.
    ///
    /// Nil for a clean stop, which takes the slot's status away, and where another process has the
    /// slot: its words are not to be overwritten.
    package var lastWord: StatusRecord.Ended? {
        switch self {
        case .stopped, .left, .superseded: nil
        case .deadLetterBound(let words): .init(kind: "dead_letter_bound", reason: words)
        case .restart(let error): .init(kind: "restart", reason: error.description)
        case .refused(let error): .init(kind: "refused", reason: error.description)
        case .stalled(let words): .init(kind: "stalled", reason: words)
        }
    }
}
