import CRdKafka

extension KafkaHandle {
    /// Why brokers refuse to say who keeps a consumer's group; nil where they do not, or where
    /// records may be waiting.
    ///
    /// librdkafka tells it once, as a message of the consumer, and calls that need the group wait
    /// on. Of a member of the group the next poll has it; one that has no partitions yet, and does
    /// not join, polls only when it knows where they begin.
    func refusalOfGroup() -> rd_kafka_resp_err_t? {
        var assigned: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard unsafe rd_kafka_assignment(raw, &assigned) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let list = unsafe assigned
        else { return nil }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        guard unsafe list.pointee.cnt == 0, !hasMemberID,
            let message = unsafe rd_kafka_consumer_poll(raw, 0)
        else { return nil }
        defer { unsafe rd_kafka_message_destroy(message) }
        let code = unsafe message.pointee.err
        let text = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) }
        let fault = KafkaFault(code: code, text: text ?? "")
        guard case .denied = fault.meaning else {
            context.report(fault)
            return nil
        }
        return code
    }
}
