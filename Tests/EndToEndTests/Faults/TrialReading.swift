import Foundation
import Kafka
import Lifecycle
import Platform
import Verification

/// What a trial's topics hold, read and held against each other apart from the service: loss,
/// duplicates, versions, scores, epochs, order, and how long a partition went without an answer.
final class TrialReading {
    private let stream: TestStream
    private let topics: StreamTopics
    private let reader: TopicReader
    private var audit: LiveAudit
    private var waiting: Set<StreamPlace> = []
    private var newest: [Int32: Int64] = [:]
    /// When each record was answered first, by partition, in milliseconds.
    private var moments: [Int32: [Int64]] = [:]
    /// First answers that stand behind one of a later record of their partition.
    private(set) var outOfOrder = 0

    /// Reads the whole input, which nobody may feed any more.
    init(_ stream: TestStream) throws {
        self.stream = stream
        topics = StreamTopics(
            input: stream.input, output: stream.output, deadLetters: stream.deadLetters,
            control: stream.control, status: stream.status)
        audit = try LiveAudit(stream)
        for record in try stream.readAll(stream.input) {
            audit.fed(record)
            waiting.insert(StreamPlace(partition: record.partition, offset: record.offset))
        }
        let count = stream.partitions
        reader = try TopicReader(
            settings: stream.settings,
            topics: [
                (stream.output, count, .beginning), (stream.deadLetters, count, .beginning),
                (stream.control, 1, .beginning),
            ]
        ) { _, _ in }
    }

    deinit { reader.close() }

    var report: StreamAuditReport { audit.report() }

    /// Reads on until every record has an answer.
    ///
    /// - Returns: false where some have none after a time in which nothing came.
    func readUntilAnswered() throws -> Bool {
        var silence = Deadline(afterMs: Self.silenceMs)
        while !waiting.isEmpty {
            let before = waiting.count
            try poll()
            if waiting.count < before { silence = Deadline(afterMs: Self.silenceMs) }
            if silence.hasPassed { return false }
        }
        return true
    }

    /// Reads on to where the topics end now.
    func readToEnds() throws {
        var ahead: [(topic: String, partition: Int32, end: Int64)] = []
        for topic in [topics.output, topics.deadLetters] {
            for partition in 0..<Int32(stream.partitions) {
                let end = try reader.end(of: topic, partition: partition, timeoutMs: 30_000)
                ahead.append((topic, partition, end))
            }
        }
        ahead.append((topics.control, 0, try reader.end(of: topics.control, timeoutMs: 30_000)))
        let deadline = Deadline(afterMs: Self.silenceMs)
        while true {
            ahead.removeAll { reader.position(of: $0.topic, partition: $0.partition) >= $0.end }
            guard let next = ahead.first else { return }
            guard !deadline.hasPassed else { throw Failure("\(next) is not reached") }
            try poll()
        }
    }

    private func poll() throws {
        var records: [TopicRecord] = []
        try reader.poll(milliseconds: 50) { (record: TopicRecord) in records.append(record) }
        for record in records { try take(record) }
    }

    private func take(_ record: TopicRecord) throws {
        guard let place = try audit.take(StreamRecord(record), of: record.topic),
            waiting.remove(place) != nil
        else { return }
        if record.topic == topics.output {
            if place.offset < newest[place.partition] ?? -1 { outOfOrder += 1 }
            newest[place.partition] = max(newest[place.partition] ?? -1, place.offset)
        }
        if case .claimed(let moment) = record.timestamp {
            moments[place.partition, default: []].append(moment)
        }
    }

    /// The longest time between two answers of one partition, in milliseconds.
    var longestSilenceMs: Int64 {
        moments.values.map { moments in
            let ordered = moments.sorted()
            return zip(ordered, ordered.dropFirst()).map { $1 - $0 }.max() ?? 0
        }.max() ?? 0
    }

    private static let silenceMs = Int(Deadlines.hang * 1_000)
}
