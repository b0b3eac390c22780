package import Lifecycle

/// Holds what came out of a stream against what went in: a value that knows neither Kafka nor time.
///
/// Tell it every record of the input topic, every deployment announced, and everything on the
/// output and dead-letter topics; then ask for the findings. Records of one input partition come
/// in their order and before their answers. All else may come in any order: an answer under an
/// epoch that is not announced yet is judged once it is.
package struct StreamChecker {
    /// Who should have decided waits for the deployment to be known.
    private enum Undecided {
        case prediction(Prediction, key: [UInt8])
        case letter(DeadLetter, InputRecord)
    }

    /// Every how many predictions the slow reference scorer has a word.
    package static let thoroughEvery = 16

    private let scoring: any OfflineScoring
    private var inputs: [AnsweredRecords]
    private var deployments: [Int64: Deployment] = [:]
    private var undecided: [Undecided] = []
    private var partitionsOfEpoch: [Int64: Set<Int32>] = [:]
    private var found: Findings

    /// Records answered by a prediction or a dead letter, each counted once.
    package private(set) var answered = 0

    /// - Parameters:
    ///   - partitions: of the input topic.
    ///   - placesMax: of each kind of finding so many places are kept.
    package init(partitions: Int, scoring: any OfflineScoring, placesMax: Int = 5) {
        self.scoring = scoring
        inputs = Array(repeating: AnsweredRecords(), count: partitions)
        found = Findings(placesMax: placesMax)
    }

    /// A record stands on the input topic.
    ///
    /// - Returns: false for a record that was told before, which counts once, and for one of a
    ///   partition that there is not.
    @discardableResult
    package mutating func fed(_ record: InputRecord, at place: StreamPlace) -> Bool {
        guard inputs.indices.contains(Int(place.partition)),
            inputs[Int(place.partition)].append(record, offset: place.offset)
        else { return false }
        found.recordsIn += 1
        return true
    }

    /// A deployment was announced.
    package mutating func announced(_ deployment: Deployment) {
        deployments[deployment.epoch] = deployment
        let waiting = undecided
        undecided = []
        for one in waiting {
            switch one {
            case .prediction(let prediction, let key): checkDecider(prediction, key: key)
            case .letter(let letter, let record): checkReason(letter, record)
            }
        }
    }

    /// Takes in what a record of the stream's topics says.
    ///
    /// - Returns: the record that it answers, for the first answer alone.
    @discardableResult
    package mutating func take(_ event: StreamEvent) -> InputRecord? {
        switch event {
        case .predicted(let prediction, let record):
            return predicted(prediction, key: record.key, partition: record.place.partition)
        case .deadLetter(let letter): return deadLetter(letter)
        case .announced(let deployment): announced(deployment)
        case .unreadable(.prediction): found.note(.unreadable, at: nil)
        case .unreadable(.deadLetter):
            found.deadLetters += 1
            found.note(.unexplainedDeadLetter, at: nil)
        }
        return nil
    }

    /// A prediction was read from `partition` of the output topic.
    ///
    /// - Returns: the record that it answers, for the first answer alone.
    @discardableResult
    package mutating func predicted(
        _ prediction: Prediction, key: [UInt8], partition: Int32
    ) -> InputRecord? {
        found.recordsOut += 1
        found.byVersion[prediction.version, default: 0] += 1
        found.byEpoch[prediction.epoch, default: 0] += 1
        if let label = prediction.label {
            found.byVersionAndLabel[prediction.version, default: [:]][
                String(decoding: label, as: UTF8.self), default: 0] += 1
        }
        guard let (part, index) = locate(prediction.source) else {
            found.note(.wrongSource, at: prediction.source)
            return nil
        }
        partitionsOfEpoch[prediction.epoch, default: []].insert(prediction.partition)
        guard let record = answer(part, index) else {
            found.note(.duplicated, at: prediction.source)
            // Scored again after a crash: perhaps under a newer epoch, never under an older one.
            if prediction.epoch < inputs[part].entries[index].epoch {
                found.note(.epochWentBack, at: prediction.source)
            }
            return nil
        }
        inputs[part].setEpoch(prediction.epoch, of: index)
        let isPlaced = partition == prediction.partition && key == record.key
        if !isPlaced || !record.isNamed(by: prediction.id) {
            found.note(.wrongSource, at: prediction.source)
        }
        checkScore(prediction, record)
        checkDecider(prediction, key: record.key)
        return record
    }

    /// A dead letter was read.
    ///
    /// - Returns: the record that it answers, for the first answer alone.
    @discardableResult
    package mutating func deadLetter(_ letter: DeadLetter) -> InputRecord? {
        found.deadLetters += 1
        guard let (part, index) = locate(letter.source) else {
            found.note(.unexplainedDeadLetter, at: letter.source)
            return nil
        }
        guard let record = answer(part, index) else {
            found.note(.duplicated, at: letter.source)
            return nil
        }
        // A stub has neither the value nor a long key.
        if !letter.isStub, letter.key != record.key || letter.value != record.value {
            found.note(.unexplainedDeadLetter, at: letter.source)
        } else {
            checkReason(letter, record)
        }
        return record
    }

    /// The record at a place, while it is unanswered.
    package func waiting(at place: StreamPlace) -> InputRecord? {
        locate(place).flatMap { inputs[$0.0].entries[$0.1].record }
    }

    /// Whether a prediction under `epoch` was seen for every partition.
    package func hasSeen(epoch: Int64) -> Bool {
        partitionsOfEpoch[epoch, default: []].count == inputs.count
    }

    package func deployment(epoch: Int64) -> Deployment? { deployments[epoch] }

    /// The verdict over everything told so far.
    package func findings() -> Findings {
        var result = found
        // An epoch that nobody announced prescribes nothing, and explains nothing.
        for one in undecided {
            switch one {
            case .prediction(let prediction, _): result.note(.wrongVersion, at: prediction.source)
            case .letter(let letter, _): result.note(.unexplainedDeadLetter, at: letter.source)
            }
        }
        for (partition, records) in inputs.enumerated() {
            func place(_ offset: Int64) -> StreamPlace {
                StreamPlace(partition: Int32(partition), offset: offset)
            }
            for offset in records.unanswered { result.note(.lost, at: place(offset)) }
            for offset in records.steppedBack { result.note(.epochWentBack, at: place(offset)) }
        }
        return result
    }

    // MARK: - The rules

    private func locate(_ place: StreamPlace) -> (Int, Int)? {
        let part = Int(place.partition)
        guard inputs.indices.contains(part) else { return nil }
        return inputs[part].index(of: place.offset).map { (part, $0) }
    }

    private mutating func answer(_ part: Int, _ index: Int) -> InputRecord? {
        let record = inputs[part].answer(index)
        if record != nil { answered += 1 }
        return record
    }

    private mutating func checkScore(_ prediction: Prediction, _ record: InputRecord) {
        let isThorough = found.recordsOut % Self.thoroughEvery == 0
        let expected = scoring.scores(
            version: prediction.version, value: record.value, isThorough: isThorough)
        if isThorough { found.thoroughlyChecked += 1 }
        let agrees = expected.allSatisfy { $0.agrees(with: prediction) }
        guard !expected.isEmpty, agrees else {
            return found.note(.wrongScore, at: prediction.source)
        }
        if expected[0].label != prediction.label {
            found.note(.wrongLabel, at: prediction.source)
        }
    }

    private mutating func checkDecider(_ prediction: Prediction, key: [UInt8]) {
        guard let deployment = deployments[prediction.epoch] else {
            return undecided.append(.prediction(prediction, key: key))
        }
        if Self.decider(of: prediction.source, key: key, in: deployment)
            != (prediction.version, prediction.role)
        {
            found.note(.wrongVersion, at: prediction.source)
        }
    }

    /// A dead letter is right where the version that had to decide the record cannot score it.
    private mutating func checkReason(_ letter: DeadLetter, _ record: InputRecord) {
        guard let deployment = deployments[letter.epoch] else {
            return undecided.append(.letter(letter, record))
        }
        let decider = Self.decider(of: letter.source, key: record.key, in: deployment)
        let scores = scoring.scores(
            version: decider.version, value: record.value, isThorough: false)
        if scores.contains(where: \.score.isFinite) {
            found.note(.unexplainedDeadLetter, at: letter.source)
        }
    }

    /// Who had to decide a record, by its deployment and the bucket of its key.
    private static func decider(
        of source: StreamPlace, key: [UInt8], in deployment: Deployment
    ) -> (version: Int, role: Role) {
        let bucket =
            key.isEmpty
            ? CanaryBucket.bucket(
                partition: source.partition, offset: source.offset, salt: deployment.salt)
            : CanaryBucket.bucket(key: key, salt: deployment.salt)
        return deployment.decider(bucket: bucket)
    }
}
