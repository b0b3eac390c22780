import Inputs
import Kafka
import Lifecycle
import Scoring

/// Why a record got no prediction.
enum Unscorable {
    /// The request is not one.
    case rejected(RejectReason)
    /// The deciding version's score is not a finite number: never a prediction, and not the other
    /// version's either. Who decides a record follows from its key alone, for anyone to recompute.
    case notFinite(version: Int)
    /// The record does not give what the deciding version's featurizer needs.
    case unfit(version: Int, InputFault, fieldNames: [String])

    /// - Parameter named: the numeric fields that the parser looks for.
    func reason(
        _ set: ServingSet, _ fields: InputFields, named: [String]
    ) -> DeadLetterReason {
        let deployment = set.deployment
        let (code, text) =
            switch self {
            case .rejected(let reason): (reason.code, reason.words(fields, named: named))
            case .notFinite(let version):
                ("score_not_finite", "the score of version \(version) is not a finite number")
            case .unfit(let version, let fault, let names):
                ("input_unfit", "version \(version): \(fault.words(fieldNames: names))")
            }
        return DeadLetterReason(
            code: code, text: text, model: deployment.model.description, epoch: deployment.epoch)
    }
}
