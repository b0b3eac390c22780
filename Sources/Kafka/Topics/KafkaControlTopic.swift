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
    private var producer: (registry: String, handle: AnnouncementProducer)?
    /// Behind what was published here.
    ///
    /// The brokers confirm a transaction before its mark is on the topic, and until then the topic
    /// ends in front of it.
    private var publishedEnd: Int64 = 0
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

    /// Looks for the brokers and the topic, connects reader and producer, and reads the topic to
    /// its end.
    ///
    /// - Parameters:
    ///   - registry: the id of the registry to announce for.
    ///   - milliseconds: how long to look for the brokers, as long as for each reading if nothing
    ///     is said; where one answers, a topic whose leader is on its way is waited for as long as
    ///     that.
    /// - Throws: `.unavailable` where they do not answer; what waiting does not mend, as a missing
    ///   topic.
    package func prepare(
        for registry: String, lookingFor milliseconds: Int32? = nil
    ) throws(SwerveError) {
        let producer = try openProducer(for: registry)
        if let milliseconds { try producer.find(timeoutMs: milliseconds) }
        _ = try producer.end(timeoutMs: timeoutMs)
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
        // Of the producer once the reader is at work: its own question waits for its fetch to end.
        let end =
            if let producer, reader.isReading {
                try producer.handle.end(timeoutMs: timeoutMs)
            } else {
                try reader.end(of: name, timeoutMs: timeoutMs)
            }
        try read(reader, to: max(end, publishedEnd), body)
    }

    private func read(
        _ reader: TopicReader, to end: Int64, _ body: (TopicRecord) -> Void
    ) throws(SwerveError) {
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

    /// - Note: Asks the brokers who they are.
    package func isFencing() throws(SwerveError) -> Bool {
        guard let producer else { return false }
        return try !producer.handle.isDevelopmentBroker(timeoutMs: timeoutMs)
    }

    package func claim(for registry: String) throws(SwerveError) {
        do throws(SwerveError) {
            try openProducer(for: registry).take(timeoutMs: timeoutMs)
        } catch {
            closeProducer()
            throw error
        }
    }

    package func publish(
        _ announcements: [KeyedAnnouncement]
    ) throws(SwerveError) -> PublishingAnswer {
        guard let producer, producer.handle.isTaken else {
            throw SwerveError(
                .system, act: "publishing on \(name)",
                reason: "the right to announce was not taken")
        }
        do throws(SwerveError) {
            switch try producer.handle.publish(announcements, timeoutMs: timeoutMs) {
            case .published(let offset):
                publishedEnd = max(publishedEnd, offset + 1)
                return .published
            case .overtaken(let words):
                closeProducer()
                return .overtaken(words)
            }
        } catch {
            // What it has begun may be open still: the next one takes it back.
            closeProducer()
            throw error
        }
    }

    package func close() {
        reader?.close()
        reader = nil
        closeProducer()
    }

    private func closeProducer() {
        producer?.handle.close()
        producer = nil
    }

    private func openReader() throws(SwerveError) -> TopicReader {
        if let reader { return reader }
        let made = try TopicReader(
            settings: settings, topics: [(name, 1, .beginning)], log: log)
        reader = made
        return made
    }

    private func openProducer(
        for registry: String
    ) throws(SwerveError) -> AnnouncementProducer {
        if let producer, producer.registry == registry { return producer.handle }
        closeProducer()
        let made = try AnnouncementProducer(
            settings: settings, topic: name, registry: registry, timeoutMs: timeoutMs, log: log)
        producer = (registry, made)
        return made
    }

    /// What reading needs at the brokers.
    package static func readingRights(_ topic: String, names: KafkaNames) -> [KafkaRight] {
        TopicReader.rights(of: [topic], names: names)
    }

    /// What announcing needs at the brokers, beside reading.
    ///
    /// - Parameter registry: the id of the registry to announce for.
    package static func announcingRights(
        _ topic: String, registry: String, names: KafkaNames
    ) -> [KafkaRight] {
        AnnouncementProducer.rights(names.announcer(of: registry), topic: topic)
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
