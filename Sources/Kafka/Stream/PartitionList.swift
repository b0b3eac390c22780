import CRdKafka

extension [PartitionOffset] {
    /// These as librdkafka wants them, while `body` runs.
    ///
    /// - Parameter topic: as C wants it: to hand a String over would allocate for each.
    func withList<Result>(
        of topic: UnsafePointer<CChar>,
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> Result
    ) -> Result {
        let list = unsafe rd_kafka_topic_partition_list_new(Int32(count))
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for position in self {
            let entry = unsafe rd_kafka_topic_partition_list_add(list, topic, position.partition)
            unsafe entry?.pointee.offset = position.offset
        }
        return unsafe body(list)
    }
}
