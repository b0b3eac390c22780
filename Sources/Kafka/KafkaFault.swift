import CRdKafka
import Lifecycle

/// An error of a whole handle, reported while it is polled.
package struct KafkaFault: Sendable, Equatable {
    package enum Kind: Sendable {
        /// Brokers are away or slow: librdkafka goes on trying, and so does Swerve.
        case passing
        /// Wrong credentials, or no right to a topic or group: an operator must act.
        case denied
        /// Another process took this member's place in the group.
        case fenced
        /// The handle cannot go on: the process has to start again.
        case fatal
    }

    package let kind: Kind
    package let text: String

    init(code: rd_kafka_resp_err_t, text: String) {
        self.text = "\(text) (\(kafkaErrorName(code)))".printable
        kind =
            switch code {
            case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR__FENCED: .fenced
            case RD_KAFKA_RESP_ERR__FATAL: .fatal
            case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
                RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
                .denied
            default: .passing
            }
    }
}

/// librdkafka's name of an error: `UNKNOWN_TOPIC_OR_PART`.
func kafkaErrorName(_ code: rd_kafka_resp_err_t) -> String {
    guard let name = unsafe rd_kafka_err2name(code) else { return "\(code.rawValue)" }
    return unsafe String(cString: name)
}

/// librdkafka's words for an error.
func kafkaErrorText(_ code: rd_kafka_resp_err_t) -> String {
    guard let text = unsafe rd_kafka_err2str(code) else { return "error \(code.rawValue)" }
    return unsafe String(cString: text)
}

extension SwerveError {
    /// A failed librdkafka call; whether to retry follows from the error's kind.
    init(act: String, kafka code: rd_kafka_resp_err_t, detail: String = "", remedy: String = "") {
        let fault = KafkaFault(code: code, text: detail.isEmpty ? kafkaErrorText(code) : detail)
        let kind: Code =
            switch code {
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
                RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
                .notFound
            case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT,
                RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
                RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
                .unavailable
            default: fault.kind == .passing ? .system : .refused
            }
        self.init(kind, act: act, reason: fault.text, remedy: remedy)
    }
}
