package import Inputs
package import Lifecycle
import Scoring

extension AvroPredictionForm {
    /// The form of the predictions of one version in Avro; as `PredictionForm` is in JSON.
    ///
    /// - Parameter schemaID: what the registry has `PredictionSchema` under.
    package init(
        deployment: Deployment, version: LoadedVersion, role: Role, inputTopic: String,
        schemaID: Int32
    ) {
        let model = version.scorer.model
        let of = version.scorer.positiveLabel
        let labels = version.scorer.labels.map { ClassWords(label: $0, of: of) }
        self.init(
            schemaID: schemaID, model: "\(deployment.model)",
            version: Int64(version.deployed.version), epoch: Int64(deployment.epoch),
            role: role.rawValue, classes: labels.isEmpty ? [ClassWords(label: nil)] : labels,
            topic: inputTopic, listsDecisions: model.rule != .single,
            numbersMax: model.decisionCount + model.classes.count)
    }
}
