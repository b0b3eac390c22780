package import Lifecycle

/// The control topic through Kafka, for the short-lived commands.
///
/// Blocking; one thread.
package final class KafkaControlTopic: ControlTopic {
    private let settings: KafkaSettings
    private let topic: String
    private let timeoutMs: Int32
    private let log: KafkaLogSink

    /// - Parameter timeoutMs: the bound of each read and of each publication.
    package init(
        settings: KafkaSettings, topic: String, timeoutMs: Int32, log: @escaping KafkaLogSink
    ) {
        self.settings = settings
        self.topic = topic
        self.timeoutMs = timeoutMs
        self.log = log
    }

    package func current() throws(SwerveError) -> [String: [UInt8]] {
        let reader = try TopicReader(
            settings: settings, topics: [(topic, 1, .beginning)], log: log)
        defer { reader.close() }
        let end = try reader.end(of: topic, timeoutMs: timeoutMs)
        var newest: [String: [UInt8]] = [:]
        var polls = timeoutMs / Self.pollMs
        while reader.position(of: topic) < end {
            guard polls > 0 else {
                throw SwerveError(
                    .unavailable, act: "reading \(topic)",
                    reason: "its end (offset \(end)) was not reached within \(timeoutMs) ms")
            }
            polls -= 1
            try reader.poll(milliseconds: Self.pollMs) { record in
                newest[String(decoding: record.key, as: UTF8.self)] = record.value
            }
        }
        return newest
    }

    package func publish(key: String, value: [UInt8]) throws(SwerveError) {
        let writer = try TopicWriter(
            settings: settings.withDefaults(["message.timeout.ms": "\(timeoutMs)"]), log: log)
        defer { writer.close() }
        try writer.write(topic: topic, key: Array(key.utf8), value: value)
        try writer.flush(milliseconds: timeoutMs, act: "publishing \(key) on \(topic)")
    }

    private static let pollMs: Int32 = 100
}
