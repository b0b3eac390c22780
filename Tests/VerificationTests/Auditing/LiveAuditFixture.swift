import Lifecycle

@testable import Verification

/// A running audit over two partitions that begin at offsets 100 and 200, fed with four records
/// each; what stands on the topics is written as workers write it.
struct LiveAuditFixture {
    static let bases: [Int64] = [100, 200]
    static let recordsEach = 4
    static let topics = StreamTopics(
        input: "in", output: "out", deadLetters: "dlq", control: "control", status: "status")

    /// What the registry knows; a class, as it grows while the audit has it.
    final class Epochs {
        var known: [Int64: EpochBook.Epoch] = [:]
        private(set) var asked: [Int64] = []

        func add(_ deployment: Deployment) {
            known[deployment.epoch] = EpochBook.Epoch(
                deployment: deployment, by: "ops", at: "2026-11-23T10:00:00.000Z", reason: "")
        }

        func epoch(_ number: Int64) -> EpochBook.Epoch? {
            asked.append(number)
            return known[number]
        }
    }

    struct Record {
        var key: [UInt8]
        var value: [UInt8]
    }

    var audit: LiveAudit
    let epochs = Epochs()
    private(set) var records: [[Record]] = [[], []]
    private var nextOutput: Int64 = 0

    init(ledger: String? = nil, _ change: (inout AuditTerms) -> Void = { _ in }) throws {
        var terms = AuditTerms(
            model: try ModelName("m"), group: "g", topics: Self.topics, ledger: ledger,
            delivery: .atLeastOnce)
        change(&terms)
        audit = LiveAudit(
            terms, partitions: 2, letterPartitions: 2, scoring: FakeEpochScoring()
        ) { [epochs] epoch in epochs.epoch(epoch) }
        for partition in 0..<2 {
            for index in 0..<Self.recordsEach {
                feed("key-\(index)", "value p\(partition)-\(index)", partition)
            }
        }
        epochs.add(try Self.deployment(epoch: 1, stable: 1))
        epochs.add(try Self.deployment(epoch: 2, stable: 2))
    }

    @discardableResult
    mutating func feed(_ key: String, _ value: String, _ partition: Int) -> StreamPlace {
        let place = Self.place(partition, records[partition].count)
        let record = Record(key: Array(key.utf8), value: Array(value.utf8))
        records[partition].append(record)
        audit.fed(key: record.key, value: record.value, at: place)
        return place
    }

    static func place(_ partition: Int, _ index: Int) -> StreamPlace {
        StreamPlace(partition: Int32(partition), offset: bases[partition] + Int64(index))
    }

    static func deployment(
        epoch: Int64, stable: Int, candidate: Int? = nil, share: Int = 10_000
    ) throws -> Deployment {
        let digest = Digest(sha256: [UInt8](repeating: 7, count: 32))
        let trial = try candidate.map { version in
            Candidate(
                deployed: DeployedVersion(version: version, digest: digest), mode: .canary,
                share: try Share(tenThousandths: share))
        }
        return Deployment(
            model: try ModelName("m"), epoch: epoch,
            stable: DeployedVersion(version: stable, digest: digest), candidate: trial, salt: 9)
    }

    // MARK: - Predictions

    /// The prediction that a faultless worker makes.
    func right(_ partition: Int, _ index: Int, epoch: Int64 = 1) -> Prediction {
        let count = records[partition][index].value.count
        return Prediction(
            version: Int(epoch), epoch: epoch, role: .stable,
            score: Double(Int(epoch) * 10 + count), label: Array("attack".utf8),
            partition: Int32(partition), offset: Self.place(partition, index).offset,
            id: Array("id-\(count)".utf8))
    }

    /// - Returns: what the audit says that it answers.
    @discardableResult
    mutating func predict(
        _ prediction: Prediction, key: String? = nil, on partition: Int32? = nil
    ) throws -> StreamPlace? {
        let part = Int(prediction.partition)
        var own: [UInt8] = []
        if records.indices.contains(part) {
            let index = prediction.offset.subtractingReportingOverflow(Self.bases[part])
            if !index.overflow, let place = Int(exactly: index.partialValue),
                records[part].indices.contains(place)
            {
                own = records[part][place].key
            }
        }
        return try out(
            Self.value(prediction), key: key.map { Array($0.utf8) } ?? own,
            on: partition ?? prediction.partition)
    }

    /// Something stands on the output.
    @discardableResult
    mutating func out(_ value: [UInt8]?, key: [UInt8], on partition: Int32) throws -> StreamPlace? {
        nextOutput += 1
        return try audit.take(
            StreamRecord(
                at: StreamPlace(partition: partition, offset: nextOutput), key: key, value: value),
            of: Self.topics.output)
    }

    static func value(_ prediction: Prediction) -> [UInt8] {
        func text(_ bytes: [UInt8]) -> JSONValue { .string(String(decoding: bytes, as: UTF8.self)) }
        var fields: [String: JSONValue] = [
            "model": "m", "version": .int(Int64(prediction.version)),
            "epoch": .int(prediction.epoch), "role": .string(prediction.role.rawValue),
            "score": .double(prediction.score),
            "source": [
                "topic": "in", "partition": .int(Int64(prediction.partition)),
                "offset": .int(prediction.offset),
            ],
        ]
        fields["label"] = prediction.label.map(text)
        fields["id"] = prediction.id.map(text)
        return JSONValue.object(fields).bytes
    }

    /// Predicts everything rightly but what `isLeftOut` names.
    mutating func predictAll(but isLeftOut: (Int, Int) -> Bool = { _, _ in false }) throws {
        for partition in 0..<2 {
            for index in 0..<Self.recordsEach where !isLeftOut(partition, index) {
                try predict(right(partition, index, epoch: index < 2 ? 1 : 2))
            }
        }
    }

    // MARK: - Dead letters

    /// Feeds one more record, which no version can score.
    mutating func feedBroken() -> StreamPlace { feed("k", "broken", 1) }

    /// Writes the dead letter of a record, as a faultless worker does.
    @discardableResult
    mutating func letter(
        _ place: StreamPlace, epoch: Int64 = 1, value: [UInt8]? = nil, isStub: Bool = false,
        on partition: Int32? = nil
    ) throws -> StreamPlace? {
        let index = Int(place.offset - Self.bases[Int(place.partition) % 2])
        let part = records[Int(place.partition) % 2]
        let record = part.indices.contains(index) ? part[index] : Record(key: [], value: [])
        let headers = [
            "swerve.model": "m", "swerve.source.topic": "in",
            "swerve.source.partition": "\(place.partition)",
            "swerve.source.offset": "\(place.offset)", "swerve.epoch": "\(epoch)",
            "swerve.error.code": "not_json", "swerve.stub": "\(isStub)",
        ]
        return try audit.take(
            StreamRecord(
                at: StreamPlace(partition: partition ?? place.partition, offset: 0),
                key: isStub ? [] : record.key, value: value ?? record.value, headers: headers),
            of: Self.topics.deadLetters)
    }

    /// A deployment stands on the control topic.
    mutating func announce(_ deployment: Deployment) throws {
        let record = ControlRecord(
            registry: "r", deployment: deployment, issuedAt: "2026-01-01T00:00:00Z",
            issuedBy: "ada", reason: "")
        try audit.take(
            StreamRecord(
                at: StreamPlace(partition: 0, offset: 0), key: Array("m".utf8),
                value: record.bytes),
            of: Self.topics.control)
    }

    // MARK: - The verdict

    /// What is found, as `lost 1@203`, and what is in doubt.
    var found: [String] {
        let findings = audit.report().findings
        func text(_ places: FoundPlaces) -> String {
            places.places.map(\.text).joined(separator: " ")
        }
        return findings.breaches.map { "\($0.key.rawValue) \(text($0.value))" }.sorted()
            + findings.doubts.map { "? \($0.key.rawValue) \(text($0.value))" }.sorted()
    }
}
