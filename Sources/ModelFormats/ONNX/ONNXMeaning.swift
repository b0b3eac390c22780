import Lifecycle
import Scoring

/// What the outputs of a translated graph say together: the model.
struct ONNXMeaning {
    let parsed: ParsedModel

    /// - Throws: `SwerveError.invalid` where an output is missing, or is not one that a model of
    ///   this kind gives.
    init(_ graph: ONNXGraph, _ translator: ONNXTranslator) throws(SwerveError) {
        guard let machine = translator.machine else {
            throw translator.wrong("the graph has no model that this version knows")
        }
        var label: ONNXLabel?
        var sign: ONNXFormula?
        var rows: [(name: String, row: [ONNXFormula], classes: [String]?)] = []
        for output in graph.outputs {
            let name = output.name.shortened(to: 60)
            switch translator.values[output.name] {
            case .label(let found) where label == nil && sign == nil: label = found
            case .sign(let found) where label == nil && sign == nil: sign = found
            case .row(let row): rows.append((name, row, nil))
            case .named(let row, let classes): rows.append((name, row, classes))
            case let value?:
                throw translator.wrong("output '\(name)' is \(value.words), which says no score")
            case nil: throw translator.wrong("nothing gives the output '\(name)'")
            }
        }
        let first = ONNXFormula.decision(0)
        if let label {
            let reading = try ONNXReading(label, machine, translator)
            parsed = try reading.parsed(rows)
        } else {
            guard !rows.isEmpty || sign != nil, sign ?? first == first,
                rows.allSatisfy({ $0.row == [first] && $0.classes == nil }),
                machine.decisionCount == 1, sign != nil || machine.kind == .regression
            else { throw translator.wrong("the outputs give neither a label nor one number") }
            parsed = ParsedModel(
                model: Model(
                    task: sign == nil ? .regression : .oneClass,
                    classes: sign == nil ? [] : ["1", "-1"], rule: .single,
                    function: machine.function, precision: machine.precision),
                featurizer: machine.features)
        }
    }
}
