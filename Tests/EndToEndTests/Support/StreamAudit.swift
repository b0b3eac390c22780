import Kafka
import Lifecycle
import Registry
import Verification

/// What stands on a stream's topics, held against what went in, and how long each record waited for
/// its answer.
struct StreamAudit {
    let findings: Findings
    let records: Int
    /// By partition, the longest time from a record's append to its answer's, in milliseconds: the
    /// partition was served by nobody for no longer than that.
    let longestWaitMs: [Int32: Int64]

    init(_ stream: TestStream) throws {
        let topics = StreamTopics(
            input: stream.input, output: stream.output, deadLetters: stream.deadLetters,
            control: stream.control, status: stream.status)
        let events = StreamEventReader(model: try ModelName("http-anomaly"), topics: topics)
        let scorers = try OfflineScorers()
        let registry = RegistryArtifacts(path: stream.registry)
        let announced = try stream.readAll(stream.control, partitions: 1).compactMap { record in
            events.event(of: StreamRecord(record), on: stream.control)
        }
        for case .announced(let deployment) in announced {
            try scorers.load(deployment.stable, from: registry)
        }
        var checker = StreamChecker(partitions: stream.partitions, scoring: scorers)
        for event in announced { checker.take(event) }
        var writtenAtMs: [StreamPlace: Int64] = [:]
        for record in try stream.readAll(stream.input) {
            let place = StreamPlace(partition: record.partition, offset: record.offset)
            writtenAtMs[place] = Self.milliseconds(record)
            let json = try JSONValue(parsing: record.value ?? [], act: "reading a request")
            let request = InputRecord(
                key: record.key, id: json["id"]?.string.map { Array($0.utf8) },
                value: record.value ?? [])
            checker.fed(request, at: place)
        }
        var longestWaitMs: [Int32: Int64] = [:]
        for topic in [stream.output, stream.deadLetters] {
            for record in try stream.readAll(topic) {
                guard let event = events.event(of: StreamRecord(record), on: topic) else {
                    continue
                }
                let isFirst = checker.take(event) != nil
                guard isFirst, case .predicted(let prediction, _) = event,
                    let written = writtenAtMs[prediction.source]
                else { continue }
                let wait = Self.milliseconds(record) - written
                longestWaitMs[record.partition] = max(longestWaitMs[record.partition] ?? 0, wait)
            }
        }
        findings = checker.findings()
        records = writtenAtMs.count
        self.longestWaitMs = longestWaitMs
    }

    private static func milliseconds(_ record: TopicRecord) -> Int64 {
        switch record.timestamp {
        case .appended(let ms), .claimed(let ms): ms
        case .none: 0
        }
    }
}
