import Lifecycle
import Scoring

/// Follows a graph from its input, node by node, and knows of each tensor what it means.
///
/// A graph is translated when every operator in it is understood; what none of these meanings fits
/// is refused by the name of its node.
struct ONNXTranslator {
    /// How deep a formula may be: none of an exporter's tails comes near.
    private static let formulaDepth = 12

    let bytes: [UInt8]
    let act: String
    private(set) var values: [String: ONNXValue] = [:]
    /// How often each tensor is taken.
    private(set) var uses: [String: Int] = [:]
    var machine: ONNXMachine?
    private var formulaTerms = 0

    init(_ graph: ONNXGraph, bytes: [UInt8], act: String) throws(SwerveError) {
        self.bytes = bytes
        self.act = act
        for name in graph.nodes.flatMap(\.inputs) { uses[name, default: 0] += 1 }
        for (name, tensor) in graph.constants { values[name] = .constant(tensor) }
        try takeInput(graph)
        for node in graph.nodes { try take(ONNXOperator(node: node, bytes: bytes, act: act)) }
    }

    /// The one input that is no constant.
    private mutating func takeInput(_ graph: ONNXGraph) throws(SwerveError) {
        // Older files list their constants among the inputs.
        let inputs = graph.inputs.filter { values[$0.name] == nil }
        guard let input = inputs.first, inputs.count == 1 else {
            throw wrong(
                "\(inputs.count) inputs, not one"
                    + (inputs.isEmpty ? "" : " (\(Self.list(inputs.map(\.name))))"),
                remedy: "export the model with one tensor as its input")
        }
        guard let type = input.type, input.shape.count <= 2 else {
            throw wrong(
                "input '\(input.name.shortened(to: 60))' is no matrix of numbers or texts")
        }
        let columns = input.shape.count == 2 ? input.shape[1] : nil
        if type == .string {
            guard columns ?? 1 == 1 else {
                throw wrong("input '\(input.name.shortened(to: 60))' has \(columns ?? 0) texts")
            }
            values[input.name] = .text(ONNXText())
        } else if type == .bool {
            throw wrong("input '\(input.name.shortened(to: 60))' is of true and false")
        } else {
            var features = ONNXFeatures()
            features.count = columns
            features.isDouble = type == .double
            if !features.isDouble { features.transforms = [.single] }
            values[input.name] = .features(features)
        }
    }

    private mutating func take(_ op: ONNXOperator) throws(SwerveError) {
        let inputs = try op.node.inputs.map { name throws(SwerveError) in
            guard let value = values[name] else {
                throw op.wrong(
                    "it takes '\(name.shortened(to: 60))', which nothing before it gives")
            }
            return value
        }
        let outputs = try translate(op, inputs)
        guard outputs.count == op.node.outputs.count else {
            throw op.wrong("\(op.node.outputs.count) outputs are not supported")
        }
        for (name, value) in zip(op.node.outputs, outputs) {
            if case .row(let row) = value { try measure(row, op) }
            guard values.updateValue(value, forKey: name) == nil else {
                throw op.wrong("it gives a second '\(name.shortened(to: 60))'")
            }
        }
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
        case ("ai.onnx.ml", "ZipMap"): [try Self.zipMap(op, inputs)]
        case ("com.microsoft", "Tokenizer"): [try Self.tokenizer(op, inputs)]
        case ("", "StringNormalizer"): [try Self.stringNormalizer(op, inputs)]
        case ("", "TfIdfVectorizer"): [try Self.tfidf(op, inputs)]
        case ("", "MatMul"): [try matMul(op, inputs)]
        case ("", "Add"), ("", "Sub"), ("", "Mul"), ("", "Div"), ("", "Sum"):
            [try arithmetic(op, inputs)]
        case ("", "Constant"): [try Self.constant(op, inputs)]
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

    static func list(_ names: [String]) -> String {
        let shown = names.prefix(4).map { "'\($0.shortened(to: 40))'" }.joined(separator: ", ")
        return names.count > 4 ? shown + ", …" : shown
    }
}
