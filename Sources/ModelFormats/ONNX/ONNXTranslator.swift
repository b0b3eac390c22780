import Lifecycle
import Scoring

/// Follows a graph from its input, node by node, and knows of each tensor what it means.
///
/// A graph is translated when every operator in it is understood; what none of these meanings fits
/// is refused by the name of its node.
struct ONNXTranslator {
    /// How deep a formula may be: none of an exporter's tails comes near.
    private static let formulaDepth = 12
    /// The operators that keep one or two numbers a feature.
    private static let scalings: Set<String> = ["Add", "Sub", "Mul", "Div", "Scaler", "Clip"]

    let bytes: [UInt8]
    let act: String
    private(set) var values: [String: ONNXValue] = [:]
    /// How often each tensor is taken.
    private(set) var uses: [String: Int] = [:]
    /// The nodes that make decisions of features, in their order.
    var machines: [ONNXMachine] = []
    private var formulaTerms = 0
    private var foldedProducts = 0
    private var scaledNumbers = 0

    init(_ graph: ONNXGraph, bytes: [UInt8], act: String) throws(SwerveError) {
        self.bytes = bytes
        self.act = act
        for name in graph.nodes.flatMap(\.inputs) { uses[name, default: 0] += 1 }
        for (name, tensor) in graph.constants { values[name] = .constant(tensor) }
        try takeInputs(graph)
        for node in graph.nodes { try take(ONNXOperator(node: node, bytes: bytes, act: act)) }
    }

    /// The inputs that are no constants: one matrix, or one a column, with the fields' names.
    private mutating func takeInputs(_ graph: ONNXGraph) throws(SwerveError) {
        // Older files list their constants among the inputs.
        let inputs = graph.inputs.filter { values[$0.name] == nil }
        guard !inputs.isEmpty else { throw wrong("no input, where one is needed") }
        guard inputs.count <= Limits.namedFields else {
            throw wrong("\(inputs.count) inputs are not supported")
        }
        for input in inputs {
            guard values[input.name] == nil else {
                throw wrong("two inputs are called '\(input.name.shortened(to: 60))'")
            }
            values[input.name] = try value(of: input, isOnly: inputs.count == 1)
        }
    }

    private func value(of input: ONNXGraph.Port, isOnly: Bool) throws(SwerveError) -> ONNXValue {
        let name = "input '\(input.name.shortened(to: 60))'"
        guard let type = input.type, input.shape.count <= 2 else {
            throw wrong("\(name) is no matrix of numbers or texts")
        }
        let columns = input.shape.count == 2 ? input.shape[1] : nil
        if type == .string {
            guard columns ?? 1 == 1 else { throw wrong("\(name) has \(columns ?? 0) texts") }
            return .text(try ONNXText(field: isOnly ? nil : field(input.name, isText: true)))
        }
        guard type != .bool else { throw wrong("\(name) is of true and false") }
        var features = ONNXFeatures()
        features.count = columns
        features.isDouble = type == .double
        if !features.isDouble { features.transforms = [.single] }
        guard !isOnly else { return .features(features) }
        guard columns ?? 1 == 1 else {
            throw wrong(
                "\(name) has \(columns ?? 0) columns, and there are other inputs beside it",
                remedy: "export the model with one tensor as its input, or with one a column")
        }
        features.count = 1
        features.source = .fields([try field(input.name)])
        return .features(features)
    }

    /// The name of an input as one of a field.
    private func field(
        _ name: String, isText: Bool = false
    ) throws(SwerveError) -> String {
        let ngrams: JSONValue = [
            "field": .string(name), "analyzer": "byte", "n_features": 2,
        ]
        let step: JSONValue =
            isText ? ["hashed_ngrams": ngrams] : ["fields": .array([.string(name)])]
        let spec: JSONValue = ["steps": .array([step])]
        do throws(SwerveError) {
            _ = try FeaturizerSpec(parsing: spec.bytes, file: "of the inputs")
        } catch {
            throw wrong(
                "input '\(name.shortened(to: 60))' cannot be a field: \(error.reason)",
                remedy: "name the column otherwise, or export the model with one tensor as input")
        }
        return name
    }

    /// What no meaning fits is noted, and is an error where an output needs it.
    private mutating func take(_ op: ONNXOperator) throws(SwerveError) {
        let outputs: [ONNXValue]
        do throws(SwerveError) {
            outputs = try understood(op)
        } catch {
            outputs = op.node.outputs.map { _ in .unknown(error) }
        }
        for (name, value) in zip(op.node.outputs, outputs) {
            guard values.updateValue(value, forKey: name) == nil else {
                throw op.wrong("it gives a second '\(name.shortened(to: 60))'")
            }
        }
    }

    private mutating func understood(_ op: ONNXOperator) throws(SwerveError) -> [ONNXValue] {
        var inputs: [ONNXValue] = []
        for name in op.node.inputs {
            switch values[name] {
            case nil:
                throw op.wrong(
                    "it takes '\(name.shortened(to: 60))', which nothing before it gives")
            case .unknown(let error)?: throw error
            case let value?: inputs.append(value)
            }
        }
        if let first = inputs.first { inputs[0] = try asFeatures(first, for: op) }
        try spend(scaling: inputs, op)
        let outputs = try translate(op, inputs)
        guard outputs.count == op.node.outputs.count else {
            throw op.wrong("\(op.node.outputs.count) outputs are not supported")
        }
        for case .row(let row) in outputs { try measure(row, op) }
        for case .features(let features) in outputs {
            guard features.transforms.count <= Limits.featurizerSteps else {
                throw op.tooLarge("more than \(Limits.featurizerSteps) steps one after another")
            }
        }
        return outputs
    }

    /// Counts the numbers that scalings of features keep, of all nodes together: one constant may
    /// stand for as many as the input announces.
    private mutating func spend(
        scaling inputs: [ONNXValue], _ op: ONNXOperator
    ) throws(SwerveError) {
        guard Self.scalings.contains(op.node.type) else { return }
        var width = 0
        var hasFeatures = false
        for input in inputs {
            switch input {
            case .features(let features):
                hasFeatures = true
                width = max(width, features.count ?? 0)
            case .constant(let tensor):
                if case .numbers(let numbers) = tensor.values { width = max(width, numbers.count) }
            default: break
            }
        }
        guard hasFeatures else { return }
        // A factor and an offset a feature; more features than these are refused for themselves.
        let sum = scaledNumbers + 2 * min(width, Limits.hashedFeatures)
        guard sum <= Limits.linearWeights else {
            throw op.tooLarge(
                "with it the features are scaled by more than \(Limits.linearWeights) numbers")
        }
        scaledNumbers = sum
    }

    /// Counts what taking a matrix into the numbers behind it costs.
    mutating func spend(products: (Int, Int, Int), _ op: ONNXOperator) throws(SwerveError) {
        let (two, isLong) = products.0.multipliedReportingOverflow(by: products.1)
        let (three, isLonger) = two.multipliedReportingOverflow(by: products.2)
        let (sum, isLongest) = foldedProducts.addingReportingOverflow(three)
        guard !isLong, !isLonger, !isLongest, sum <= Limits.onnxFoldedProducts else {
            throw op.wrong("its matrix is too large to be taken into the model behind it")
        }
        foldedProducts = sum
    }

    private mutating func measure(_ row: [ONNXFormula], _ op: ONNXOperator) throws(SwerveError) {
        formulaTerms += row.reduce(0) { $0 + $1.size }
        guard formulaTerms <= Limits.onnxFormulaTerms,
            row.allSatisfy({ $0.depth <= Self.formulaDepth })
        else { throw op.wrong("the formula that it computes is beyond any model's") }
        for formula in row where !formula.isFinite {
            throw op.wrong("it computes with numbers that are not finite")
        }
    }

    /// What the outputs of a node mean.
    private mutating func translate(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> [ONNXValue] {
        switch (op.node.domain, op.node.type) {
        case ("ai.onnx.ml", "LinearClassifier"): try linearClassifier(op, inputs)
        case ("ai.onnx.ml", "SVMClassifier"): try svmClassifier(op, inputs)
        case ("ai.onnx.ml", "LinearRegressor"): [try linearRegressor(op, inputs)]
        case ("ai.onnx.ml", "SVMRegressor"): [try svmRegressor(op, inputs)]
        case ("ai.onnx.ml", "Scaler"): [try Self.scaler(op, inputs)]
        case ("ai.onnx.ml", "Normalizer"): [try Self.normalizer(op, inputs)]
        case ("ai.onnx.ml", "ArrayFeatureExtractor"): [try Self.extractor(op, inputs)]
        case ("ai.onnx.ml", "FeatureVectorizer"): [try Self.vectorized(op, inputs)]
        case ("ai.onnx.ml", "ZipMap"): [try Self.zipMap(op, inputs)]
        case ("com.microsoft", "Tokenizer"): [try Self.tokenizer(op, inputs)]
        case ("", "StringNormalizer"): [try Self.stringNormalizer(op, inputs)]
        case ("", "TfIdfVectorizer"): [try Self.tfidf(op, inputs)]
        case ("", "MatMul"): [try matMul(op, inputs)]
        case ("", "Add"), ("", "Sub"), ("", "Mul"), ("", "Div"), ("", "Sum"):
            [try arithmetic(op, inputs)]
        case ("", "Constant"): [try Self.constant(op, inputs)]
        case ("", "Concat"): [try Self.concat(op, inputs)]
        case ("", "Slice"): [try Self.slice(op, inputs)]
        case ("", "Sqrt"): [try Self.squareRoot(op, inputs)]
        case ("", "Cast"), ("", "Identity"), ("", "Reshape"), ("", "Flatten"), ("", "Clip"):
            [try Self.passing(op, inputs)]
        case ("", let type) where Self.rowOperators.contains(type):
            [try Self.rowOperator(op, inputs)]
        default: throw op.isNotSupported
        }
    }

    func wrong(_ reason: String, remedy: String = "") -> SwerveError {
        SwerveError(.invalid, act: act, reason: reason, remedy: remedy)
    }

    var hasNoModel: SwerveError { wrong("the graph has no model that this version knows") }
}
