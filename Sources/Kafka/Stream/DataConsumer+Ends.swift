import CRdKafka
import Platform

extension DataConsumer {
    /// The offset behind a partition's last record, as the broker said it with the records fetched
    /// last; nil before the first fetch.
    ///
    /// Asks no broker. Poll thread only; some hundreds of ns.
    package func endOffset(of partition: Int32) -> Int64? {
        owner.assertCurrent()
        var low: Int64 = -1
        var high: Int64 = -1
        let code = unsafe rd_kafka_get_watermark_offsets(
            handle.raw, topicName, partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }
}
