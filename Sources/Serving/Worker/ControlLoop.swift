import Kafka
import Lifecycle
import Platform

/// The control thread: reads the control topic, decides what to load, and reports.
///
/// Owns the control consumer (a handle of its own, assigned, no group, no commits) and the status
/// producer. Nothing it does waits for the data, so lag never delays a promotion.
final class ControlLoop {
    private let owner = ThreadOwner()
    private let configuration: WorkerConfiguration
    private let shared: WorkerShared
    private let incarnation: StatusRecord.Incarnation
    private let runner: VersionRunner
    private let trust: TrustKeeper?
    /// By which state of the trust file the topic was heard.
    private var heardGeneration: Int
    private var replay = Replay.due(isAgain: false)
    private let reader: TopicReader
    private let taker: SnapshotTaker
    /// Taken with the last heartbeat.
    private var snapshot: WorkerSnapshot?
    private let reporter: StatusReporter
    /// As the topic is known to have them; the reporter says which one the slot's words are in.
    private var status: StatusPartitions
    private let ledger: LedgerWriter
    private var catchUp: (ticket: Int, end: Int64)?
    private var topicsMadeAnew = 0
    private var needsReport = false
    /// News is told at once, but not as often as strangers can make news.
    private var reports = EventBudget(burst: 20, everyNs: 100_000_000)
    /// What the topic says of this slot.
    private var words: SlotWords
    /// Of the slot's place at the brokers; nil for a member of a group, whose place the group keeps
    /// and fences, and on the development broker, which keeps no places.
    private let keeper: SlotKeeper?
    private var growth: InputGrowth
    private var served: ServedInputKeeper?
    private var inputListedAt = MonotonicClock.now
    private var sentAt: UInt64 = 0
    private var isToldWaiting = false
    private var upkeep = MemoryUpkeep()

    init(
        configuration: WorkerConfiguration, shared: WorkerShared, _ parts: Parts
    ) throws(SwerveError) {
        self.configuration = configuration
        self.shared = shared
        incarnation = parts.incarnation
        trust = parts.trust
        heardGeneration = trust?.generation ?? 0
        words = SlotWords(
            configuration.slotID, own: incarnation.id,
            trust: trust?.heartbeats(of: configuration.topics.status))
        let isKept = configuration.assignment == .fixed && !configuration.isDevelopment
        keeper =
            isKept
            ? SlotKeeper(
                SlotClaim(
                    settings: configuration.baseSettings, slot: configuration.slotID,
                    topic: configuration.topics.status, log: shared.log.kafka), log: shared.log)
            : nil
        // Another reader of the file tells what is wrong with it.
        served = try configuration.servedInputFile().map { ServedInputKeeper($0, log: { _ in }) }
        growth = InputGrowth(of: configuration.topics, known: shared.partitionCount)
        taker = SnapshotTaker(
            configuration: configuration, incarnation: incarnation, board: shared.board,
            slot: shared.slot)
        ledger = LedgerWriter(
            configuration: configuration, incarnation: incarnation, queue: shared.ledger,
            log: shared.log)
        runner = VersionRunner(
            manager: parts.manager, slot: shared.slot, queue: shared.queue, loader: parts.loader,
            file: parts.memory, log: shared.log)
        // Of a group that is whoever is alive, those that have a partition.
        let slots = configuration.total ?? shared.partitionCount
        status = StatusPartitions(count: shared.statusPartitionCount)
        let partition = status.partition(of: configuration.slotID)
        reader = try TopicReader(
            settings: configuration.readerSettings,
            partitions: [
                (configuration.topics.control, 0, .beginning),
                (
                    configuration.topics.status, partition,
                    .tail(Int64(max(slots / status.count, 4)) * Self.wordsPerSlot)
                ),
            ], waitsForTopics: true, waker: shared.controlWaker, log: shared.log.kafka)
        do throws(SwerveError) {
            reporter = try StatusReporter(
                configuration: configuration, partition: partition, signer: parts.heartbeatSigner,
                log: shared.log)
        } catch {
            reader.close()
            throw error
        }
    }

    /// The thread's body; returns once the poll thread has ended.
    func run() {
        owner.assertCurrent()
        while shared.controlEnding == nil { turn() }
        runner.stop()
        keepInput(isLast: true)
        ledger.turn(serving: runner.manager.serving, through: reporter)
        if let ended = shared.controlEnding?.lastWord {
            reporter.send(takeSnapshot(at: MonotonicClock.now), ended: ended)
        }
        let isHeard = reporter.close(shared, incarnation: incarnation.id)
        reader.close(isProcessEnding: !isHeard)
        keeper?.close()
    }

    /// Looks after the slot's place, and ends the worker where the brokers gave it away.
    private func keepPlace() {
        guard let keeper else { return }
        let now = MonotonicClock.now
        let loss = keeper.turn(at: now) {
            reporter.claimWord(snapshot ?? takeSnapshot(at: now))
        }
        guard let loss else { return }
        shared.fail(
            .superseded(
                "slot \(configuration.slotID) is taken by another process: \(loss); check "
                    + "slots.first and slots.total"))
    }

    /// Reading the control topic to its end: before anything is joined, and again from its
    /// beginning after each change of what is trusted.
    private enum Replay {
        /// The end, as it stands then, is to be asked for, again and again while brokers are away.
        case due(isAgain: Bool)
        case until(Int64)
        case done
    }

    private func goOnReplaying() {
        let topic = configuration.topics.control
        switch replay {
        case .due(let isAgain):
            do throws(SwerveError) {
                let end =
                    try isAgain
                    ? reader.readAgain(topic, timeoutMs: Self.endTimeoutMs)
                    : reader.end(of: topic, timeoutMs: Self.endTimeoutMs)
                if isAgain { runner.trustChanged() }
                replay = .until(end)
            } catch {
                guard error.isRetryable else { return shared.fail(error) }
                shared.log.passing(error.description)
            }
        case .until(let end):
            guard reader.position(of: topic) >= end else { return }
            replay = .done
            runner.replayed()
        case .done: break
        }
    }

    private func turn() {
        goOnReplaying()
        poll()
        shared.log.lookForAnswers(at: MonotonicClock.now)
        runner.turn()
        ledger.turn(serving: runner.manager.serving, through: reporter)
        tellWaiting()
        keepPlace()
        if runner.manager.serving != nil, keeper?.mayJoin(at: MonotonicClock.now) ?? true {
            shared.signals.allowJoin()
        }
        answerCatchUp()
        heartbeat()
    }

    /// Until the poll thread serves, the phase says whether there is anything to serve.
    private func tellWaiting() {
        guard runner.isAwaiting != isToldWaiting else { return }
        isToldWaiting = runner.isAwaiting
        shared.board.update { [isToldWaiting] board in
            guard board.phase == .starting || board.phase == .waiting, board.held == nil else {
                return
            }
            board.phase = isToldWaiting ? .waiting : .starting
        }
    }

    private func poll() {
        do throws(SwerveError) {
            var records: [TopicRecord] = []
            // Before the stream is joined, there is much that nobody wakes this thread for.
            let isJoined = shared.signals.mayJoin
            try reader.poll(
                milliseconds: isJoined ? Self.restMs : Self.pollMs, atMost: Self.recordsATurn
            ) { records.append($0) }
            for record in records {
                if record.topic == configuration.topics.control {
                    runner.heard(key: record.key, value: record.value, trust: trust(in: record))
                } else {
                    watchSlot(record)
                }
            }
        } catch {
            shared.fail(error)
        }
        guard topicsMadeAnew != reader.topicsMadeAnew else { return }
        // A topic that was made anew ends elsewhere than the one that was waited for.
        topicsMadeAnew = reader.topicsMadeAnew
        catchUp = nil
        words.beginAgain()
        if case .until = replay { replay = .due(isAgain: false) }
    }

    /// How a record on the topic is judged: by its very bytes, its header and its time.
    private func trust(in heard: TopicRecord) -> DeploymentTracker.Trust? {
        guard let trust, let value = heard.value else { return nil }
        let announcement = Announcement(
            value: value, signature: heard.headers[RecordSignature.header])
        return { () throws(SwerveError) in
            try trust.believe(announcement, key: heard.key, appended: heard.timestamp)
        }
    }

    /// Follows the trust file, and hears the topic again once it has changed: a key may reach the
    /// workers later than what it signed.
    private func followTrust() {
        guard let trust else { return }
        trust.refresh()
        guard trust.generation != heardGeneration else { return }
        heardGeneration = trust.generation
        words.trust = trust.heartbeats(of: configuration.topics.status)
        if case .due = replay { return }
        replay = .due(isAgain: true)
    }

    /// Another process in this slot is told; only a broker's word ends either of the two.
    ///
    /// Behind that word anybody's counts: of two that fence each other, one has to give way.
    private func watchSlot(_ record: TopicRecord) {
        guard let heard = words.other(in: record, nowMs: WallClock.nowMs) else { return }
        let isLast = heard.counts && heard.status.ended != nil
        shared.heardRival(at: MonotonicClock.now, isLast: isLast)
        keeper?.heardRival()
        guard heard.counts,
            let other = words.rivals.heard(heard.status.incarnation, at: MonotonicClock.now)
        else { return }
        shared.log.ofStrangers(
            "another process says that it serves slot \(configuration.slotID): pid \(other.pid) "
                + "on \(other.host.shortened(to: 80)); if it is one of yours, \(rivalRemedy)")
        needsReport = true
    }

    private var rivalRemedy: String {
        if configuration.assignment == .dynamic, configuration.delivery == .atLeastOnce {
            return
                "give each of the two services slots of its own (slots.first, slots.total): both "
                + "are members of the group and share its partitions, but speak as one slot"
        }
        guard configuration.assignment == .fixed, keeper?.isHeld != true else {
            return "check slots.first and slots.total; this one goes on until the broker gives its "
                + "place away"
        }
        // The development broker keeps no places, and others may not let us have one.
        return "stop one of the two services, or give each slots of its own (slots.first, "
            + "slots.total): no broker ends either of them, and both score the slot's records"
    }

    /// Looks whether input or status have got more partitions, and whether there is a ledger now,
    /// every few seconds; brokers that are away are told elsewhere.
    private func watchTopics(at now: UInt64) {
        guard now &- inputListedAt >= Self.listingNs else { return }
        inputListedAt = now
        let topics = configuration.topics
        let names = [topics.input, topics.output, topics.status] + ledger.awaited
        guard let counts = try? reader.partitionCounts(of: names, timeoutMs: Self.listingMs)
        else { return }
        if let denial = reader.denial(of: topics.input, in: counts, configuration.rights) {
            return shared.fail(denial)
        }
        ledger.listed(counts)
        takeUp(StatusPartitions(count: counts[configuration.topics.status] ?? 0))
        switch growth.listed(counts) {
        case .servable(let partitions): shared.servablePartitionCount = partitions
        case .behind(let error): shared.log.warning(error.description)
        case nil: break
        }
    }

    /// The status topic has grown: the slot's words go to where everybody looks for them now.
    ///
    /// Until then the slot looks unheard to whoever counts the partitions anew.
    private func takeUp(_ grown: StatusPartitions) {
        guard grown.count > status.count else { return }
        let topic = configuration.topics.status
        let (old, new) = (reporter.partition, grown.partition(of: configuration.slotID))
        do throws(SwerveError) {
            if new != old {
                try reader.read(new, of: topic, insteadOf: old, timeoutMs: Self.listingMs)
                try reporter.move(to: new, timeoutMs: Self.listingMs)
            }
            status = grown
            needsReport = true
            shared.log.info(
                "\(topic) has \(grown.count) partitions now: this slot's words are in "
                    + "partition \(new)")
        } catch {
            // Tried again with the next look.
            shared.log.passing(error.description)
        }
    }

    private func keepInput(isLast: Bool = false) {
        do throws(SwerveError) {
            try served?.turn(
                shared.marks.marks, partitions: shared.servablePartitionCount, isLast: isLast,
                at: MonotonicClock.now)
        } catch {
            // Of the state folder: no broker is asked for anything.
            shared.log.ofMachine(
                "\(error.description); until then nobody can tell after a restart whether the "
                    + "input was made anew")
        }
    }

    private func answerCatchUp() {
        if catchUp == nil, let ticket = shared.gate.pending {
            do throws(SwerveError) {
                let end = try reader.end(
                    of: configuration.topics.control, timeoutMs: Self.endTimeoutMs)
                catchUp = (ticket, end)
            } catch {
                guard error.isRetryable else { return shared.fail(error) }
                shared.log.passing(error.description)
            }
        }
        guard let waiting = catchUp,
            reader.position(of: configuration.topics.control) >= waiting.end,
            runner.manager.isSettled
        else { return }
        catchUp = nil
        shared.gate.answer(waiting.ticket)
        needsReport = true
    }

    private func heartbeat() {
        reporter.serve()
        let (isNews, ignored) = runner.takeNews()
        taker.noteIgnored(ignored.count, last: ignored.last)
        needsReport = needsReport || isNews
        let now = MonotonicClock.now
        guard now &- sentAt >= Self.heartbeatNs || needsReport && reports.take(at: now) else {
            return
        }
        needsReport = false
        sentAt = now
        followTrust()
        watchTopics(at: now)
        runner.writeAgain()
        keepInput()
        let snapshot = takeSnapshot(at: now)
        reporter.send(snapshot)
        let isServing = snapshot.serving != nil
        for act in upkeep.turn(records: snapshot.records, isServing: isServing, now: now) {
            act.carryOut()
        }
    }

    /// The one place where the state of the worker is taken.
    private func takeSnapshot(at now: UInt64) -> WorkerSnapshot {
        let taken = taker.take(
            SnapshotTaker.Control(
                manager: runner.manager, trustFault: trust?.fault, earlier: words.earlier,
                rival: words.rivals.present(at: now), inputPartitions: growth.inputPartitions,
                hasBrokers: shared.log.brokersAwaySince == nil))
        snapshot = taken
        return taken
    }

    /// Between two looks at heartbeat and stop, whatever strangers write.
    private static let recordsATurn = 1_000
    private static let pollMs: Int32 = 10
    /// What the other threads have for this one wakes it (`WorkerShared.controlWaker`).
    private static let restMs: Int32 = 100
    /// Short, since a stop waits for it; asked again with the next turn.
    private static let endTimeoutMs: Int32 = 2_000
    /// Of the status topic's past: about a minute of a fleet's heartbeats.
    ///
    /// Less where other fleets share the topic. What lies further back is not told.
    private static let wordsPerSlot: Int64 = 64
    private static let listingNs: UInt64 = 5_000_000_000
    private static let listingMs: Int32 = 1_000
    private static let heartbeatNs: UInt64 = 1_000_000_000
}
