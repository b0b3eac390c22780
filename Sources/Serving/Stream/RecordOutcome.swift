import Inputs
package import Kafka
import Lifecycle
import Scoring

/// What became of one record: a prediction, or the reason why there is none, whole, so that nobody
/// has to ask again once another record has been read.
@safe
package enum RecordOutcome {
    /// The prediction's bytes, in memory of the scorer's: valid until it scores the next batch.
    case prediction(UnsafeBufferPointer<UInt8>)
    /// The same of a line that is not of its log's format, scored as a whole.
    case malformed(UnsafeBufferPointer<UInt8>)
    case unscorable(DeadLetterReason)
}

/// The reasons of a record that has no score; off the hot path, they allocate.
extension DeadLetterReason {
    /// The record is no request, or does not give what the deciding version reads.
    init(_ reason: RejectReason, _ decoder: RecordDecoder, in deployment: Deployment) {
        self.init(reason.kind, decoder.words(reason), in: deployment)
    }

    /// The deciding version's score is not a finite number: never a prediction, and not the other
    /// version's either.
    ///
    /// Who decides a record follows from its key alone, for anyone to recompute.
    init(notFiniteOf version: LoadedVersion, in deployment: Deployment) {
        self.init(
            .scoreNotFinite,
            "the score of version \(version.deployed.version) is not a finite number",
            in: deployment)
    }

    /// The record does not give what the deciding version's featurizer needs.
    init(_ fault: InputFault, of version: LoadedVersion, in deployment: Deployment) {
        let words = version.scorer.featurizer.words(of: fault)
        self.init(
            .inputUnfit, "version \(version.deployed.version): \(words)", in: deployment)
    }

    /// No producer takes a prediction with a key of that size.
    init(keyBytes: Int, predictionBytes: Int, in deployment: Deployment) {
        self.init(
            .tooLarge,
            "its key has \(keyBytes) bytes, and with it the prediction would be larger than "
                + "\(predictionBytes) bytes",
            in: deployment)
    }

    /// The record is not scored: the supervisor found that workers die of it.
    init(crashedWorkerIn deployment: Deployment) {
        self.init(
            .crashedWorker,
            "workers died while they had the record at hand, the last one while it had no other",
            in: deployment)
    }

    private init(_ code: DeadLetterCode, _ text: String, in deployment: Deployment) {
        self.init(
            code: code.rawValue, text: text, model: deployment.model.description,
            epoch: deployment.epoch)
    }
}
