package import Lifecycle

/// How a worker's life ended.
package enum WorkerOutcome: Sendable, Equatable {
    /// Asked to stop; everything that was out is finished and committed.
    case stopped
    /// Too many dead letters; never restarted.
    case deadLetterBound(String)
    /// A new process heals it: a fenced or fatal handle, a failed delivery.
    case restart(SwerveError)
    /// Somebody has to act: wrong credentials, a missing topic, an offset out of range.
    case refused(SwerveError)
    /// A newer process serves the same slot.
    case superseded(String)
}
