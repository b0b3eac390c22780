import CRdKafka
import Lifecycle

/// What went wrong with a partition or topic that is being consumed.
package struct ConsumerFault: Sendable, Equatable {
    package enum Kind: Sendable {
        /// librdkafka mends it itself.
        case passing
        /// The next offset is no longer there: going on would lose records silently.
        case offsetOutOfRange
        /// The topic is gone or was never there.
        case topicMissing
        /// No right to read it, or the credentials are wrong.
        case denied
        /// Another process took this member's place in the group.
        case fenced
        /// The handle is of no more use; a new process heals it.
        case fatal
    }

    package let kind: Kind
    package let text: String
    package let partition: Int32

    init(code: rd_kafka_resp_err_t, text: String, partition: Int32) {
        self.text = "\(text) (\(kafkaErrorName(code)))".printable
        self.partition = partition
        kind =
            switch code {
            case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE,
                RD_KAFKA_RESP_ERR__NO_OFFSET:
                .offsetOutOfRange
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
                .topicMissing
            default:
                switch KafkaFault(code: code, text: text).kind {
                case .passing: .passing
                case .denied: .denied
                case .fenced: .fenced
                case .fatal: .fatal
                }
            }
    }
}
