import Inputs
import Kafka
import Lifecycle
import Registry
import Verification

/// What stands on a stream's topics, held against what went in, and how long each record waited for
/// its answer.
struct StreamAudit {
    let findings: AuditFindings
    let byEpoch: [Int64: Int64]
    let records: Int
    /// By partition, the longest time from a record's append to its answer's, in milliseconds: the
    /// partition was served by nobody for no longer than that.
    let longestWaitMs: [Int32: Int64]

    init(_ stream: TestStream) throws {
        var audit = try LiveAudit(stream)
        var writtenAtMs: [StreamPlace: Int64] = [:]
        for record in try stream.readAll(stream.input) {
            let place = StreamPlace(partition: record.partition, offset: record.offset)
            writtenAtMs[place] = Self.milliseconds(record)
            audit.fed(record)
        }
        var longestWaitMs: [Int32: Int64] = [:]
        var waiting = writtenAtMs
        for topic in [stream.output, stream.deadLetters] {
            for record in try stream.readAll(topic) {
                guard let place = try audit.take(StreamRecord(record), of: topic),
                    let written = waiting.removeValue(forKey: place), topic == stream.output
                else { continue }
                let wait = Self.milliseconds(record) - written
                longestWaitMs[record.partition] = max(longestWaitMs[record.partition] ?? 0, wait)
            }
        }
        let report = audit.report()
        findings = report.findings
        byEpoch = report.counts.byEpoch.named
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

extension LiveAudit {
    /// Of a stream whose input is told as a whole before its answers.
    init(_ stream: TestStream) throws {
        let model = try ModelName("http-anomaly")
        var terms = AuditTerms(
            model: model, group: stream.prefix,
            topics: StreamTopics(
                input: stream.input, output: stream.output, deadLetters: stream.deadLetters,
                control: stream.control, status: stream.status),
            ledger: nil, delivery: .exactlyOnce)
        terms.windowRecords = 1_000_000
        terms.windowBytes = 1 << 30
        let path = stream.registry
        self.init(
            terms, partitions: stream.partitions, letterPartitions: stream.partitions,
            scoring: try EpochScorer(
                RecordForm(InputSettings()), ScorerShelf(RegistryArtifacts(path: path)),
                thoroughEvery: 16)
        ) { epoch throws(SwerveError) in
            try Registry.open(path: path, access: .readOnly).history(of: model)
                .first { $0.after.epoch == epoch }
                .map {
                    EpochBook.Epoch(
                        deployment: $0.after, by: $0.note.by, at: $0.note.at,
                        reason: $0.note.reason)
                }
        }
    }

    mutating func fed(_ record: TopicRecord) {
        fed(
            key: record.key.isEmpty ? nil : record.key, value: record.value,
            at: StreamPlace(partition: record.partition, offset: record.offset))
    }
}
