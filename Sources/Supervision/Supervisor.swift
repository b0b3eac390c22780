import Lifecycle
package import Logging
package import Platform
import Telemetry

/// Keeps one worker process in each slot it owns, until it is asked to stop or gives up.
///
/// One thread, one poll(2) over the stop source and the workers' pidfds; no Kafka handle is ever
/// made here. A slot's next worker is started only after the end of the last one has been read, so
/// a slot never has two. Lifelines end with this process, so workers notice even its SIGKILL.
package final class Supervisor {
    private enum Phase {
        case serving
        case stopping(until: Deadline)
        /// Everything was killed; only the ends are read.
        case killed
    }

    private var settings: Settings
    private let requests: any RequestSource
    let log: Logger
    private var workers: any WorkerCommands
    let observe: (SupervisorEvent) -> Void
    var slots: [Slot]
    /// The number of the first of them.
    private let first: Int
    private var policy: RestartPolicy
    var search = CrashSearch()
    private var rolling: RollingRestart
    private var phase = Phase.serving
    private var outcome = SupervisorOutcome.clean
    /// Nil where nobody asks for metrics and health.
    let board: HostBoard?
    private var managerWords: ManagerWords

    /// - Parameters:
    ///   - board: where workers report to; nil where they do not.
    ///   - manager: what started this process and wants to hear of it; nil for nobody.
    ///   - observe: told of each event, on the thread of `run`, before anything else happens.
    package init(
        slots: OwnedSlots, settings: Settings = Settings(), requests: any RequestSource,
        log: Logger, workers: any WorkerCommands, board: HostBoard? = nil,
        manager: ServiceManager? = nil,
        observe: @escaping (SupervisorEvent) -> Void = { _ in }
    ) {
        self.settings = settings
        self.requests = requests
        self.log = log
        self.workers = workers
        self.board = board
        managerWords = ManagerWords(manager, log: log)
        self.observe = observe
        first = slots.range.lowerBound
        self.slots = slots.range.map { Slot(number: $0, state: .due(atNs: 0)) }
        policy = RestartPolicy(slots: slots.range, settings: settings.restart)
        rolling = RollingRestart(
            endMs: Int64(settings.stopDeadlineMs), comeBackMs: Int64(settings.comeBackMs))
    }

    /// Runs until every worker is gone.
    ///
    /// Blocks the thread; once only. Ignores SIGPIPE from now on.
    ///
    /// An exit code of 0 means that it was asked to stop and each worker then ended by itself.
    package func run() -> SupervisorOutcome {
        Pipe.ignoreBroken()
        do throws(SwerveError) {
            startDueWorkers()
            // From here on little happens in this process.
            MemoryPolicy.releaseCode()
            while !isFinished {
                managerWords.turned()
                let ready = try waitForSomething()
                readReports(ready)
                if ready.contains(requests.descriptor) { takeRequests() }
                try readEnds(ready)
                enforceDeadline()
                roll()
                startDueWorkers()
            }
        } catch {
            // Nothing can be watched any more. Dropping the children kills and reaps them.
            for index in slots.indices { slots[index].state = .ended }
            outcome.fail(WorkerExit.failure, error.description)
            log.critical("\(error.description)")
        }
        observe(.finished(exitCode: outcome.exitCode))
        return outcome
    }

    // MARK: - Waiting

    private var isServing: Bool { if case .serving = phase { true } else { false } }

    /// At the latest after so long the loop turns once more, where its turns are watched.
    private static let turnMs = 1_000

    /// Also true when every slot was given up, which is a failure of the service.
    private var isFinished: Bool {
        let isOver = slots.allSatisfy(\.isEnded)
        if isOver, isServing {
            let why =
                "no slot is left: each left its group, or a newer process took it; if that one is "
                + "gone by now, start this service again"
            outcome.fail(WorkerExit.noSlotLeft, why)
            log.error("\(why)")
        }
        return isOver
    }

    private func waitForSomething() throws(SwerveError) -> [Int32] {
        let turnNs = rolling.dueMs(nowMs: nowMs).map { UInt64(clamping: $0) * 1_000_000 }
        var deadline = Deadline(atNs: (slots.map(\.dueNs) + [turnNs]).compactMap(\.self).min())
        if case .stopping(let until) = phase { deadline = until }
        if board != nil { deadline = deadline.noLater(than: Deadline(afterMs: Self.turnMs)) }
        deadline = deadline.noLater(than: Deadline(afterMs: managerWords.turnMs))
        let descriptors = slots.compactMap { $0.child?.descriptor } + reportDescriptors
        return try Poll.waitForAny([requests.descriptor] + descriptors, until: deadline)
    }

    // MARK: - Workers

    private func startDueWorkers() {
        for index in slots.indices {
            if let due = slots[index].dueNs, due <= MonotonicClock.now { start(index) }
        }
    }

    private func start(_ index: Int) {
        let slot = slots[index].number
        noteStart(index)
        let command = workers.command(
            slot: slot, suspects: search.suspects(nowMs: nowMs), lastStop: slots[index].lastStop)
        let journal = clear(command.journal, slot: slot)
        // By a configuration that was read anew, workers may take longer to end.
        settings.stopDeadlineMs = max(settings.stopDeadlineMs, command.stopMs)
        rolling.endMs = Int64(settings.stopDeadlineMs)
        do throws(SwerveError) {
            let child = try ChildProcess.spawn(command.child)
            slots[index].state = .running(child, journal: journal, sinceNs: MonotonicClock.now)
            began(index, child)
            send(command.document, to: child, slot: slot)
            log.info("worker started", metadata: ["slot": "\(slot)", "pid": "\(child.pid)"])
            observe(.started(slot: slot, pid: child.pid))
        } catch {
            log.error("worker not started: \(error.description)", metadata: ["slot": "\(slot)"])
            slots[index].cause = .notStarted
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
            ended(index, by: status)
            let uptimeMs = Int64(clamping: (MonotonicClock.now - sinceNs) / 1_000_000)
            let metadata: Logger.Metadata = [
                "slot": "\(slot)", "pid": "\(child.pid)", "uptime_ms": "\(uptimeMs)",
            ]
            observe(.exited(slot: slot, status: status))
            if isServing {
                switch rolling.ended(slot: slot, status: status, nowMs: nowMs) {
                case .planned:
                    log.info("worker ended by \(status), for its turn", metadata: metadata)
                    slots[index].cause = .rolling
                    restart(index, afterMs: 0)
                    continue
                case .refused:
                    slots[index].state = .due(atNs: MonotonicClock.now)
                    let why = "its worker ended by \(status); its own last lines above say why"
                    if stopRolling(slot, rolling.giveUp(slot, why)) { continue }
                case .other: break
                }
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
                outcome.judgeStop(of: slot, status)
            }
        }
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
            board?.update(slot) { $0.process = .ended }
            log.error("\(reason)")
            observe(.slotStopped(slot: slot, reason: reason))
        case .stopAll(let code, let reason):
            slots[index].state = .ended
            outcome.fail(code, reason)
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

    // MARK: - One slot after the other

    private func restartAll(_ cause: String) {
        guard !rolling.isUnderWay else {
            log.notice("\(cause): once more, after the restart that is under way")
            return rolling.remember()
        }
        do throws(SwerveError) {
            try workers.renew()
        } catch {
            let reason = error.description
            log.error("\(cause): nothing is restarted, and the service goes on: \(reason)")
            return observe(.rollingStopped(slot: nil, reason: reason))
        }
        let numbers = openSlots
        log.notice(
            numbers.count == 1
                ? "\(cause): restarting slot \(numbers[0])"
                : "\(cause): restarting \(numbers.count) slots, one after the other")
        observe(.rolling(slots: numbers))
        act(on: rolling.begin(numbers, nowMs: nowMs))
    }

    /// Those that are not ended for good.
    private var openSlots: [Int] { slots.filter { !$0.isEnded }.map(\.number) }

    private func roll() {
        guard isServing else { return }
        if rolling.isUnderWay {
            let isScoring = rolling.awaited.map(isScoring) ?? false
            let action = rolling.turn(isScoring: isScoring, slots: openSlots, nowMs: nowMs)
            if let action { act(on: action) }
        }
        if rolling.takesUpRemembered() { restartAll("the request before") }
    }

    private func isScoring(_ slot: Int) -> Bool {
        guard case .running(let child, let journal, _) = slots[slot - first].state else {
            return false
        }
        return journal?.isScoring(process: child.pid) ?? false
    }

    private func act(on action: RollingRestart.Action) {
        switch action {
        case .end(let slot):
            observe(.renewing(slot: slot))
            let index = slot - first
            if let child = slots[index].child {
                signal(.terminate, child, slot: slot)
            } else {
                _ = rolling.ended(slot: slot, status: nil, nowMs: nowMs)
                slots[index].cause = .rolling
                restart(index, afterMs: 0)
            }
        case .kill(let slot):
            guard let child = slots[slot - first].child else { return }
            kill(child, slot: slot, "not stopped within \(settings.stopDeadlineMs) ms")
        case .finish(let count):
            log.notice(
                count == 1
                    ? "1 slot was restarted, and scores"
                    : "\(count) slots were restarted, and each of them scores")
            observe(.rolled(slots: count))
        case .giveUp(let slot, _): stopRolling(slot, action)
        }
    }

    /// Goes back to the configuration before, where another was taken up, and then starts `slot`
    /// by it; false where there is none to go back to.
    @discardableResult
    private func stopRolling(_ slot: Int, _ action: RollingRestart.Action) -> Bool {
        guard case .giveUp(_, let reason) = action else { return false }
        let isTakenBack = workers.takeBack()
        log.error("\(reason)")
        if isTakenBack {
            log.error("the configuration before holds again, and slot \(slot) is started by it")
        }
        observe(.rollingStopped(slot: slot, reason: reason))
        guard isTakenBack, openSlots.contains(slot) else { return false }
        act(on: rolling.begin([slot], nowMs: nowMs))
        return true
    }

    // MARK: - Stopping

    private func takeRequests() {
        let requests = requests.takeRequests()
        if requests.stepsLog { stepLog() }
        if let cause = requests.restart, requests.stops.isEmpty, isServing { restartAll(cause) }
        guard !requests.stops.isEmpty else { return }
        let wasServing = isServing
        if wasServing {
            let cause = requests.stops.joined(separator: " and ")
            log.notice("stopping on \(cause)")
            beginStop()
            observe(.stopping(cause: cause))
        }
        if !wasServing || requests.stops.count > 1 {
            killAll("asked to stop a second time")
        }
    }

    private func stepLog() {
        workers.stepLog()
        for slot in slots {
            if let child = slot.child { signal(.secondUser, child, slot: slot.number) }
        }
    }

    private func beginStop() {
        rolling.cancel()
        board?.stopping()
        managerWords.stopping(withinMs: settings.stopDeadlineMs)
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
            outcome.fail(
                WorkerExit.failure,
                "slot \(slot.number) was killed (\(why)); what it had not committed is scored again"
            )
            kill(child, slot: slot.number, why)
        }
    }

    private func kill(_ child: ChildProcess, slot: Int, _ why: String) {
        signal(.kill, child, slot: slot)
        log.error("killed: \(why)", metadata: ["slot": "\(slot)", "pid": "\(child.pid)"])
        observe(.killed(slot: slot))
    }

    private func signal(_ signal: ProcessSignal, _ child: ChildProcess, slot: Int) {
        do throws(SwerveError) {
            try child.terminate(signal)
        } catch {
            log.error("\(error.description)", metadata: ["slot": "\(slot)"])
        }
    }

    var nowMs: Int64 { Int64(clamping: MonotonicClock.now / 1_000_000) }
}
