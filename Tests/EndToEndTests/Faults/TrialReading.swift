import Foundation
import Kafka
import Lifecycle
import ModelFormats
import Platform
import Registry
import Verification

/// What a trial's topics hold, read and held against each other apart from the service: loss,
/// duplicates, versions, scores, epochs, order, and how long a partition went without an answer.
final class TrialReading {
    private let stream: TestStream
    private let topics: StreamTopics
    private let reader: TopicReader
    private let events: StreamEventReader
    private var checker: StreamChecker
    private var newest: [Int32: Int64] = [:]
    /// When each record was answered first, by partition, in milliseconds.
    private var moments: [Int32: [Int64]] = [:]
    /// First answers that stand behind one of a later record of their partition.
    private(set) var outOfOrder = 0

    /// Reads the whole input, which nobody may feed any more.
    ///
    /// - Parameter announced: records of control topics that are gone.
    init(_ stream: TestStream, versions: Int, announced: [TopicRecord] = []) throws {
        self.stream = stream
        topics = StreamTopics(
            input: stream.input, output: stream.output, deadLetters: stream.deadLetters,
            control: stream.control, status: stream.status)
        let model = try ModelName("http-anomaly")
        events = StreamEventReader(model: model, topics: topics)
        checker = StreamChecker(
            partitions: stream.partitions, scoring: try Self.scorers(stream, versions))
        for record in try stream.readAll(stream.input) {
            let value = record.value ?? []
            let id = (try? JSONValue(parsing: value, act: "reading an id"))?["id"]?.string
            checker.fed(
                InputRecord(key: record.key, id: id.map { Array($0.utf8) }, value: value),
                at: StreamPlace(partition: record.partition, offset: record.offset))
        }
        let count = stream.partitions
        reader = try TopicReader(
            settings: stream.settings,
            topics: [
                (stream.output, count, .beginning), (stream.deadLetters, count, .beginning),
                (stream.control, 1, .beginning),
            ]
        ) { _, _ in }
        for record in announced { take(record) }
    }

    deinit { reader.close() }

    private static func scorers(_ stream: TestStream, _ versions: Int) throws -> OfflineScorers {
        let scorers = try OfflineScorers()
        let artifacts = RegistryArtifacts(path: stream.registry)
        for version in 1...versions {
            let shown = try stream.swerve(
                "show", "http-anomaly@\(version)", "--registry", stream.registry, "--json"
            ).json()
            try scorers.load(
                DeployedVersion(
                    version: version, digest: try Digest(shown["digest"]?.string ?? "")),
                from: artifacts)
        }
        return scorers
    }

    var findings: Findings { checker.findings() }

    /// Reads on until every record has an answer.
    ///
    /// - Returns: false where some have none after a time in which nothing came.
    func readUntilAnswered() throws -> Bool {
        var silence = Deadline(afterMs: Self.silenceMs)
        while checker.answered < findings.recordsIn {
            let before = checker.answered
            try poll()
            if checker.answered > before { silence = Deadline(afterMs: Self.silenceMs) }
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
        try reader.poll(milliseconds: 50) { (record: TopicRecord) in take(record) }
    }

    private func take(_ record: TopicRecord) {
        guard let event = events.event(of: StreamRecord(record), on: record.topic),
            checker.take(event) != nil
        else { return }
        let place: StreamPlace
        switch event {
        case .predicted(let prediction, _):
            place = prediction.source
            if place.offset < newest[place.partition] ?? -1 { outOfOrder += 1 }
            newest[place.partition] = max(newest[place.partition] ?? -1, place.offset)
        case .deadLetter(let letter): place = letter.source
        default: return
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
