import CRdKafka
import Lifecycle
import Platform

/// Where a handle's log lines go; called on the thread that polls the handle.
package typealias KafkaLogSink = @Sendable (_ isError: Bool, _ line: String) -> Void

/// One `rd_kafka_t`, its callbacks' context, and the order in which they go.
///
/// librdkafka's handles may be used from any thread; which of its calls Swerve makes from which
/// thread is the rule of the classes that own one.
@safe
final class KafkaHandle {
    /// What C callbacks reach through the handle's opaque pointer.
    ///
    /// Retained by the handle, which destroys the `rd_kafka_t` (and so ends its threads) before it
    /// lets go of this.
    ///
    /// `@unchecked Sendable`: all is immutable or behind the mutex but the closures, which are set
    /// before the first poll and called inside polls only, by the thread that owns the handle.
    @safe
    final class Context: @unchecked Sendable {
        let log: KafkaLogSink
        var onRebalance:
            ((rd_kafka_resp_err_t, UnsafePointer<rd_kafka_topic_partition_list_t>) -> Void)?
        var onDelivery: ((rd_kafka_resp_err_t) -> Void)?
        private let faults = Guarded<[KafkaFault]>([])

        init(log: @escaping KafkaLogSink) { self.log = log }

        /// Passes one of librdkafka's lines on; `level` is syslog's.
        func tell(_ level: Int32, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>) {
            let place = unsafe facility.map { unsafe String(cString: $0) } ?? ""
            log(level <= Self.errorLevel, "\(place): \(unsafe String(cString: text))".printable)
        }

        func report(_ fault: KafkaFault) {
            faults.withLock { if $0.count < Context.faultsKept { $0.append(fault) } }
        }

        func takeFaults() -> [KafkaFault] {
            faults.withLock { kept in
                defer { if !kept.isEmpty { kept.removeAll(keepingCapacity: true) } }
                return kept
            }
        }

        private static let faultsKept = 64
        private static let errorLevel: Int32 = 3
    }

    let raw: OpaquePointer
    let context: Context
    private var isDestroyed = false

    /// Makes the handle; `configure` sets callbacks on the `rd_kafka_conf_t`.
    ///
    /// - Throws: `.usage` naming the setting that librdkafka refuses.
    init(
        _ kind: rd_kafka_type_t, settings: KafkaSettings, act: String,
        log: @escaping KafkaLogSink, configure: (OpaquePointer) -> Void = { _ in }
    ) throws(SwerveError) {
        guard let conf = unsafe rd_kafka_conf_new() else {
            throw SwerveError(.system, act: act, reason: "no memory for a Kafka handle")
        }
        let values = settings.withDefaults(Self.defaults).values
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            do throws(SwerveError) {
                try unsafe Self.set(conf, key, value, act: act)
            } catch {
                unsafe rd_kafka_conf_destroy(conf)
                throw error
            }
        }
        // Through the handle's queue, so that no code of ours runs on librdkafka's threads.
        _ = unsafe rd_kafka_conf_set(conf, "log.queue", "true", nil, 0)
        let context = Context(log: log)
        unsafe rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(context).toOpaque())
        unsafe rd_kafka_conf_set_log_cb(conf) { handle, level, facility, text in
            guard let handle = unsafe handle, let text = unsafe text else { return }
            unsafe KafkaHandle.context(of: handle)?.tell(level, facility, text)
        }
        unsafe rd_kafka_conf_set_error_cb(conf) { handle, code, text, _ in
            guard let handle = unsafe handle else { return }
            unsafe KafkaHandle.reportError(handle, code, text)
        }
        unsafe configure(conf)
        var message = [CChar](repeating: 0, count: Self.errorBytes)
        guard let raw = unsafe rd_kafka_new(kind, conf, &message, message.count) else {
            unsafe rd_kafka_conf_destroy(conf)
            throw SwerveError(
                .usage, act: act, reason: Self.text(message),
                remedy: "correct the kafka settings")
        }
        unsafe self.raw = raw
        self.context = context
        _ = unsafe rd_kafka_set_log_queue(raw, nil)
    }

    /// Ends the handle's threads; every object taken from it must be gone before.
    func destroy() {
        guard !isDestroyed else { return }
        isDestroyed = true
        unsafe rd_kafka_destroy(raw)
    }

    deinit { precondition(isDestroyed, "a Kafka handle was dropped without destroy()") }

    /// The offsets of a partition's first record and after its last, asked of its leader.
    func bounds(
        of topic: String, partition: Int32, timeoutMs: Int32
    ) throws(SwerveError) -> (first: Int64, end: Int64) {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = unsafe rd_kafka_query_watermark_offsets(
            raw, topic, partition, &low, &high, timeoutMs)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let error = SwerveError(act: "asking for the end of \(topic)", kafka: code)
            guard error.code == .notFound else { throw error }
            throw SwerveError(
                .notFound, act: error.act,
                reason: "there is no such topic, or no partition \(partition) of it: "
                    + error.reason,
                remedy: "correct its name, or make it with swerve topics create")
        }
        return (low, high)
    }

    static func context(of handle: OpaquePointer) -> Context? {
        guard let opaque = unsafe rd_kafka_opaque(handle) else { return nil }
        return unsafe Unmanaged<Context>.fromOpaque(opaque).takeUnretainedValue()
    }

    static func reportError(
        _ handle: OpaquePointer, _ code: Int32, _ text: UnsafePointer<CChar>?
    ) {
        let words = unsafe text.map { unsafe String(cString: $0) } ?? ""
        let code = rd_kafka_resp_err_t(rawValue: code)
        guard code == RD_KAFKA_RESP_ERR__FATAL else {
            unsafe context(of: handle)?.report(KafkaFault(code: code, text: words))
            return
        }
        var message = [CChar](repeating: 0, count: errorBytes)
        let cause = unsafe rd_kafka_fatal_error(handle, &message, message.count)
        let isFenced = cause == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
        unsafe context(of: handle)?.report(
            KafkaFault(code: isFenced ? cause : code, text: Self.text(message)))
    }

    private static func set(
        _ conf: OpaquePointer, _ key: String, _ value: String, act: String
    ) throws(SwerveError) {
        var message = [CChar](repeating: 0, count: errorBytes)
        let result = unsafe rd_kafka_conf_set(conf, key, value, &message, message.count)
        guard result == RD_KAFKA_CONF_OK else {
            throw SwerveError(
                .usage, act: act, reason: "kafka setting \(key): \(text(message))",
                remedy: "see librdkafka's CONFIGURATION.md, version 2.0.2")
        }
    }

    static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// A second small request behind one that is not answered would wait for a delayed
    /// acknowledgement, 40 ms; librdkafka hands whole requests over, so waiting gains nothing.
    private static let defaults = ["socket.nagle.disable": "true"]
    static let errorBytes = 512
}
