package import Lifecycle

/// What the poll thread scores with: a whole deployment with its scorers, immutable but for the
/// progress that the poll thread notes in it.
package final class ServingSet: Sendable {
    package let deployment: Deployment
    package let stable: LoadedVersion
    package let candidate: LoadedVersion?
    /// Kept loaded so that a rollback is a pointer swap; nil where it could not be loaded.
    package let previous: LoadedVersion?
    package let stableForm: PredictionForm
    package let candidateForm: PredictionForm?
    /// The canary's share in ten-thousandths, 0 without one.
    package let canaryShare: Int
    /// From the control record's arrival to scorers ready.
    package let loadedMs: Double
    package let progress: EpochProgress

    /// - Parameter loaded: scorers for every version of the deployment; of `previous` where it
    ///   could be loaded.
    package init?(
        deployment: Deployment, loaded: [LoadedVersion], inputTopic: String, partitionCount: Int,
        loadedMs: Double
    ) {
        func find(_ deployed: DeployedVersion?) -> LoadedVersion? {
            loaded.first { $0.deployed == deployed }
        }
        guard let stable = find(deployment.stable) else { return nil }
        let candidate = find(deployment.candidate?.deployed)
        guard (candidate == nil) == (deployment.candidate == nil) else { return nil }
        self.deployment = deployment
        self.stable = stable
        self.candidate = candidate
        previous = find(deployment.previous)
        self.loadedMs = loadedMs
        stableForm = PredictionForm(
            deployment: deployment, version: stable, role: .stable, inputTopic: inputTopic)
        candidateForm = candidate.map {
            PredictionForm(
                deployment: deployment, version: $0, role: .canary, inputTopic: inputTopic)
        }
        canaryShare = deployment.candidate?.share.tenThousandths ?? 0
        progress = EpochProgress(partitionCount: partitionCount)
    }

    /// The scorers held, for the next set to take over.
    package var loaded: [LoadedVersion] {
        [stable] + (candidate.map { [$0] } ?? []) + (previous.map { [$0] } ?? [])
    }

    package var longestPrediction: Int {
        max(stableForm.longestBytes, candidateForm?.longestBytes ?? 0)
    }
}
