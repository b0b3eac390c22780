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

    /// The same speaking of another class, which its threshold and its golden decisions follow.
    ///
    /// Itself where it speaks of that class already.
    /// - Parameter positive: by the model's own name.
    /// - Throws: `.invalid` where it is no class of a model with two.
    package func speaking(of positive: String, act: String) throws(SwerveError) -> ParsedModel {
        let turned = try model.speaking(of: positive, act: act)
        guard turned.positive != model.positive else { return self }
        return ParsedModel(
            model: turned, featurizer: featurizer, labels: labels,
            threshold: model.turnedThreshold(threshold),
            golden: golden.map {
                GoldenInput(input: $0.input, decision: model.turned($0.decision))
            },
            training: training
        )
    }

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
    /// - Parameter isZeroBased: whether its indices begin at 0, which only LIBSVM's can.
    /// - Throws: `SwerveError` that names the file and the place in it.
    package init(parsing file: NamedBytes, isZeroBased: Bool = false) throws(SwerveError) {
        let format = try ModelFormat.recognize(file)
        guard !isZeroBased || format == .libsvm else {
            throw SwerveError(
                .invalid, act: "reading model file \(file.name)",
                reason: "it is \(format.rawValue), whose features have no indices of their own "
                    + "that could begin at 0",
                remedy: "register it without that: zero-based are LIBSVM model files alone")
        }
        switch format {
        case .liblinear: self.init(model: try LiblinearModel.parse(file))
        case .libsvm:
            self.init(model: try LibsvmModel.parse(file, firstIndex: isZeroBased ? 0 : 1))
        case .onnx: self = try ONNXModel.parse(file)
        case .safetensors: self = try Bundle.parse(file)
        }
    }
}
