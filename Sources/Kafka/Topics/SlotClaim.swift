import CRdKafka
package import Lifecycle
import Platform

/// A slot's place as the brokers keep it, for workers that are members of no group: of two
/// processes in one slot, the brokers say which one came later.
///
/// A producer under the slot's transactional id. The one that takes the id fences whoever had it;
/// the older one finds that out when it asks. Needs the right to write under that transactional id.
/// What is to be called when, and what the answers mean, is `ClaimProgress`.
///
/// Owned by one thread.
@safe
package final class SlotClaim {
    /// What the brokers say of the place.
    package enum Standing: Sendable, Equatable {
        case held
        /// Another process has taken it since.
        case taken(String)
        /// It could not be taken, or not be asked for; whether it is worth another try is the
        /// error's word, and the claim tries again in any case.
        case unknown(SwerveError)
    }

    /// What is written to ask: a record of the status topic.
    package struct Word: Sendable {
        package let partition: Int32
        package let key: [UInt8]
        package let value: [UInt8]
        package let headers: [(name: String, value: String)]

        package init(
            partition: Int32 = 0, key: [UInt8], value: [UInt8],
            headers: [(name: String, value: String)] = []
        ) {
            self.partition = partition
            self.key = key
            self.value = value
            self.headers = headers
        }
    }

    private let settings: KafkaSettings
    private let topicName: String
    private let act: String
    private let id: String
    private let log: KafkaLogSink
    private var made: Made?
    /// That a word was written to last; nil before the first.
    private var knownPartition: Int32?
    private var progress: ClaimProgress

    @safe
    private struct Made {
        let handle: KafkaHandle
        let topic: OpaquePointer
    }

    /// Nothing is made or claimed yet.
    ///
    /// - Parameters:
    ///   - topic: the status topic, to which `turn` writes.
    ///   - transactionMs: after which the coordinator ends a question that is not answered. As long
    ///     as one is open, nobody reads the topic's later records who reads what is committed.
    package init(
        settings: KafkaSettings, slot: SlotID, topic: String, transactionMs: Int = 10_000,
        log: @escaping KafkaLogSink
    ) {
        act = "claiming slot \(slot) at the brokers"
        id = Self.transactionalID(of: slot)
        topicName = topic
        self.log = log
        var settings = settings
        settings["transactional.id"] = id
        settings["transaction.timeout.ms"] = "\(transactionMs)"
        settings["allow.auto.create.topics"] = "false"
        self.settings = settings
        progress = ClaimProgress(transactionNs: UInt64(transactionMs) * 1_000_000)
    }

    /// For access rules: begins with the group, as the group's other names do.
    package static func transactionalID(of slot: SlotID) -> String {
        "\(slot.group)-\(slot.slot)-claim"
    }

    /// Serves the handle, and goes on with what is due: taking the place, a question that was not
    /// answered yet, a new one where there is a `word`.
    ///
    /// - Parameters:
    ///   - word: written to ask whether the place is still this process's.
    ///   - timeoutMs: what the calls may take together.
    /// - Returns: what is known now; nil where nothing was due.
    package func turn(asking word: Word? = nil, timeoutMs: Int32) -> Standing? {
        let deadline = Deadline(afterMs: Int(timeoutMs))
        serve()
        if let fault = made?.handle.fatalFault {
            let now = MonotonicClock.now
            switch (progress.state, fault.meaning) {
            // It is not asked any more.
            case (.unmade, _), (.taken, _): break
            case (_, .fenced): return progress.fenced(fault.text, at: now)
            default: return progress.broken(error(fault), at: now)
            }
        }
        while let call = progress.next(at: MonotonicClock.now, isAsked: word != nil) {
            let answer = answer(to: call, word, max(1, deadline.pollTimeoutMs))
            if let standing = progress.answered(call, answer, at: MonotonicClock.now) {
                return standing
            }
        }
        return nil
    }

    package func close() {
        // Readers of the topic would wait for the end of what is open.
        if isOpen { _ = turn(timeoutMs: Self.closeMs) }
        discard()
    }

    /// Whether a question is on its way, and nobody knows yet what becomes of it.
    var isOpen: Bool { progress.isOpen }

    /// Whether a question is being taken back.
    var isAborting: Bool { if case .aborting = progress.state { true } else { false } }

    // MARK: - Calls

    private func answer(
        to call: ClaimProgress.Call, _ word: Word?, _ timeoutMs: Int32
    ) -> TransactionAnswer {
        if call == .make {
            do throws(SwerveError) {
                try make()
                return .done
            } catch {
                return .broken(error)
            }
        }
        guard let made else { return .broken(error(KafkaFault(code: RD_KAFKA_RESP_ERR__STATE))) }
        let raw = unsafe made.handle.raw
        let failure: OpaquePointer? =
            switch call {
            case .make: nil
            case .take: unsafe rd_kafka_init_transactions(raw, timeoutMs)
            case .begin: unsafe rd_kafka_begin_transaction(raw)
            case .commit: unsafe rd_kafka_commit_transaction(raw, timeoutMs)
            case .abort: unsafe rd_kafka_abort_transaction(raw, timeoutMs)
            }
        if let failure = unsafe failure {
            // What the brokers said meanwhile may be the cause.
            made.handle.serve()
            return unsafe TransactionAnswer(failure, of: made.handle, act: act, rights: rights)
        }
        if call == .begin, let word {
            learn(word.partition, made)
            guard let refusal = produce(word, made) else { return .done }
            return .needsAbort(error(refusal))
        }
        return .done
    }

    private func make() throws(SwerveError) {
        discard()
        let handle = try unsafe KafkaHandle(
            RD_KAFKA_PRODUCER, settings: settings, act: act, log: log)
        guard let topic = unsafe rd_kafka_topic_new(handle.raw, topicName, nil) else {
            handle.destroy()
            throw SwerveError(.system, act: act, reason: "no topic handle")
        }
        made = unsafe Made(handle: handle, topic: topic)
    }

    private func discard() {
        guard let made else { return }
        unsafe rd_kafka_topic_destroy(made.topic)
        made.handle.destroy()
        self.made = nil
    }

    /// Has the producer learn of a partition that the topic got since it last asked: a listing,
    /// which comes at a growth alone.
    private func learn(_ partition: Int32, _ made: Made) {
        defer { knownPartition = partition }
        guard let knownPartition, knownPartition != partition else { return }
        // What is in the way is told by what is produced.
        _ = try? made.handle.partitionCounts(
            of: [topicName], act: act, timeoutMs: Self.listingMs)
    }

    /// Nil where it went into the producer's queue.
    private func produce(_ word: Word, _ made: Made) -> KafkaFault? {
        guard word.headers.isEmpty else {
            let code = unsafe HeadedRecord(
                key: word.key, value: word.value, headers: word.headers
            ).produce(made.handle.raw, made.topic, partition: word.partition)
            return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaFault(code: code)
        }
        let code = unsafe word.key.withUnsafeBytes { key in
            unsafe word.value.withUnsafeBytes { value in
                unsafe rd_kafka_produce(
                    made.topic, word.partition, RD_KAFKA_MSG_F_COPY,
                    UnsafeMutableRawPointer(mutating: value.baseAddress), value.count,
                    key.baseAddress, key.count, nil) == 0
                    ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error()
            }
        }
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaFault(code: code)
    }

    // MARK: - Answers

    /// Errors and log lines; what somebody has to act on is told, once a minute.
    private func serve() {
        guard let made else { return }
        made.handle.serve()
        for fault in made.handle.context.takeFaults() where fault.meaning != .fenced {
            log(.warning, "CLAIM: \(error(fault).description)")
        }
    }

    private func error(_ fault: KafkaFault) -> SwerveError { fault.error(act, rights: rights) }

    private var rights: [KafkaRight] { Self.rights(id, topic: topicName) }

    /// What a claim needs at the brokers.
    ///
    /// - Parameter topic: the status topic.
    package static func rights(_ id: String, topic: String) -> [KafkaRight] {
        [.transactionalID(id), .topic(topic, "Write")]
    }

    private static let closeMs: Int32 = 500
    private static let listingMs: Int32 = 1_000
}
