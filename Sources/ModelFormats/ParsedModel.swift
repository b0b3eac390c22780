package import Lifecycle
package import Scoring

/// What a model file says, before it is joined with a featurizer.
package struct ParsedModel {
    package let model: Model
    /// The recipe that the file carries; nil where it comes beside the file.
    package let featurizer: FeaturizerSpec?
    /// Names of classes, and a threshold, that the file itself gives; what is said at registration
    /// goes before.
    package let labels: [String: String]
    package let threshold: Double
    /// Inputs with their decisions that the file carries; empty where it carries none.
    package let golden: [GoldenInput]
    /// What the file says of its training, for people: hostile, and no part of the model.
    package let training: JSONValue?

    package init(
        model: Model, featurizer: FeaturizerSpec? = nil, labels: [String: String] = [:],
        threshold: Double = 0, golden: [GoldenInput] = [], training: JSONValue? = nil
    ) {
        self.model = model
        self.featurizer = featurizer
        self.labels = labels
        self.threshold = threshold
        self.golden = golden
        self.training = training
    }

    /// Reads a model file of any format that this version knows, recognised by its content.
    ///
    /// - Throws: `SwerveError` that names the file and the place in it.
    package init(parsing file: NamedBytes) throws(SwerveError) {
        switch try ModelFormat.recognize(file) {
        case .liblinear: self.init(model: try LiblinearModel.parse(file))
        case .libsvm: self.init(model: try LibsvmModel.parse(file))
        case .onnx: self = try ONNXModel.parse(file)
        case .safetensors: self = try Bundle.parse(file)
        }
    }
}
