package import Lifecycle
import Platform

/// The control topic through Kafka, for the short-lived commands.
///
/// Blocking; one thread.
///
/// Consumer and producer are opened once and kept until `close`, so that what takes long
/// (connecting, reading what is there) can be done before a change is made, by `prepare`.
package final class KafkaControlTopic: ControlTopic {
    private let settings: KafkaSettings
    package let name: String
    private let timeoutMs: Int32
    private let log: KafkaLogSink
    private var reader: TopicReader?
    private var writer: TopicWriter?
    private var newest: [String: StoredAnnouncement] = [:]

    /// - Parameter timeoutMs: the bound of each read and of each publication.
    package init(
        settings: KafkaSettings, topic: String, timeoutMs: Int32, log: @escaping KafkaLogSink
    ) {
        self.settings = settings
        name = topic
        self.timeoutMs = timeoutMs
        self.log = log
    }

    /// Looks for the brokers and the topic, connects reader and writer, and reads the topic to its
    /// end.
    ///
    /// - Parameter milliseconds: how long to look for the brokers, as long as for each reading if
    ///   nothing is said.
    /// - Throws: `.unavailable` where they do not answer; what waiting does not mend, as a missing
    ///   topic.
    package func prepare(lookingFor milliseconds: Int32? = nil) throws(SwerveError) {
        _ = try openWriter().end(of: name, timeoutMs: milliseconds ?? timeoutMs)
        _ = try current()
    }

    package func current() throws(SwerveError) -> [String: StoredAnnouncement] {
        try readToEnd(openReader()) { record in
            newest[String(decoding: record.key, as: UTF8.self)] = record.announcement
        }
        return newest
    }

    package func forEachRecord(_ body: (ControlTopicRecord) -> Void) throws(SwerveError) {
        let reader = try TopicReader(settings: settings, topics: [(name, 1, .beginning)], log: log)
        defer { reader.close() }
        try readToEnd(reader) { record in
            body(
                ControlTopicRecord(
                    offset: record.offset, key: record.key, stored: record.announcement))
        }
    }

    private func readToEnd(
        _ reader: TopicReader, _ body: (TopicRecord) -> Void
    ) throws(SwerveError) {
        // Of the writer once the reader is at work: its own question waits for its fetch to end.
        let end =
            if let writer, reader.isReading {
                try writer.end(of: name, timeoutMs: timeoutMs)
            } else {
                try reader.end(of: name, timeoutMs: timeoutMs)
            }
        // By the clock: a poll ends at its first record, and may be over in no time.
        let deadline = Deadline(afterMs: Int(timeoutMs))
        while reader.position(of: name) < end {
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .unavailable, act: "reading \(name)",
                    reason: "its end (offset \(end)) was not reached within \(timeoutMs) ms"
                        + (reader.cause.map { ": \($0)" } ?? ""),
                    remedy: KafkaHandle.brokersRemedy)
            }
            try reader.poll(milliseconds: Self.pollMs, body)
        }
    }

    package func publish(key: String, _ announcement: Announcement) throws(SwerveError) {
        let writer = try openWriter()
        try writer.write(
            topic: name, key: Array(key.utf8), value: announcement.value,
            headers: announcement.signature.map { [(RecordSignature.header, $0)] } ?? [])
        try writer.flush(milliseconds: timeoutMs, act: "publishing \(key) on \(name)")
    }

    package func close() {
        reader?.close()
        writer?.close()
        reader = nil
        writer = nil
    }

    private func openReader() throws(SwerveError) -> TopicReader {
        if let reader { return reader }
        let made = try TopicReader(
            settings: settings, topics: [(name, 1, .beginning)], log: log)
        reader = made
        return made
    }

    /// Not idempotent: a producer id takes up to half a second, and the same bytes twice harm
    /// nobody.
    private func openWriter() throws(SwerveError) -> TopicWriter {
        if let writer { return writer }
        let made = try TopicWriter(
            settings: settings.withDefaults(["message.timeout.ms": "\(timeoutMs)"]),
            isIdempotent: false, log: log)
        writer = made
        return made
    }

    deinit { close() }

    private static let pollMs: Int32 = 100
}

extension TopicRecord {
    /// As a record of a control topic; nil for a tombstone.
    package var announcement: StoredAnnouncement? {
        value.map { value in
            StoredAnnouncement(
                Announcement(value: value, signature: headers[RecordSignature.header]),
                appended: timestamp)
        }
    }
}
