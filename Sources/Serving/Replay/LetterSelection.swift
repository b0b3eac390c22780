package import Kafka
import Lifecycle

/// Which dead letters a replay scores, and which it passes over: a value.
///
/// Whoever may write to the dead-letter topic may write anything there. What no prediction can
/// come of is found before anything is produced: one record that the brokers refuse ends its
/// whole transaction, and each next replay would meet it again.
package struct LetterSelection: Sendable {
    package enum Verdict: Sendable, Equatable {
        case scored
        /// No letter of this model for this input topic.
        case other
        case stub
        /// Workers died of the record, and the replay is not told to score such ones.
        case crashed
        /// With the reason, for people.
        case unfit(String)
    }

    private let model: String
    private let inputTopic: String
    private let outputTopic: String
    private let outputPartitions: Int
    private let recordBytes: Int
    private let scoresCrashed: Bool

    /// - Parameters:
    ///   - outputPartitions: how many the output topic has now.
    ///   - recordBytes: what the producer takes: of a prediction with its record's key.
    ///   - scoresCrashed: whether records that workers died of are scored too.
    package init(
        model: String, inputTopic: String, outputTopic: String, outputPartitions: Int,
        recordBytes: Int, scoresCrashed: Bool
    ) {
        self.model = model
        self.inputTopic = inputTopic
        self.outputTopic = outputTopic
        self.outputPartitions = outputPartitions
        self.recordBytes = recordBytes
        self.scoresCrashed = scoresCrashed
    }

    package func verdict(on letter: StoredLetter?) -> Verdict {
        guard let letter, letter.reason.model == model, letter.sourceTopic == inputTopic else {
            return .other
        }
        guard !letter.isStub else { return .stub }
        guard letter.sourceOffset >= 0 else {
            return .unfit("its record's offset is \(letter.sourceOffset)")
        }
        guard letter.sourcePartition >= 0, letter.sourcePartition < outputPartitions else {
            return .unfit(
                "its record's partition is \(letter.sourcePartition), and \(outputTopic) has "
                    + "\(outputPartitions)")
        }
        // A key alone may be too large for whatever comes of it.
        if let reason = refusal(keyBytes: letter.key.count, valueBytes: 0) { return .unfit(reason) }
        guard scoresCrashed || letter.reason.code != DeadLetterCode.crashedWorker.rawValue else {
            return .crashed
        }
        return .scored
    }

    /// Why the producer would take no prediction of that size; nil where it takes it.
    package func refusal(keyBytes: Int, valueBytes: Int) -> String? {
        guard keyBytes + valueBytes > recordBytes else { return nil }
        return "its key has \(keyBytes) bytes, and with it the prediction would be larger than "
            + "\(recordBytes) bytes"
    }
}
