import Inputs
import Kafka
import Lifecycle
import Platform

/// Joining, changes of assignment, stopping, and what goes wrong.
extension ScoringLoop {
    /// Waits until the control thread has something to serve; no group is joined before that.
    func waitForScorer() throws(SwerveError) {
        while !shared.signals.mayJoin, !shared.signals.isStopping {
            producer.serve(milliseconds: Self.startWaitMs, delivered: { _ in })
            try lookForProducerFaults()
        }
    }

    func openConsumer() throws(SwerveError) -> DataConsumer {
        let membership: GroupMembership =
            switch configuration.assignment {
            case .static:
                .static(instanceID: "\(configuration.group)-\(configuration.slot)")
            case .fixed: .fixed(slot: configuration.slot, total: configuration.total)
            }
        var settings = configuration.baseSettings.overlaid(
            with: KafkaSettings(configuration.kafkaConsumer))
        settings["group.id"] = configuration.group
        if configuration.isDevelopment { settings = settings.withDefaults(Self.developmentGroup) }
        return try DataConsumer(
            settings: settings, topic: configuration.topics.input, membership: membership,
            start: StartPosition(rawValue: configuration.start) ?? .earliest, listener: self,
            log: shared.log.kafka)
    }

    // MARK: - AssignmentListener

    package func assigned(_ partitions: [Int32]) {
        tracker.assigned(partitions)
        ticket = shared.gate.ask()
        let isFirst = isUnassigned
        isUnassigned = false
        if isFirst { pollGap.restart() }
        shared.board.update { board in
            board.partitions = partitions
            board.assignments += 1
        }
        shared.log.info(
            "partitions \(partitions.map(String.init).joined(separator: ", "))")
        if let beyond = partitions.max(), Int(beyond) >= shared.partitionCount {
            shared.fail(
                .restart(
                    SwerveError(
                        .refused,
                        act: "taking partition \(beyond) of \(configuration.topics.input)",
                        reason: "the topic grew beyond the \(shared.partitionCount) partitions of "
                            + "the start",
                        remedy: "give \(configuration.topics.output) as many")))
        }
    }

    package var isStopping: Bool { shared.signals.isStopping }

    package func revoking(_ partitions: [Int32]) {
        finishOutstanding()
        if let consumer { store(consumer) }
        leave()
    }

    package func lost(_ partitions: [Int32]) {
        shared.log.warning("the assignment was lost; what is out is not committed")
        leave()
    }

    private func leave() {
        tracker.unassigned()
        ticket = nil
        shared.board.update { $0.partitions = [] }
    }

    /// Newly assigned partitions are not scored before the control thread has caught up with the
    /// control topic's end as it stood at the assignment.
    ///
    /// False where a stop ended the wait: what was polled is then nobody's to score here, since a
    /// newer epoch may have scored the partition already.
    func isCaughtUp() -> Bool {
        guard let ticket else { return true }
        shared.gate.noteWaiting(for: ticket)
        while !shared.gate.isOpen(for: ticket) {
            guard !shared.signals.isStopping else { return false }
            producer.serve(
                milliseconds: Self.deliveryWaitMs, delivered: { tracker.delivered($0) })
        }
        self.ticket = nil
        return true
    }

    // MARK: - Finishing

    /// Stores what has become done; the commit follows in the background.
    func store(_ consumer: DataConsumer) {
        tracker.takeCompleted(into: &completed)
        consumer.store(completed)
        completed.removeAll(keepingCapacity: true)
        if let failure = tracker.failure {
            do throws(SwerveError) {
                // A missing right is told as one: to start again would not mend it.
                try lookForProducerFaults()
            } catch {
                shared.fail(error.code == .refused ? .refused(error) : .restart(error))
            }
            shared.fail(
                .restart(
                    SwerveError(
                        .system, act: "producing to \(configuration.topics.output)",
                        reason: failure,
                        remedy: "nothing behind it is committed; it is scored again")))
        }
    }

    /// Finishes what is out, stores and commits it; the consumer's close commits once more.
    func drain(_ consumer: DataConsumer) {
        finishOutstanding()
        store(consumer)
        if !tracker.isIdle {
            shared.log.warning(
                "\(tracker.outstandingCount) predictions were not acknowledged within "
                    + "\(configuration.drainMs) ms; their requests are scored again")
        }
    }

    private func finishOutstanding() {
        let deadline = drainDeadline.begin(
            at: MonotonicClock.now, isStopping: shared.signals.isStopping)
        while tracker.outstandingCount > 0, tracker.failure == nil, MonotonicClock.now < deadline {
            producer.serve(
                milliseconds: Self.deliveryWaitMs, delivered: { tracker.delivered($0) })
        }
    }

    // MARK: - Faults

    func handle(_ fault: ConsumerFault) throws(SwerveError) {
        let act = "consuming \(configuration.topics.input) [\(fault.partition)]"
        switch fault.fault.meaning {
        case .nothing: break
        case .passing: shared.log.passing("\(act): \(fault.fault.text)")
        case .offsetGone:
            throw SwerveError(
                .refused, act: act,
                reason: "the next offset is gone from the topic: \(fault.fault.text)",
                remedy: "records were lost before they were scored; set the group's offsets anew")
        case .missing:
            // A broker that starts or stops says so of every topic.
            shared.log.passing("\(act): \(fault.fault.text)")
            consumer?.doubtTopic()
        case .denied: throw fault.fault.error(act, rights: consumer?.rights ?? [])
        case .fenced: supersede(fault.fault.text)
        case .broken:
            if let cause = consumer?.fatalFault, cause.meaning == .fenced {
                return supersede(cause.text)
            }
            throw SwerveError(.system, act: act, reason: fault.fault.text)
        case .final:
            throw SwerveError(
                .refused, act: act, reason: fault.fault.text,
                remedy: "records there cannot be read; check topic and settings")
        }
    }

    /// Faults of whole handles, a few times a second.
    func lookForFaults(_ consumer: DataConsumer) throws(SwerveError) {
        let now = MonotonicClock.now
        guard now &- faultsLookedAt > Self.faultsEveryNs else { return }
        faultsLookedAt = now
        try consumer.checkAssignment()
        for fault in consumer.takeFaults() { try judge(fault, rights: consumer.rights) }
        try lookForProducerFaults()
        guard consumer.isTopicGone() else { return }
        throw SwerveError(
            .refused, act: "consuming \(configuration.topics.input)",
            reason: "the brokers do not have the topic any more",
            remedy: "make it with swerve topics create, or correct topics.input")
    }

    private func lookForProducerFaults() throws(SwerveError) {
        for fault in producer.takeFaults() { try judge(fault, rights: producer.rights) }
    }

    /// What is passing a handle tells itself.
    private func judge(_ fault: KafkaFault, rights: [KafkaRight]) throws(SwerveError) {
        let act = "talking to \(configuration.baseSettings.bootstrap)"
        switch fault.meaning {
        case .fenced: supersede(fault.text)
        case .denied: throw fault.error(act, rights: rights)
        case .nothing, .passing, .missing, .offsetGone, .broken, .final:
            throw SwerveError(.system, act: act, reason: fault.text)
        }
    }

    private func supersede(_ text: String) {
        shared.fail(
            .superseded(
                "slot \(configuration.slotID) is taken by another process: \(text); check "
                    + "slots.first and slots.total"))
    }

    // MARK: - Counting

    func count(_ set: ServingSet, _ tally: BatchTally) {
        let stable = set.stable.deployed.version
        let canary = set.candidate?.deployed.version
        let stableCount = tally.stable.produced
        let canaryCount = tally.candidate.produced
        shared.board.update { board in
            board.records += stableCount + canaryCount + deadCount
            board.deadLetters += deadCount
            if stableCount > 0 { board.byVersion[stable, default: 0] += stableCount }
            if let canary, canaryCount > 0 { board.byVersion[canary, default: 0] += canaryCount }
            board.ledger.add(tally)
        }
    }

    func notePollGap() {
        let gap = pollGap.current
        guard gap > 0 else { return }
        shared.board.update { board in
            board.pollGapNs = max(board.pollGapNs, gap)
            board.pollGapMaxNs = max(board.pollGapMaxNs, gap)
        }
    }

    /// The development broker lets a group wait for the session timeout whenever a member comes or
    /// goes, so it is kept short there.
    private static let developmentGroup = [
        "session.timeout.ms": "6000", "heartbeat.interval.ms": "500",
    ]
    static let batchRecords = 1_000
    static let batchesOut = 64
    static let deliveryWaitMs: Int32 = 1
    static let startWaitMs: Int32 = 20
    private static let faultsEveryNs: UInt64 = 100_000_000
}
