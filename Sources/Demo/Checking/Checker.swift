package import Lifecycle

/// Holds what came out against what went in: a value that knows neither Kafka nor time.
///
/// Tell it every record fed, every deployment announced, and everything on the output and
/// dead-letter topics, in any order but each partition's own; then ask for the findings.
package struct Checker {
    struct Entry {
        /// Nil once it was answered.
        var record: FedRecord?
        var answers = 0
        /// Of the first prediction; 0 before.
        var epoch: Int64 = 0
    }

    private struct Undecided {
        let prediction: Prediction
        let key: [UInt8]
    }

    /// Every how many predictions the slow reference scorer has a word.
    package static let thoroughEvery = 16

    private let base: [Int64]
    private let scoring: any OfflineScoring
    private(set) var entries: [[Entry]]
    /// The first entry of each partition that may still be unanswered.
    private var oldest: [Int]
    private var deployments: [Int64: Deployment] = [:]
    private var undecided: [Undecided] = []
    private var partitionsOfEpoch: [Int64: Set<Int32>] = [:]
    private var found = Findings()
    private var places = FaultPlaces()

    /// Records answered by a prediction or a dead letter, each counted once.
    package private(set) var answered = 0

    /// - Parameter base: the end offset of each partition of the input topic before feeding.
    package init(base: [Int64], scoring: any OfflineScoring) {
        self.base = base
        self.scoring = scoring
        entries = Array(repeating: [], count: base.count)
        oldest = Array(repeating: 0, count: base.count)
    }

    /// A record went to `partition`, behind those fed to it before.
    ///
    /// - Returns: its offset, as an idempotent producer alone on a topic gets it.
    @discardableResult
    package mutating func fed(_ record: FedRecord, partition: Int32) -> Int64 {
        let index = Int(partition)
        entries[index].append(Entry(record: record))
        found.recordsIn += 1
        return base[index] + Int64(entries[index].count - 1)
    }

    /// A deployment was announced.
    package mutating func announced(_ deployment: Deployment) {
        deployments[deployment.epoch] = deployment
        let waiting = undecided
        undecided = []
        for one in waiting { checkDecider(one.prediction, key: one.key) }
    }

    /// A prediction was read from `partition` of the output topic.
    ///
    /// - Returns: the record that it answers, for the first answer alone.
    @discardableResult
    package mutating func predicted(
        _ prediction: Prediction, key: [UInt8], partition: Int32
    ) -> FedRecord? {
        found.recordsOut += 1
        found.byVersion[prediction.version, default: 0] += 1
        found.byEpoch[prediction.epoch, default: 0] += 1
        if let label = prediction.label {
            found.byVersionAndLabel[prediction.version, default: [:]][
                String(decoding: label, as: UTF8.self), default: 0] += 1
        }
        guard let (part, index) = place(prediction.partition, prediction.offset) else {
            found.wrongSource += 1
            places.note(.wrongSource, prediction.place)
            return nil
        }
        partitionsOfEpoch[prediction.epoch, default: []].insert(prediction.partition)
        guard let record = answer(part, index) else {
            found.duplicated += 1
            places.note(.duplicated, prediction.place)
            // Scored again after a crash: perhaps under a newer epoch, never under an older one.
            if prediction.epoch < entries[part][index].epoch {
                found.epochWentBack += 1
                places.note(.epochWentBack, prediction.place)
            }
            return nil
        }
        entries[part][index].epoch = prediction.epoch
        let isPlaced = partition == prediction.partition && key == record.key
        if !isPlaced || !RequestIDs.agree(fed: record.id, predicted: prediction.id) {
            found.wrongSource += 1
            places.note(.wrongSource, prediction.place)
        }
        checkScore(prediction, record)
        checkDecider(prediction, key: record.key)
        return record
    }

    /// A record of the output topic was no prediction.
    package mutating func unreadable() { found.unreadable += 1 }

    /// A dead letter was read from `partition`; it carries the record's key and value untouched.
    ///
    /// - Returns: the record that it answers.
    @discardableResult
    package mutating func deadLetter(
        key: [UInt8], value: [UInt8]?, partition: Int32
    ) -> FedRecord? {
        found.deadLetters += 1
        let part = Int(partition)
        guard entries.indices.contains(part) else {
            found.wrongDeadLetters += 1
            return nil
        }
        // In order of the partition, so the first that looks the same is the one.
        for index in oldest[part]..<entries[part].count {
            guard let record = entries[part][index].record, record.key == key,
                record.value == value ?? []
            else { continue }
            _ = answer(part, index)
            let scores = deployments.values.flatMap { deployment in
                scoring.scores(
                    version: deployment.stable.version, value: record.value, isThorough: false)
            }
            if scores.contains(where: \.score.isFinite) {
                found.wrongDeadLetters += 1
                places.note(
                    .wrongDeadLetter,
                    FaultPlaces.Place(partition: part, offset: base[part] + Int64(index)))
            }
            return record
        }
        found.wrongDeadLetters += 1
        return nil
    }

    /// The record at a place, while it is unanswered.
    package func waiting(partition: Int32, offset: Int64) -> FedRecord? {
        place(partition, offset).flatMap { entries[$0.0][$0.1].record }
    }

    /// Whether a prediction under `epoch` was seen on every partition.
    package func hasSeen(epoch: Int64) -> Bool {
        partitionsOfEpoch[epoch, default: []].count == base.count
    }

    /// The offset that the next record of `partition` gets.
    package func nextOffset(partition: Int) -> Int64 {
        base[partition] + Int64(entries[partition].count)
    }

    package func deployment(epoch: Int64) -> Deployment? { deployments[epoch] }

    /// The verdict over everything told so far.
    package func findings() -> Findings {
        var result = found
        result.lost = result.recordsIn - answered
        // An epoch that nobody announced prescribes nothing.
        result.wrongVersion += undecided.count
        for part in entries {
            var highest: Int64 = 0
            for entry in part where entry.epoch > 0 {
                if entry.epoch < highest { result.epochWentBack += 1 }
                highest = max(highest, entry.epoch)
            }
        }
        return result
    }

    /// Where the faults among the findings were, the first of each kind.
    package func faultPlaces() -> FaultPlaces {
        var result = places
        for one in undecided { result.note(.wrongVersion, one.prediction.place) }
        for (partition, part) in entries.enumerated() {
            var highest: Int64 = 0
            for (index, entry) in part.enumerated() {
                let place = FaultPlaces.Place(
                    partition: partition, offset: base[partition] + Int64(index))
                if entry.record != nil { result.note(.lost, place) }
                guard entry.epoch > 0 else { continue }
                if entry.epoch < highest { result.note(.epochWentBack, place) }
                highest = max(highest, entry.epoch)
            }
        }
        return result
    }

    // MARK: - The rules

    private func place(_ partition: Int32, _ offset: Int64) -> (Int, Int)? {
        guard partition >= 0, Int(partition) < base.count else { return nil }
        let part = Int(partition)
        let (difference, overflow) = offset.subtractingReportingOverflow(base[part])
        guard !overflow, difference >= 0, difference < Int64(entries[part].count) else {
            return nil
        }
        return (part, Int(difference))
    }

    /// Notes an answer; the record itself at the first one.
    private mutating func answer(_ part: Int, _ index: Int) -> FedRecord? {
        entries[part][index].answers += 1
        guard let record = entries[part][index].record else { return nil }
        entries[part][index].record = nil
        answered += 1
        while oldest[part] < entries[part].count, entries[part][oldest[part]].record == nil {
            oldest[part] += 1
        }
        return record
    }

    private mutating func checkScore(_ prediction: Prediction, _ record: FedRecord) {
        let isThorough = found.recordsOut % Self.thoroughEvery == 0
        let expected = scoring.scores(
            version: prediction.version, value: record.value, isThorough: isThorough)
        if isThorough { found.thoroughlyChecked += 1 }
        let agrees = expected.allSatisfy { $0.agrees(with: prediction) }
        guard !expected.isEmpty, agrees else {
            found.wrongScore += 1
            places.note(.wrongScore, prediction.place)
            return
        }
        if expected[0].label != prediction.label {
            found.wrongLabel += 1
            places.note(.wrongLabel, prediction.place)
        }
    }

    /// Who had to decide the record, by the deployment of the epoch and the bucket of the key.
    private mutating func checkDecider(_ prediction: Prediction, key: [UInt8]) {
        guard let deployment = deployments[prediction.epoch] else {
            undecided.append(Undecided(prediction: prediction, key: key))
            return
        }
        let bucket =
            key.isEmpty
            ? CanaryBucket.bucket(
                partition: prediction.partition, offset: prediction.offset, salt: deployment.salt)
            : CanaryBucket.bucket(key: key, salt: deployment.salt)
        if deployment.decider(bucket: bucket) != (prediction.version, prediction.role) {
            found.wrongVersion += 1
            places.note(.wrongVersion, prediction.place)
        }
    }
}

extension Prediction {
    fileprivate var place: FaultPlaces.Place {
        FaultPlaces.Place(partition: Int(partition), offset: offset)
    }
}
