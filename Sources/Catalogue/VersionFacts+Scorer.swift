import Registry
import Scoring

extension VersionFacts {
    /// As the loaded scorer is.
    init(_ scorer: Scorer) {
        self.init(
            labels: scorer.labels, task: scorer.task, inputView: scorer.featurizer.needs.name,
            features: scorer.featurizer.featureCount)
    }
}
