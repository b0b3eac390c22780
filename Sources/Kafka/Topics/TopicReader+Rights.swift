package import Lifecycle

extension TopicReader {
    /// What reading topics needs at the brokers; the right on the group is no more than welcome.
    package static func rights(of topics: [String], names: KafkaNames) -> [KafkaRight] {
        topics.map { .topic($0, "Read") } + [.group(names.reader, "Describe")]
    }

    /// Throws the first fault that is a reader's concern.
    ///
    /// librdkafka asks for the coordinator of its group, from whom a reader wants nothing: it is no
    /// member and commits nothing.
    static func refuse(
        _ faults: [KafkaFault], _ act: String, _ rights: @autoclosure () -> [KafkaRight]
    ) throws(SwerveError) {
        for fault in faults where fault.meaning != .denied(.group) {
            throw fault.error(act, rights: rights())
        }
    }

    /// Names the right that is missing where a topic is not listed for want of it; nil where it is
    /// listed or missing itself, or nobody says so now.
    ///
    /// - Parameter counts: what `partitionCounts` gave.
    package func denial(
        of topic: String, in counts: [String: Int], _ rights: [KafkaRight]
    ) -> SwerveError? {
        counts[topic] == 0 ? handle.denial(of: topic, rights: rights) : nil
    }
}
