package import Platform

/// What a worker's exit code tells its supervisor: a contract, as much as a wire form.
///
/// Every other code, and every signal, is a crash. Brokers out of reach are no exit at all.
package enum WorkerExit: Int32, Sendable, CaseIterable {
    /// It was asked to stop, finished what was out, and committed.
    case stopped = 0
    /// It needs a new process and nothing is wrong with the old one: a transaction that must be
    /// aborted, a Kafka handle with a fatal error. Never counts as a crash.
    case restart = 3
    /// A newer process has the same slot. Its supervisor must not bring the older one back.
    case superseded = 4
    /// Somebody has to act before any worker can go on: wrong credentials, a topic that is missing
    /// or does not fit, an offset that is gone. The service stops with 1.
    case refused = 5
    /// Its poll thread has stalled: an end that its own watch gave it, and a crash like any other.
    case stalled = 6
    /// It has given its place in the group back, as it was asked to: its supervisor must not take
    /// the place again.
    case left = 7
    /// Its configuration makes no sense, so the other workers' does not either.
    case configurationRefused = 64
    /// Too many dead letters. The whole service stops with this code and is not to be restarted.
    case deadLetterBound = 75

    /// The service's code where it failed for a reason that none of the above names.
    package static let failure: Int32 = 1
    /// The service's code where none of its slots is its own any more.
    ///
    /// Each left its group, or a newer process has it. It is not to be restarted, which would take
    /// them back.
    package static let noSlotLeft: Int32 = 69

    /// Whether nobody wanted the end, the worker least of all.
    package static func isCrash(_ status: ExitStatus) -> Bool {
        guard case .code(let code) = status else { return true }
        switch WorkerExit(rawValue: code) {
        case nil, .stalled: return true
        default: return false
        }
    }
}
