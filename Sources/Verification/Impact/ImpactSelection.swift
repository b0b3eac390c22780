import Lifecycle

/// Whose decisions are asked for.
package enum ImpactSelection: Sendable, Equatable {
    /// Under whichever epoch.
    case version(Int)
    /// By whichever version.
    case epoch(Int64)

    package func takes(_ prediction: Prediction) -> Bool {
        switch self {
        case .version(let version): prediction.version == version
        case .epoch(let epoch): prediction.epoch == epoch
        }
    }

    package enum Letter: Sendable, Equatable {
        case taken
        case left
        /// Nobody here knows which version refused the record.
        case unknown
    }

    /// Whether a record that became a dead letter was refused by whom is asked for: a letter names
    /// its epoch, and epoch and key say who had to decide.
    ///
    /// - Parameter isKeyKnown: false where the letter stands for a record whose key it left out.
    package func takes(
        epoch: Int64, key: [UInt8]?, isKeyKnown: Bool, at place: StreamPlace, _ book: EpochBook
    ) -> Letter {
        switch self {
        case .epoch(let wanted): return epoch == wanted ? .taken : .left
        case .version(let version):
            guard let deployment = book[epoch]?.deployment else { return .unknown }
            let isDecided = deployment.candidate?.mode == .canary
            guard isDecided, !isKeyKnown else {
                let decider = deployment.decider(
                    key: key, partition: place.partition, offset: place.offset)
                return decider.version == version ? .taken : .left
            }
            return deployment.versions.contains { $0.version == version } ? .unknown : .left
        }
    }

    /// `version 8`, `epoch 12`.
    package var words: String {
        switch self {
        case .version(let version): "version \(version)"
        case .epoch(let epoch): "epoch \(epoch)"
        }
    }
}
