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
                remedy: "records were lost before they were scored; set the group's offsets anew")
        case .missing:
            // A broker that starts or stops says so of every topic.
            shared.log.passing("\(act): \(fault.fault.text)")
            consumer.doubtTopic()
        case .denied: throw fault.fault.error(act, rights: consumer.rights)
        case .fenced: supersede(fault.fault.text)
        case .broken:
            if let cause = consumer.fatalFault, cause.meaning == .fenced {
                return supersede(cause.text)
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
            return supersede(cause.text)
        }
        try consumer.checkAssignment()
        for fault in consumer.takeFaults() { try judge(fault, rights: consumer.rights) }
        try lookAtProducer()
        guard consumer.isTopicGone() else { return }
        throw SwerveError(
            .refused, act: "consuming \(configuration.topics.input)",
            reason: "the brokers do not have the topic any more",
            remedy: "make it with swerve topics create, or correct topics.input")
    }

    package func lookAtProducer() throws(SwerveError) {
        owner.assertCurrent()
        for fault in producer.takeFaults() {
            guard fault.meaning == .fenced, let transactions else {
                try judge(fault, rights: producer.rights)
                continue
            }
            // The coordinator fences a transaction that outlived its time as well.
            transactions.fenced(fault.text)
            end(transactions.delivery.ending)
        }
    }

    /// A transaction ended in another way than by its commit; nil where none did.
    ///
    /// - Returns: whether one did.
    @discardableResult
    package func end(_ ending: TransactionalDelivery.Ending?) -> Bool {
        owner.assertCurrent()
        switch ending {
        case nil: return false
        case .fenced(let words): supersede(words)
        case .failed(let error): shared.fail(error)
        }
        return true
    }

    /// A delivery failed for good: nothing behind it is committed, and a new process begins there.
    package func deliveryFailed(_ reason: String) {
        do throws(SwerveError) {
            // A missing right is told as one: to start again would not mend it.
            try lookAtProducer()
        } catch {
            shared.fail(error)
        }
        shared.fail(
            .restart(
                SwerveError(
                    .system, act: "producing to \(configuration.topics.output)", reason: reason,
                    remedy: "nothing behind it is committed; it is scored again")))
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
}
