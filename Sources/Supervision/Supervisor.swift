package import Lifecycle
package import Logging
import Platform

/// Keeps one worker process in each slot it owns, until it is asked to stop or gives up.
///
/// One thread, one poll(2) over the stop source and the workers' pidfds; no Kafka handle is ever
/// made here. A slot's next worker is started only after the end of the last one has been read, so
/// a slot never has two. Lifelines end with this process, so workers notice even its SIGKILL.
package final class Supervisor {
    /// The numbers of a supervisor.
    package struct Settings: Sendable {
        /// From the request to stop until workers that still run are killed.
        package var stopDeadlineMs = 30_000
        package var restart = RestartPolicy.Settings()

        package init() {}
    }

    private enum Phase {
        case serving
        case stopping(until: Deadline)
        /// Everything was killed; only the ends are read.
        case killed
    }

    private let settings: Settings
    private let stop: any StopSource
    private let log: Logger
    private let command: (Int, SuspectRecords?) -> WorkerCommand
    private let observe: (SupervisorEvent) -> Void
    private var slots: [Slot]
    private var policy: RestartPolicy
    private var search = CrashSearch()
    private var phase = Phase.serving
    private var exitCode = WorkerExit.stopped.rawValue
    private var reason = ""

    /// - Parameters:
    ///   - command: how to start a slot's worker, and which records it is to beware of; asked again
    ///     for each start.
    ///   - observe: told of each event, on the thread of `run`, before anything else happens.
    package init(
        slots: OwnedSlots, settings: Settings = Settings(), stop: any StopSource, log: Logger,
        command: @escaping (Int, SuspectRecords?) -> WorkerCommand,
        observe: @escaping (SupervisorEvent) -> Void = { _ in }
    ) {
        self.settings = settings
        self.stop = stop
        self.log = log
        self.command = command
        self.observe = observe
        self.slots = slots.range.map { Slot(number: $0, state: .due(atNs: 0)) }
        policy = RestartPolicy(slots: slots.range, settings: settings.restart)
    }

    /// Runs until every worker is gone.
    ///
    /// Blocks the thread; once only. Ignores SIGPIPE from now on.
    ///
    /// An exit code of 0 means that it was asked to stop and each worker then ended by itself.
    package func run() -> SupervisorOutcome {
        Pipe.ignoreBroken()
        do throws(SwerveError) {
            while true {
                startDueWorkers()
                if isFinished { break }
                let ready = try waitForSomething()
                if ready.contains(stop.descriptor) { takeStopRequests() }
                try readEnds(ready)
                enforceDeadline()
            }
        } catch {
            // Nothing can be watched any more. Dropping the children kills and reaps them.
            for index in slots.indices { slots[index].state = .ended }
            fail(WorkerExit.failure, error.description)
            log.critical("\(error.description)")
        }
        observe(.finished(exitCode: exitCode))
        return SupervisorOutcome(exitCode: exitCode, reason: reason)
    }

    // MARK: - Waiting

    private var isServing: Bool { if case .serving = phase { true } else { false } }

    /// Also true when every slot was superseded, which is a failure of the service.
    private var isFinished: Bool {
        let isOver = slots.allSatisfy { if case .ended = $0.state { true } else { false } }
        if isOver, isServing {
            fail(WorkerExit.failure, "no slot is left: each is served by a newer process elsewhere")
            log.error("\(reason)")
        }
        return isOver
    }

    private func waitForSomething() throws(SwerveError) -> [Int32] {
        var deadline = Deadline(atNs: slots.compactMap(\.dueNs).min())
        if case .stopping(let until) = phase { deadline = until }
        let descriptors = slots.compactMap { $0.child?.descriptor }
        return try Poll.waitForAny([stop.descriptor] + descriptors, until: deadline)
    }

    // MARK: - Workers

    private func startDueWorkers() {
        for index in slots.indices {
            if let due = slots[index].dueNs, due <= MonotonicClock.now { start(index) }
        }
    }

    private func start(_ index: Int) {
        let slot = slots[index].number
        let command = command(slot, search.suspects(nowMs: nowMs))
        let journal = clear(command.journal, slot: slot)
        do throws(SwerveError) {
            let child = try ChildProcess.spawn(command.child)
            slots[index].state = .running(child, journal: journal, sinceNs: MonotonicClock.now)
            send(command.document, to: child, slot: slot)
            log.info("worker started", metadata: ["slot": "\(slot)", "pid": "\(child.pid)"])
            observe(.started(slot: slot, pid: child.pid))
        } catch {
            log.error("worker not started: \(error.description)", metadata: ["slot": "\(slot)"])
            act(
                on: policy.failedToStart(slot: slot, error: error, nowMs: nowMs), index: index)
        }
    }

    /// A worker without its document would wait for it for ever, so it is killed, and its end is
    /// read like any other.
    private func send(_ document: [UInt8], to child: ChildProcess, slot: Int) {
        guard let lifeline = child.lifeline else { return }
        do throws(SwerveError) {
            try ParentLifeline.send(document, over: lifeline)
        } catch {
            log.error("\(error.description)", metadata: ["slot": "\(slot)"])
            signal(.kill, child, slot: slot)
        }
    }

    private func readEnds(_ ready: [Int32]) throws(SwerveError) {
        for index in slots.indices {
            guard case .running(let child, let path, let sinceNs) = slots[index].state,
                ready.contains(child.descriptor), let status = try child.exitStatus()
            else { continue }
            let slot = slots[index].number
            slots[index].state = .ended
            let uptimeMs = Int64(clamping: (MonotonicClock.now - sinceNs) / 1_000_000)
            let metadata: Logger.Metadata = [
                "slot": "\(slot)", "pid": "\(child.pid)", "uptime_ms": "\(uptimeMs)",
            ]
            observe(.exited(slot: slot, status: status))
            if isServing {
                log.warning("worker ended by \(status)", metadata: metadata)
                let journal = journal(of: child, path, slot: slot)
                let isCauseFound = isCauseFound(of: status, journal, slot: slot)
                act(
                    on: policy.ended(
                        slot: slot, status: status, uptimeMs: uptimeMs,
                        hasServed: journal?.hasServed ?? false, isCauseFound: isCauseFound,
                        nowMs: nowMs),
                    index: index)
            } else {
                log.info("worker ended by \(status)", metadata: metadata)
                judgeEndWhileStopping(slot: slot, status: status)
            }
        }
    }

    // MARK: - What workers die of

    /// Takes away what an earlier process wrote down, and gives the path where that is possible:
    /// what is found there later is of the process that is started now.
    private func clear(_ journal: String?, slot: Int) -> String? {
        guard let journal else { return nil }
        do throws(SwerveError) {
            try StateFile.remove(journal)
            return journal
        } catch {
            log.warning(
                "\(error.description); a record that ends this worker is not found out",
                metadata: ["slot": "\(slot)"])
            return nil
        }
    }

    /// What the worker wrote down; nil where that is not known.
    private func journal(of child: ChildProcess, _ path: String?, slot: Int) -> WorkerJournal? {
        guard let path else { return nil }
        do throws(SwerveError) {
            let bytes = try StateFile.read(
                path, limit: BatchJournal.byteCount, followsLinks: false)
            let journal = try WorkerJournal(bytes)
            guard journal.process == child.pid else {
                throw SwerveError(
                    .invalid, act: "reading what a worker had at hand",
                    reason: "it is process \(journal.process)'s, not \(child.pid)'s")
            }
            return journal
        } catch {
            // A worker that ended before it began one has none.
            if error.code != .notFound {
                log.warning(
                    "\(path) is passed over: \(error.description)",
                    metadata: ["slot": "\(slot)"])
            }
            return nil
        }
    }

    /// Whether a record that the worker had at hand is known now to be what it died of.
    private func isCauseFound(
        of status: ExitStatus, _ journal: WorkerJournal?, slot: Int
    ) -> Bool {
        guard WorkerExit.isCrash(status), let batch = journal?.batch else { return false }
        let finding = search.died(by: status, over: batch, nowMs: nowMs)
        var isFound = false
        if case .killer = finding { isFound = true }
        log.log(
            level: isFound ? .error : .warning, "\(finding)", metadata: ["slot": "\(slot)"])
        observe(.searched(slot: slot, finding))
        return isFound
    }

    private func act(on action: RestartPolicy.Action, index: Int) {
        let slot = slots[index].number
        switch action {
        case .restart(let delayMs): restart(index, afterMs: delayMs)
        case .restartSlowly(let delayMs, let reason):
            log.error("\(reason)", metadata: ["slot": "\(slot)"])
            restart(index, afterMs: delayMs)
        case .stopSlot(let reason):
            slots[index].state = .ended
            log.error("\(reason)")
            observe(.slotStopped(slot: slot, reason: reason))
        case .stopAll(let code, let reason):
            slots[index].state = .ended
            fail(code, reason)
            guard isServing else { return }
            log.error("giving up: \(reason)")
            beginStop()
            observe(.gaveUp(exitCode: code, reason: reason))
        }
    }

    private func restart(_ index: Int, afterMs delayMs: Int64) {
        let delayNs = UInt64(clamping: delayMs) * 1_000_000
        slots[index].state = .due(atNs: MonotonicClock.now + delayNs)
        observe(.restarting(slot: slots[index].number, delayMs: delayMs))
    }

    // MARK: - Stopping

    private func takeStopRequests() {
        let requests = stop.takeRequests()
        guard requests.count > 0 else { return }
        let wasServing = isServing
        if wasServing {
            log.notice("stopping on \(requests.cause)")
            beginStop()
            observe(.stopping(cause: requests.cause))
        }
        if !wasServing || requests.count > 1 {
            killAll("asked to stop a second time")
        }
    }

    private func beginStop() {
        phase = .stopping(until: Deadline(afterMs: settings.stopDeadlineMs))
        for index in slots.indices {
            if let child = slots[index].child {
                signal(.terminate, child, slot: slots[index].number)
            } else {
                slots[index].state = .ended
            }
        }
    }

    private func enforceDeadline() {
        guard case .stopping(let until) = phase, until.hasPassed else { return }
        killAll("not stopped within \(settings.stopDeadlineMs) ms")
    }

    private func killAll(_ why: String) {
        if case .killed = phase { return }
        phase = .killed
        for slot in slots {
            guard let child = slot.child else { continue }
            signal(.kill, child, slot: slot.number)
            fail(
                WorkerExit.failure,
                "slot \(slot.number) was killed (\(why)); what it had not committed is scored again"
            )
            log.error(
                "killed: \(why)", metadata: ["slot": "\(slot.number)", "pid": "\(child.pid)"])
            observe(.killed(slot: slot.number))
        }
    }

    /// An end that was asked for is clean by exit code 0, by the signal itself (the worker had not
    /// come as far as to watch for it), and where it wanted another process or had lost its slot.
    private func judgeEndWhileStopping(slot: Int, status: ExitStatus) {
        switch status {
        case .signal(ProcessSignal.terminate.rawValue): return
        case .code(let code):
            switch WorkerExit(rawValue: code) {
            case .stopped, .restart, .superseded: return
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

    /// The first failure stays, except that the bound of dead letters outranks every other: a
    /// service manager must not restart what stopped at it.
    private func fail(_ code: Int32, _ why: String) {
        let bound = WorkerExit.deadLetterBound.rawValue
        guard exitCode == 0 || (code == bound && exitCode != bound) else { return }
        exitCode = code
        reason = why
    }

    private func signal(_ signal: ProcessSignal, _ child: ChildProcess, slot: Int) {
        do throws(SwerveError) {
            try child.terminate(signal)
        } catch {
            log.error("\(error.description)", metadata: ["slot": "\(slot)"])
        }
    }

    private var nowMs: Int64 { Int64(clamping: MonotonicClock.now / 1_000_000) }
}
