import Lifecycle
import Verification

/// Scores without a model: the version in tens, and the request's length.
struct FakeScoring: OfflineScoring {
    func scores(version: Int, value: [UInt8], isThorough: Bool) -> [ExpectedScore] {
        guard (1...2).contains(version), value != Array("broken".utf8) else { return [] }
        let score = Double(version * 10 + value.count)
        let found = ExpectedScore(score: score, label: Array("attack".utf8))
        return isThorough ? [found, found] : [found]
    }
}

/// A checker over two partitions that begin at offsets 100 and 200, fed with four records each.
struct StreamFixture {
    static let bases: [Int64] = [100, 200]
    static let recordsEach = 4
    var checker: StreamChecker
    private(set) var records: [[InputRecord]] = [[], []]

    init() throws {
        checker = StreamChecker(partitions: 2, scoring: FakeScoring())
        for partition in 0..<2 {
            for index in 0..<Self.recordsEach {
                let name = "p\(partition)-\(index)"
                let record = InputRecord(
                    key: Array("key-\(index)".utf8), id: Array(name.utf8),
                    value: Array("value \(name)".utf8))
                checker.fed(record, at: Self.place(partition, index))
                records[partition].append(record)
            }
        }
        checker.announced(try Self.deployment(epoch: 1, stable: 1))
        checker.announced(try Self.deployment(epoch: 2, stable: 2))
    }

    static func place(_ partition: Int, _ index: Int) -> StreamPlace {
        StreamPlace(partition: Int32(partition), offset: bases[partition] + Int64(index))
    }

    /// The dead letter of a record, as a faultless worker writes it.
    func letter(_ partition: Int, _ index: Int, epoch: Int64 = 1) -> DeadLetter {
        let record = records[partition][index]
        return DeadLetter(
            source: Self.place(partition, index), key: record.key, value: record.value,
            code: "not-json", epoch: epoch)
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

    /// The prediction that a faultless worker makes.
    func right(_ partition: Int, _ index: Int, epoch: Int64 = 1) -> Prediction {
        let record = records[partition][index]
        return Prediction(
            version: Int(epoch), epoch: epoch, role: .stable,
            score: Double(Int(epoch) * 10 + record.value.count), label: Array("attack".utf8),
            partition: Int32(partition), offset: Self.bases[partition] + Int64(index),
            id: record.id)
    }

    mutating func predict(_ prediction: Prediction, key: [UInt8]? = nil, on partition: Int32? = nil)
    {
        let part = Int(prediction.partition)
        let index = Int(prediction.offset - Self.bases[part])
        let own = records[part].indices.contains(index) ? records[part][index].key : []
        checker.predicted(prediction, key: key ?? own, partition: partition ?? prediction.partition)
    }

    /// Predicts everything rightly but what `isLeftOut` names.
    mutating func predictAll(but isLeftOut: (Int, Int) -> Bool = { _, _ in false }) {
        for partition in 0..<2 {
            for index in 0..<Self.recordsEach where !isLeftOut(partition, index) {
                predict(right(partition, index, epoch: index < 2 ? 1 : 2))
            }
        }
    }

    /// Feeds one more record, which no version can score.
    ///
    /// - Returns: it, and its dead letter.
    mutating func feedBroken() -> (InputRecord, DeadLetter) {
        let record = InputRecord(key: Array("k".utf8), id: nil, value: Array("broken".utf8))
        let place = Self.place(1, records[1].count)
        checker.fed(record, at: place)
        records[1].append(record)
        return (
            record,
            DeadLetter(
                source: place, key: record.key, value: record.value, code: "not-json", epoch: 1)
        )
    }
}
