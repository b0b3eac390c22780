package import Kafka
package import Lifecycle
import Platform

/// What goes wrong with the handles of the stream, and what follows from it for the worker.
///
/// Poll thread only. What is passing is told and goes by; what ends the worker is thrown, or where
/// another process has taken its place, noted as that.
package final class StreamFaults {
    private let configuration: WorkerConfiguration
    private let shared: WorkerShared
    private let producer: any StreamProducer
    private let owner = ThreadOwner()
    private var lookedAt: UInt64 = 0
    /// Of exactly-once delivery; whoever owns them keeps them.
    package weak var transactions: TransactionRunner?
    /// Whose place in the group is asked for; whoever owns it keeps it.
    package weak var consumer: (any StreamConsumer)?

    package init(
        configuration: WorkerConfiguration, shared: WorkerShared, producer: any StreamProducer
    ) {
        self.configuration = configuration
        self.shared = shared
        self.producer = producer
    }

    /// Judges what the consumer handed over in the place of a record.
    package func judge(
        _ fault: ConsumerFault, of consumer: any StreamConsumer
    ) throws(SwerveError) {
        owner.assertCurrent()
        let act = "consuming \(configuration.topics.input) [\(fault.partition)]"
        switch fault.fault.meaning {
        case .nothing: break
        case .passing: shared.log.passing("\(act): \(fault.fault.text)")
        case .offsetGone:
            throw SwerveError(
                .refused, act: act,
                reason: "the next offset is gone from the topic: \(fault.fault.text)",
                remedy: "records were lost before they were scored, or the topic was made anew; "
                    + "set the group's offsets with kafka-consumer-groups")
        case .missing:
            // A broker that starts or stops says so of every topic.
            shared.log.passing("\(act): \(fault.fault.text)")
            consumer.doubtTopic()
        case .denied: throw fault.fault.error(act, rights: consumer.rights)
        case .fenced: fenced(fault.fault.text, consumer)
        case .broken:
            if let cause = consumer.fatalFault, cause.meaning == .fenced {
                return fenced(cause.text, consumer)
            }
            throw SwerveError(.system, act: act, reason: fault.fault.text)
        case .final:
            throw SwerveError(
                .refused, act: act, reason: fault.fault.text,
                remedy: "records there cannot be read; check topic and settings")
        }
    }

    /// Looks for faults of whole handles, a few times a second however often it is called.
    ///
    /// - Parameter now: monotonic nanoseconds.
    package func look(
        at consumer: any StreamConsumer, now: UInt64 = MonotonicClock.now
    ) throws(SwerveError) {
        owner.assertCurrent()
        guard now &- lookedAt > Self.everyNs else { return }
        lookedAt = now
        // A member that lost its place inside an assignment could not take that up either.
        if let cause = consumer.fatalFault, cause.meaning == .fenced {
            return fenced(cause.text, consumer)
        }
        try consumer.checkAssignment()
        for fault in consumer.takeFaults() {
            if fault.meaning == .fenced { return fenced(fault.text, consumer) }
            try judge(fault, rights: consumer.rights)
        }
        try lookAtProducer()
        guard consumer.isTopicGone() else { return }
        throw SwerveError(
            .refused, act: "consuming \(configuration.topics.input)",
            reason: "the brokers do not have the topic any more",
            remedy: "make it with swerve topics create, or correct topics.input")
    }

    /// What broke the producer for good comes first, then that it is fenced: other faults follow
    /// from these.
    package func lookAtProducer() throws(SwerveError) {
        owner.assertCurrent()
        let faults = producer.takeFaults()
        let fatal = producer.fatalFault.map { [$0] } ?? []
        if let transactions, let fence = (fatal + faults).first(where: { $0.meaning == .fenced }) {
            // The coordinator fences a transaction that outlived its time as well.
            transactions.fenced(fence.text)
            end(transactions.delivery.ending)
            return
        }
        for fault in faults { try judge(fault, rights: producer.rights) }
    }

    /// Why a delivery failed: a missing right is told as one, and not as that.
    package func cause(ofFailedDelivery reason: String) -> SwerveError {
        do throws(SwerveError) {
            try lookAtProducer()
        } catch {
            return error
        }
        return SwerveError(
            .system, act: "producing to \(configuration.topics.output)", reason: reason,
            remedy: "nothing behind it is committed; it is scored again")
    }

    /// A transaction ended in another way than by its commit; nil where none did.
    ///
    /// - Returns: whether one did.
    @discardableResult
    package func end(_ ending: TransactionalDelivery.Ending?) -> Bool {
        owner.assertCurrent()
        switch ending {
        case nil: return false
        case .fenced(let words): fenced(words)
        case .outlived(let error):
            guard !isReplaced() else { break }
            failed(error)
        case .failed(let error): failed(error)
        }
        return true
    }

    /// Another process took the transactional id.
    ///
    /// Of a dynamic member no group says whose slot it is; the other process does, while it lives.
    /// One that came and went leaves the slot to this one, whose next worker takes the id again.
    private func fenced(_ words: String) {
        guard configuration.assignment == .dynamic, !shared.isRivalPresent else {
            return supersede(words)
        }
        failed(
            SwerveError(
                .unavailable, act: "keeping the transactional id of slot \(configuration.slotID)",
                reason: "\(words); the process that took it is not heard of any more",
                remedy: "a new worker takes it again"))
    }

    /// A stop does not fail for what a new process heals.
    package func failed(_ error: SwerveError) {
        // The first reason counts.
        guard shared.failure == nil else { return }
        if shared.signals.isStopping, error.isRetryable {
            shared.log.warning("\(error.description)")
        } else {
            shared.fail(error)
        }
    }

    /// Whether another process has taken the member's place, as the brokers say; noted where one
    /// has.
    ///
    /// Asks until they answer, a minute at most, or until a stop: a process that ends without their
    /// word would take the slot from whoever has it now. What is out is served meanwhile.
    ///
    /// - Parameter patienceMs: how long to ask.
    @discardableResult
    package func isReplaced(patienceMs: Int = StreamFaults.placeMs) -> Bool {
        owner.assertCurrent()
        guard let consumer else { return false }
        switch place(of: consumer, patienceMs: patienceMs) {
        // This one has not asked to join again yet.
        case .replaced(let words), .doubtful(let words):
            supersede(words)
            return true
        case .free, .unlisted, .unknown, nil: return false
        }
    }

    /// What the brokers say of the member's place, once they say it; nil for a stop.
    ///
    /// That nobody lists the group is an answer only where it stays so.
    private func place(of consumer: any StreamConsumer, patienceMs: Int) -> MemberStanding? {
        let deadline = Deadline(afterMs: patienceMs)
        let unlisted = Deadline(afterMs: min(patienceMs, Self.unlistedMs))
        while !shared.signals.isStopping {
            let standing = consumer.standing(
                timeoutMs: max(1, min(Self.askMs, deadline.pollTimeoutMs)))
            switch standing {
            case .unlisted: if unlisted.hasPassed { return .free }
            case .unknown(let error):
                guard error.isRetryable, !deadline.hasPassed else { return standing }
                shared.log.passing(error.description)
            case .free, .replaced, .doubtful: return standing
            }
            producer.serve(milliseconds: Self.pauseMs)
        }
        return nil
    }

    /// The same of a member that was fenced: where it may have been by its own return, once the
    /// session is over of whoever has the place.
    private func placeOfFenced(
        _ consumer: any StreamConsumer, _ text: String
    ) -> MemberStanding? {
        let sessionMs = ConsumerSettings.sessionMs(configuration.consumerSettings)
        var doubt = PlaceDoubt(sessionMs: sessionMs)
        while let standing = place(of: consumer, patienceMs: Self.placeMs) {
            switch doubt.heard(standing, at: MonotonicClock.now) {
            case .settled(let standing): return standing
            case .askAgain(let isNews):
                if isNews {
                    shared.log.warning(
                        "\(text); its place is under an id that this process was not told, maybe "
                            + "its own of a join whose answer was lost: waiting up to "
                            + "\(sessionMs / 1_000) s, the session timeout, for it to be free")
                }
                producer.serve(milliseconds: Self.pauseMs)
            }
        }
        return nil
    }

    /// The group has fenced this member: by another process, or by the member's own return.
    ///
    /// A commit that was on its way when the brokers forgot the member may reach them after it has
    /// joined again, under the id that it had before; or the answer to its join is lost, and with
    /// it the id that it has now. The handle is of no use then, but the place is still this slot's.
    private func fenced(_ text: String, _ consumer: any StreamConsumer) {
        guard shared.failure == nil else { return }
        guard case .free? = placeOfFenced(consumer, text) else { return supersede(text) }
        failed(
            SwerveError(
                .unavailable, act: "keeping the place of slot \(configuration.slotID)",
                reason: "\(text); no other process has it",
                remedy: "a new worker takes the place up again"))
    }

    /// A delivery failed for good: nothing behind it is committed, and a new process begins there.
    package func deliveryFailed(_ reason: String) {
        // To start again would not mend a missing right.
        shared.fail(cause(ofFailedDelivery: reason))
    }

    /// What is passing a handle tells itself.
    private func judge(_ fault: KafkaFault, rights: [KafkaRight]) throws(SwerveError) {
        let act = "talking to \(configuration.baseSettings.bootstrap)"
        switch fault.meaning {
        case .fenced: supersede(fault.text)
        case .denied: throw fault.error(act, rights: rights)
        case .final: throw SwerveError(.refused, act: act, reason: fault.text)
        case .nothing, .passing, .missing, .offsetGone, .broken:
            throw SwerveError(.system, act: act, reason: fault.text)
        }
    }

    private func supersede(_ text: String) {
        shared.fail(
            .superseded(
                "slot \(configuration.slotID) is taken by another process: \(text); check "
                    + "slots.first and slots.total"))
    }

    private static let everyNs: UInt64 = 100_000_000
    /// As long as for committed offsets at an assignment.
    private static let placeMs = 60_000
    private static let askMs: Int32 = 1_000
    /// Longer than a coordinator takes to move.
    private static let unlistedMs = 10_000
    private static let pauseMs: Int32 = 100
}
