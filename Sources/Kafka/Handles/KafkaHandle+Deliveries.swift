import CRdKafka
import Lifecycle

extension KafkaHandle {
    /// A producer whose delivery reports reach `context.onDelivery`, one for each record, on the
    /// thread that serves the handle.
    static func reportingProducer(
        _ settings: KafkaSettings, log: @escaping KafkaLogSink
    ) throws(SwerveError) -> KafkaHandle {
        try unsafe KafkaHandle(
            RD_KAFKA_PRODUCER, settings: settings, act: "opening a producer", log: log
        ) { conf in
            unsafe rd_kafka_conf_set_dr_msg_cb(conf) { handle, message, _ in
                guard let handle = unsafe handle, let message = unsafe message else { return }
                let context = unsafe KafkaHandle.context(of: handle)
                let code = unsafe message.pointee.err
                let failed =
                    code == RD_KAFKA_RESP_ERR_NO_ERROR
                    ? nil
                    : unsafe message.pointee.rkt.map {
                        unsafe String(cString: rd_kafka_topic_name($0))
                    }
                unsafe context?.onDelivery?(code, message.pointee.offset, failed)
            }
        }
    }
}
