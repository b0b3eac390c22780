extension TopicReader {
    /// What reading topics needs at the brokers: librdkafka asks for the group's coordinator, and
    /// nothing is committed.
    package static func rights(of topics: [String], names: KafkaNames) -> [KafkaRight] {
        topics.map { .topic($0, "Read") } + [.group(names.reader, "Describe")]
    }
}
