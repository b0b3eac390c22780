package import Lifecycle

/// What `swerve register` is asked for, in the words of the command line.
package struct RegistrationRequest: Sendable {
    package var model: ModelName
    /// The model file, or an exported folder; others have options of their own.
    package var files: [String]
    package var featurizer: String?
    package var golden: String?
    /// 0 unless given.
    package var threshold: Double?
    /// `NAME=CLASS`, `k=number`, `k=v`.
    package var labels: [String] = []
    package var metrics: [String] = []
    package var tags: [String] = []
    package var note = ""
    package var lineage = Lineage()
    /// Names that the version has from now on.
    package var aliases: [AliasName] = []

    /// Whether a spec far wider than the model is meant.
    package var isForced = false

    package init(model: ModelName, files: [String], featurizer: String? = nil) {
        self.model = model
        self.files = files
        self.featurizer = featurizer
    }
}
