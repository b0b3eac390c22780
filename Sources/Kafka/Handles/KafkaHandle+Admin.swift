import CRdKafka
import Lifecycle
import Platform

extension KafkaHandle {
    /// Makes one admin call and waits for its event; the caller destroys it.
    func admin(
        act: String, rights: [KafkaRight], timeoutMs: Int32,
        _ call: (OpaquePointer?, OpaquePointer) -> Void
    ) throws(SwerveError) -> OpaquePointer {
        guard let queue = unsafe rd_kafka_queue_new(raw) else {
            throw SwerveError(.system, act: act, reason: "no queue")
        }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        let options = unsafe rd_kafka_AdminOptions_new(raw, RD_KAFKA_ADMIN_OP_ANY)
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        var message = [CChar](repeating: 0, count: Self.errorBytes)
        _ = unsafe rd_kafka_AdminOptions_set_request_timeout(
            options, timeoutMs, &message, message.count)
        unsafe call(options, queue)
        // In slices: refused credentials are named as soon as they are refused.
        let deadline = Deadline(afterMs: Int(timeoutMs) + 1_000)
        while true {
            let left = deadline.pollTimeoutMs
            guard let event = unsafe rd_kafka_queue_poll(queue, min(left, Self.adminSliceMs)) else {
                let error = self.error(
                    act, RD_KAFKA_RESP_ERR__TIMED_OUT, detail: "no answer from the broker",
                    rights: rights, remedy: Self.brokersRemedy)
                guard error.isRetryable, left > 0 else { throw error }
                // librdkafka waits for a controller, and asks for one only as brokers come and go.
                if unsafe rd_kafka_controllerid(raw, 0) < 0 {
                    _ = askForBrokers(withinMs: min(deadline.pollTimeoutMs, Self.adminSliceMs))
                }
                continue
            }
            let code = unsafe rd_kafka_event_error(event)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                let text = unsafe rd_kafka_event_error_string(event).map {
                    unsafe String(cString: $0)
                }
                unsafe rd_kafka_event_destroy(event)
                throw self.error(
                    act, code, detail: text ?? "", rights: rights,
                    remedy: KafkaErrorTable.meaning(of: code) == .passing
                        ? Self.brokersRemedy : "")
            }
            return unsafe event
        }
    }

    private static let adminSliceMs: Int32 = 250
}
