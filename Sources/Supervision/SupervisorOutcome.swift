import Platform

/// How a service ended.
package struct SupervisorOutcome: Sendable, Equatable {
    /// Of the whole service: 0 after a clean stop, else what `WorkerExit` says, or 1.
    package private(set) var exitCode: Int32
    /// Why, in one line; empty after a clean stop.
    package private(set) var reason: String

    package static let clean = SupervisorOutcome(exitCode: 0, reason: "")

    package init(exitCode: Int32, reason: String) {
        self.exitCode = exitCode
        self.reason = reason
    }

    /// The first failure stays, except that the bound of dead letters outranks every other: a
    /// service manager must not restart what stopped at it.
    mutating func fail(_ code: Int32, _ why: String) {
        let bound = WorkerExit.deadLetterBound.rawValue
        guard exitCode == 0 || (code == bound && exitCode != bound) else { return }
        exitCode = code
        reason = why
    }

    /// An end that was asked for is clean by exit code 0, by the signal itself (the worker had not
    /// come as far as to watch for it), and where it wanted another process or had lost its slot.
    mutating func judgeStop(of slot: Int, _ status: ExitStatus) {
        switch status {
        case .signal(ProcessSignal.terminate.rawValue): return
        case .code(let code):
            switch WorkerExit(rawValue: code) {
            case .stopped, .restart, .superseded, .left: return
            case .refused:
                return fail(
                    WorkerExit.failure, "slot \(slot) could not go on; the line above says why")
            case .configurationRefused, .deadLetterBound:
                return fail(code, "slot \(slot) ended by \(status) while stopping")
            case .stalled, nil: break
            }
        case .signal: break
        }
        fail(WorkerExit.failure, "slot \(slot) ended by \(status) while stopping")
    }
}
