import CRdKafka
import Lifecycle
import Platform

/// A producer for a registry's announcements, under the registry's transactional id: of two
/// processes that announce for one registry, the brokers take nothing from the older one.
///
/// Blocking; one thread. Each call is given its time, and what it began within that time and did
/// not end is taken back by the coordinator, or by the next one that takes the id.
///
/// Needs the right to write under that transactional id.
@safe
final class AnnouncementProducer {
    private let handle: KafkaHandle
    private let destination: OpaquePointer
    private let id: String
    private let topic: String
    private let outcome = DeliveryOutcome()
    /// Whether the id was taken.
    private(set) var isTaken = false

    /// After which the coordinator ends a transaction by itself.
    ///
    /// As long as one is open, nobody reads the topic's later records who reads what is committed.
    static let transactionMs = 10_000

    /// - Parameter registry: its id.
    init(
        settings: KafkaSettings, topic: String, registry: String, timeoutMs: Int32,
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        id = settings.names.announcer(of: registry)
        self.topic = topic
        var settings = settings.withDefaults(["linger.ms": "0"])
        settings["transactional.id"] = id
        settings["transaction.timeout.ms"] = "\(Self.transactionMs)"
        settings["message.timeout.ms"] = "\(min(Int(timeoutMs), Self.transactionMs))"
        settings["enable.idempotence"] = "true"
        settings["acks"] = "all"
        settings["allow.auto.create.topics"] = "false"
        let outcome = outcome
        handle = try KafkaHandle.reportingProducer(settings, log: log)
        guard let destination = unsafe rd_kafka_topic_new(handle.raw, topic, nil) else {
            handle.destroy()
            throw SwerveError(.system, act: "writing to \(topic)", reason: "no topic handle")
        }
        unsafe self.destination = destination
        handle.context.onDelivery = { code, offset, _ in outcome.take(code, offset) }
    }

    /// Waits until any broker answers.
    func find(timeoutMs: Int32) throws(SwerveError) {
        try handle.find("asking for the end of \(topic)", timeoutMs: timeoutMs)
    }

    /// The offset after the last record, as the broker has it now; connects to the topic's leader.
    func end(timeoutMs: Int32) throws(SwerveError) -> Int64 {
        try handle.bounds(of: topic, partition: 0, timeoutMs: timeoutMs, rights: rights).end
    }

    func isDevelopmentBroker(timeoutMs: Int32) throws(SwerveError) -> Bool {
        try handle.isDevelopmentBroker(timeoutMs: timeoutMs)
    }

    // MARK: - The transactional id

    /// Takes the id: whoever had it is fenced, and its open transaction is aborted.
    func take(timeoutMs: Int32) throws(SwerveError) {
        guard !isTaken else { return }
        let act = "taking the right to announce (transactional id \(id))"
        let answer = unsafe answer(act, until: Deadline(afterMs: Int(timeoutMs))) {
            unsafe rd_kafka_init_transactions(handle.raw, $0)
        }
        switch answer {
        case .done: isTaken = true
        case .passing(let error), .needsAbort(let error):
            throw SwerveError(
                .unavailable, act: act, reason: error.reason,
                remedy: "look whether the brokers keep transactions (the topic __transaction_state)"
            )
        case .fenced(let words): throw SwerveError(.unavailable, act: act, reason: words)
        case .broken(let error): throw error
        }
    }

    // MARK: - Publishing

    /// Writes records in one transaction; only behind `take`.
    ///
    /// What was taken back for a reason that passes, as a leader that moves or a topic that was
    /// made a moment ago, is tried again within `timeoutMs`.
    /// - Throws: where nothing was written, or where that is not known: then it is `.unavailable`.
    ///   The producer is of no more use then.
    func publish(
        _ announcements: [KeyedAnnouncement], timeoutMs: Int32
    ) throws(SwerveError) -> Published {
        let keys = announcements.map(\.key).joined(separator: ", ").shortened(to: 200)
        let act = "publishing \(keys) on \(topic)"
        let deadline = Deadline(afterMs: Int(timeoutMs))
        while true {
            switch transaction(announcements, act, deadline) {
            case .done: return .published(outcome.lastOffset)
            case .passing(let error): throw error
            case .broken(let error): throw refusal(act) ?? error
            case .fenced(let words): return .overtaken(words)
            case .needsAbort(let error):
                let aborted = unsafe answer(act, until: Deadline(afterMs: Self.abortMs)) {
                    unsafe rd_kafka_abort_transaction(handle.raw, $0)
                }
                // Who is fenced may hear of it as late as here.
                if case .fenced(let words) = aborted { return .overtaken(words) }
                let cause = refusal(act) ?? error
                let isPassing = cause.isRetryable || cause.code == .notFound
                guard isPassing, aborted == .done, !deadline.hasPassed else { throw cause }
                handle.serve(milliseconds: min(Self.pauseMs, deadline.pollTimeoutMs))
            }
        }
    }

    private func transaction(
        _ announcements: [KeyedAnnouncement], _ act: String, _ deadline: Deadline
    ) -> TransactionAnswer {
        outcome.reset()
        var answer = unsafe answer(act, until: deadline) { _ in
            unsafe rd_kafka_begin_transaction(handle.raw)
        }
        if answer == .done { answer = produce(announcements, act) }
        guard answer == .done else { return answer }
        return unsafe self.answer(act, until: deadline) {
            unsafe rd_kafka_commit_transaction(handle.raw, $0)
        }
    }

    enum Published: Sendable, Equatable {
        /// With the offset of the last record.
        case published(Int64)
        /// Another process has taken the id, and nothing was written; this producer is of no more
        /// use.
        case overtaken(String)
    }

    private func produce(
        _ announcements: [KeyedAnnouncement], _ act: String
    ) -> TransactionAnswer {
        for entry in announcements {
            let signature = entry.announcement.signature
            let code = unsafe HeadedRecord(
                key: Array(entry.key.utf8), value: entry.announcement.value,
                headers: signature.map { [(RecordSignature.header, $0)] } ?? []
            ).produce(handle.raw, destination, partition: 0)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                return .needsAbort(handle.error(act, code, rights: rights))
            }
        }
        return .done
    }

    /// Why a record was refused, which the transaction's own error does not say.
    private func refusal(_ act: String) -> SwerveError? {
        outcome.failure.map {
            handle.error(act, $0, rights: rights, remedy: KafkaHandle.brokersRemedy)
        }
    }

    /// Makes a call again while it is passing and time is left.
    ///
    /// In slices: refused credentials are named as soon as they are refused.
    private func answer(
        _ act: String, until deadline: Deadline, _ call: (Int32) -> OpaquePointer?
    ) -> TransactionAnswer {
        while true {
            let left = max(1, min(deadline.pollTimeoutMs, Self.sliceMs))
            guard let failure = unsafe call(left) else {
                handle.context.answered()
                return .done
            }
            handle.serve()
            let answer = unsafe TransactionAnswer(failure, of: handle, act: act, rights: rights)
            for fault in handle.context.takeFaults() where fault.meaning != .fenced {
                return .broken(fault.error(act, rights: rights))
            }
            guard case .passing = answer, !deadline.hasPassed else { return answer }
        }
    }

    private var rights: [KafkaRight] { Self.rights(id, topic: topic) }

    /// What announcing needs at the brokers.
    static func rights(_ id: String, topic: String) -> [KafkaRight] {
        [.transactionalID(id), .topic(topic, "Write")]
    }

    func close() {
        _ = unsafe rd_kafka_purge(
            handle.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        handle.serve()
        unsafe rd_kafka_topic_destroy(destination)
        handle.context.onDelivery = nil
        handle.destroy()
    }

    private static let sliceMs: Int32 = 500
    private static let abortMs = 2_000
    private static let pauseMs: Int32 = 100
}

/// What the delivery callback tells of one transaction; runs on the thread that serves, the
/// producer's own.
private final class DeliveryOutcome {
    private(set) var lastOffset: Int64 = -1
    private(set) var failure: rd_kafka_resp_err_t?

    func reset() {
        lastOffset = -1
        failure = nil
    }

    func take(_ code: rd_kafka_resp_err_t, _ offset: Int64) {
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR: lastOffset = max(lastOffset, offset)
        // The others of a transaction that one record has ended.
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: break
        default: failure = failure ?? code
        }
    }
}
