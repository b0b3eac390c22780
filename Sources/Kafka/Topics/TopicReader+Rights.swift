extension TopicReader {
    /// What reading topics needs at the brokers.
    package static func rights(of topics: [String], names: KafkaNames) -> [KafkaRight] {
        topics.map { .topic($0, "Read") } + [.group(names.reader)]
    }
}
