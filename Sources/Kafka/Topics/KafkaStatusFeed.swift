package import Lifecycle

/// The status topic through Kafka, from its beginning.
///
/// Blocking; one thread; `close` ends it. Passing faults are no errors: `poll` says that the end is
/// not reached, and `fault` why.
package final class KafkaStatusFeed: StatusFeed {
    private let reader: TopicReader
    private let topic: String
    private var end: Int64?
    private var replay = StatusReplay()
    /// Why the end of the topic is not reached yet, where that is known.
    package private(set) var fault: String?

    package init(
        settings: KafkaSettings, topic: String, log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        self.topic = topic
        reader = try TopicReader(settings: settings, topics: [(topic, 1, .beginning)], log: log)
    }

    package func poll(
        milliseconds: Int, _ body: (HeardStatus) -> Void
    ) throws(SwerveError) -> Bool {
        let end: Int64
        if let known = self.end {
            end = known
        } else {
            do throws(SwerveError) {
                end = try reader.end(of: topic, timeoutMs: Self.endTimeoutMs)
            } catch {
                // The caller has a time of its own.
                guard error.isRetryable else { throw error }
                fault = error.reason
                return false
            }
            self.end = end
        }
        try reader.poll(milliseconds: Int32(milliseconds)) { record in
            guard record.offset >= end else { return replay.hold(record) }
            hand(over: replay.release(), isOld: true, body)
            hand(over: [record], isOld: false, body)
        }
        guard reader.position(of: topic) >= end else {
            fault = reader.cause
            return false
        }
        fault = nil
        hand(over: replay.release(), isOld: true, body)
        return true
    }

    private func hand(over records: [TopicRecord], isOld: Bool, _ body: (HeardStatus) -> Void) {
        for record in records {
            guard let slot = SlotID(key: record.key) else { continue }
            var status: StatusRecord?
            if let value = record.value {
                // What is no status record is passed over: the topic is open to others' mistakes.
                guard let read = StatusRecord(value: value) else { continue }
                status = read
            }
            var appendedAtMs: Int64?
            if case .appended(let milliseconds) = record.timestamp { appendedAtMs = milliseconds }
            body(
                HeardStatus(
                    slot: slot, record: status, isOld: isOld, appendedAtMs: appendedAtMs))
        }
    }

    package func close() { reader.close() }

    private static let endTimeoutMs: Int32 = 5_000
}
