package import Platform

/// What a supervisor did, told after it is done.
package enum SupervisorEvent: Sendable, Equatable {
    /// The worker runs and has its document.
    case started(slot: Int, pid: Int32)
    /// The worker's end was read; the slot has no process now.
    case exited(slot: Int, status: ExitStatus)
    /// The worker died over records that it left in its journal.
    case searched(slot: Int, CrashSearch.Finding)
    /// The slot's next worker starts after this delay.
    case restarting(slot: Int, delayMs: Int64)
    /// The workers are restarted one after the other, beginning now.
    case rolling(slots: [Int])
    /// The slot's worker was asked to end, since its turn has come.
    case renewing(slot: Int)
    /// All of them were restarted and score.
    case rolled(slots: Int)
    /// No further slot is restarted, or, without a slot, none at all.
    case rollingStopped(slot: Int?, reason: String)
    /// The slot has ended and stays so; the others go on.
    case slotStopped(slot: Int, reason: String)
    /// The service ends, for this reason; every worker was asked to stop.
    case gaveUp(exitCode: Int32, reason: String)
    /// Somebody asked the service to end; every worker was asked to stop.
    case stopping(cause: String)
    /// The worker did not stop in time, or was not given any, and was killed.
    case killed(slot: Int)
    /// The last worker is gone.
    case finished(exitCode: Int32)
}
