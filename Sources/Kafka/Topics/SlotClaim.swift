import CRdKafka
package import Lifecycle
import Platform

/// A slot's place as the brokers keep it, for workers that are members of no group: of two
/// processes in one slot, the brokers say which one came later.
///
/// A producer under the slot's transactional id. The one that takes the id fences whoever had it;
/// the older one finds that out when it asks. Needs the right to write under that transactional id.
///
/// Owned by one thread.
@safe
package final class SlotClaim {
    /// What the brokers say of the place.
    package enum Standing: Sendable, Equatable {
        case held
        /// Another process has taken it since.
        case taken(String)
        /// They could not be asked now.
        case unknown(String)
    }

    private let handle: KafkaHandle
    private let topic: OpaquePointer
    private let act: String
    private let id: String
    /// Whether a transaction is begun and neither committed nor aborted.
    private var isOpen = false

    /// Makes the handle; nothing is claimed yet.
    ///
    /// - Parameter topic: the status topic, to which `ask` writes.
    package init(
        settings: KafkaSettings, slot: SlotID, topic: String, log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        act = "claiming slot \(slot) at the brokers"
        id = Self.transactionalID(of: slot)
        var settings = settings
        settings["transactional.id"] = id
        settings["transaction.timeout.ms"] = "10000"
        settings["allow.auto.create.topics"] = "false"
        handle = try unsafe KafkaHandle(
            RD_KAFKA_PRODUCER, settings: settings, act: act, log: log)
        guard let made = unsafe rd_kafka_topic_new(handle.raw, topic, nil) else {
            handle.destroy()
            throw SwerveError(.system, act: act, reason: "no topic handle")
        }
        unsafe self.topic = made
    }

    /// For access rules: begins with the group, as the group's other names do.
    package static func transactionalID(of slot: SlotID) -> String {
        "\(slot.group)-\(slot.slot)-claim"
    }

    /// Takes the place: whoever had it before is fenced.
    ///
    /// - Parameter isStopped: asked a few times a second.
    /// - Returns: false where `isStopped` came first.
    /// - Throws: `.unavailable` where the brokers do not answer within `timeoutMs`, `.refused`
    ///   where they do not give the right.
    package func take(
        timeoutMs: Int32, isStopped: () -> Bool = { false }
    ) throws(SwerveError) -> Bool {
        let deadline = Deadline(afterMs: Int(timeoutMs))
        // A call that ran out of time is gone on with by the next one.
        while let error = unsafe rd_kafka_init_transactions(
            handle.raw, max(1, min(Self.sliceMs, deadline.pollTimeoutMs)))
        {
            let isPassing =
                unsafe rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__TIMED_OUT
                || rd_kafka_error_is_retriable(error) != 0
            guard isPassing, !deadline.hasPassed else { throw unsafe take(error) }
            unsafe rd_kafka_error_destroy(error)
            if isStopped() { return false }
        }
        return true
    }

    /// Asks the brokers whether the place is still this process's, by writing `value` under it.
    ///
    /// Waits up to twice `timeoutMs`.
    package func ask(key: [UInt8], value: [UInt8], timeoutMs: Int32) -> Standing {
        if isFenced { return .taken("the brokers have given the slot's place away") }
        if !isOpen {
            if let error = unsafe rd_kafka_begin_transaction(handle.raw) {
                return unsafe standing(after: error, timeoutMs)
            }
            isOpen = true
            guard produce(key, value) else {
                abort(timeoutMs)
                return isFenced ? .taken("fenced") : .unknown("the producer's queue is full")
            }
        }
        // One that ran out of time is gone on with at the next call: librdkafka takes no other.
        if let error = unsafe rd_kafka_commit_transaction(handle.raw, timeoutMs) {
            return unsafe standing(after: error, timeoutMs)
        }
        isOpen = false
        return .held
    }

    private func standing(after error: OpaquePointer, _ timeoutMs: Int32) -> Standing {
        let fault = KafkaFault(code: unsafe rd_kafka_error_code(error))
        let needsAbort = unsafe rd_kafka_error_txn_requires_abort(error) != 0
        let words = unsafe take(error).reason
        if fault.meaning == .fenced || isFenced { return .taken(words) }
        if needsAbort { abort(timeoutMs) }
        return isFenced ? .taken(words) : .unknown(words)
    }

    private func abort(_ timeoutMs: Int32) {
        guard let error = unsafe rd_kafka_abort_transaction(handle.raw, timeoutMs) else {
            isOpen = false
            return
        }
        unsafe rd_kafka_error_destroy(error)
    }

    package func close() {
        unsafe rd_kafka_topic_destroy(topic)
        handle.destroy()
    }

    private func produce(_ key: [UInt8], _ value: [UInt8]) -> Bool {
        unsafe key.withUnsafeBytes { key in
            unsafe value.withUnsafeBytes { value in
                unsafe rd_kafka_produce(
                    topic, 0, RD_KAFKA_MSG_F_COPY,
                    UnsafeMutableRawPointer(mutating: value.baseAddress), value.count,
                    key.baseAddress, key.count, nil) == 0
            }
        }
    }

    private static let sliceMs: Int32 = 250

    /// A fenced producer may fail with another error first; its handle knows the cause.
    private var isFenced: Bool { handle.fatalFault?.meaning == .fenced }

    private func take(_ error: OpaquePointer) -> SwerveError {
        defer { unsafe rd_kafka_error_destroy(error) }
        let code = unsafe rd_kafka_error_code(error)
        let text = unsafe rd_kafka_error_string(error).map { unsafe String(cString: $0) } ?? ""
        return KafkaFault(code: code, text: text).error(
            act, rights: [.transactionalID(id)])
    }
}
