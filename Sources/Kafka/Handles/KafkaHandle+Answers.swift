import CRdKafka
import Lifecycle
import Platform

/// Whether brokers answer a handle at all.
///
/// librdkafka says that a broker is away once its connection breaks, or once a request has waited
/// for `socket.timeout.ms`, a minute. A broker that stands still, or a network that drops packets,
/// keeps connections open: only the answers cease. A handle that reads has a request at each broker
/// that it reads from, which is answered within `fetch.wait.max.ms` although there is nothing new.
extension KafkaHandle {
    /// Has each answer counted, on the thread of librdkafka's that reads it.
    ///
    /// The handle's context outlives these threads.
    static func countAnswers(_ conf: OpaquePointer, in context: Context) {
        _ = unsafe rd_kafka_conf_interceptor_add_on_new(
            conf, interceptor,
            { handle, _, context, _, _ in
                unsafe rd_kafka_interceptor_add_on_response_received(
                    handle, KafkaHandle.interceptor,
                    { _, _, _, _, _, _, _, _, _, fault, context in
                        guard fault == RD_KAFKA_RESP_ERR_NO_ERROR, let context = unsafe context
                        else { return RD_KAFKA_RESP_ERR_NO_ERROR }
                        unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
                            .answers.add()
                        return RD_KAFKA_RESP_ERR_NO_ERROR
                    }, context)
            }, Unmanaged.passUnretained(context).toOpaque())
    }

    private static let interceptor = "swerve"
}

extension KafkaHandle.Context {
    /// Tells whether brokers have answered since this was asked last; on a thread that polls.
    func tellAnswers() { if answers.take() > 0 { log(.heard, "") } }
}
