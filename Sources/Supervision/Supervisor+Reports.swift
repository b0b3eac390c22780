import Lifecycle
import Logging
import Platform
import Telemetry

/// What workers report, and what of it and of their ends goes to the board.
///
/// On the supervisor's thread. A report is read where it is there; nothing waits for one.
extension Supervisor {
    var reportDescriptors: [Int32] {
        slots.compactMap { slot in
            slot.reports.flatMap { $0.isOpen ? $0.descriptor : nil }
        }
    }

    /// Reads one chunk of each pipe that has something.
    func readReports(_ ready: [Int32]) {
        guard let board else { return }
        board.turned()
        for index in slots.indices {
            guard var reports = slots[index].reports, reports.isOpen,
                ready.contains(reports.descriptor)
            else { continue }
            let report = reports.read()
            slots[index].reports = reports
            take(report, of: index)
        }
    }

    /// A worker has begun.
    func began(_ index: Int, _ child: ChildProcess) {
        guard let board else { return }
        let slot = slots[index].number
        slots[index].countedFaults = 0
        slots[index].lastWord = nil
        do throws(SwerveError) {
            slots[index].reports = try child.standardOutput.map {
                pipe throws(SwerveError) in try ReportReader(pipe)
            }
        } catch {
            log.error("\(error.description)", metadata: ["slot": "\(slot)"])
        }
        board.update(slot) { state in
            state.process = .running(pid: child.pid)
            state.report = nil
        }
    }

    /// A worker's end was read: what it said last is why.
    func ended(_ index: Int, by status: ExitStatus) {
        if var reports = slots[index].reports {
            let last = reports.readRest()
            slots[index].reports = reports
            take(last, of: index)
            slots[index].reports = nil
        }
        let stop = StatusRecord.Stop(
            reason: slots[index].lastWord.map { "\(status): \($0)" } ?? "\(status)",
            atMs: WallClock.nowMs)
        slots[index].lastStop = stop
        slots[index].cause = RestartReason(status)
        board?.update(slots[index].number) { state in
            state.process = .due
            state.report = nil
            state.lastStop = stop
        }
    }

    /// The slot gets a process, and where it had one before, a new one: the one place where
    /// restarts are counted, so that one which is taken back is none.
    func noteStart(_ index: Int) {
        defer { slots[index].isStartedBefore = true }
        guard slots[index].isStartedBefore else { return }
        let cause = slots[index].cause
        board?.update(slots[index].number) { $0.restarts[cause, default: 0] += 1 }
    }

    private func take(_ report: WorkerReport?, of index: Int) {
        let faults = slots[index].reports?.faults ?? 0
        let new = faults - slots[index].countedFaults
        slots[index].countedFaults = faults
        if let report { slots[index].lastWord = report.lastWord }
        guard report != nil || new > 0 else { return }
        let now = MonotonicClock.now
        board?.update(slots[index].number) { state in
            state.faultyReports += new
            if let report { state.report = (report, now) }
        }
    }
}

extension RestartReason {
    /// Of an end that nobody asked for here.
    init(_ status: ExitStatus) {
        guard case .code(let code) = status, let exit = WorkerExit(rawValue: code) else {
            self = .crash
            return
        }
        switch exit {
        case .stalled: self = .stalled
        case .restart: self = .renewal
        case .stopped: self = .stopped
        default: self = .crash
        }
    }
}
