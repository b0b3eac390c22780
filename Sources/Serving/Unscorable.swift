import Kafka
import Lifecycle
import Requests

/// Why a record got no prediction.
enum Unscorable {
    /// The request is not one.
    case rejected(RejectReason)
    /// The scorer's sum is not a finite number: never a prediction.
    case notFinite

    func reason(_ set: ServingSet, _ fields: InputFields) -> DeadLetterReason {
        let deployment = set.deployment
        let (code, text) =
            switch self {
            case .rejected(let reason): (reason.code, reason.words(fields))
            case .notFinite: ("score_not_finite", "the score is not a finite number")
            }
        return DeadLetterReason(
            code: code, text: text, model: deployment.model.description, epoch: deployment.epoch)
    }
}
