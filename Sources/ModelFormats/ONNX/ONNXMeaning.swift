import Lifecycle
import Scoring

/// What the outputs of a translated graph say together: the model.
struct ONNXMeaning {
    let parsed: ParsedModel

    /// - Throws: `SwerveError.invalid` where an output is missing, or is not one that a model of
    ///   this kind gives.
    init(_ graph: ONNXGraph, _ translator: ONNXTranslator) throws(SwerveError) {
        var outputs = try ONNXOutputs(graph, translator)
        let joining = try ONNXJoining(translator, used: outputs.decisions)
        if !joining.isPlain { outputs.renumber(joining.number) }
        let machine = joining.machine
        let first = ONNXFormula.decision(0)
        if let label = outputs.label {
            let reading = try ONNXReading(label, machine, translator)
            parsed = try reading.parsed(outputs.joined(of: label.classes.count))
        } else {
            let sign = outputs.sign
            guard !outputs.rows.isEmpty || sign != nil, sign ?? first == first,
                outputs.rows.allSatisfy({ $0.columns == [first] && $0.classes == nil }),
                machine.decisionCount == 1,
                sign != nil || machine.kind == .regression || machine.kind == .product
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

/// The outputs of a graph, by what they are.
struct ONNXOutputs {
    /// One of decisions, or of what is made of them.
    struct Row {
        let name: String
        var columns: [ONNXFormula]
        /// The classes that it names itself; nil where it names none.
        let classes: [String]?
    }

    private(set) var label: ONNXLabel?
    private(set) var sign: ONNXFormula?
    private(set) var rows: [Row] = []

    /// Outputs that are not understood are left alone where others say all that a prediction has.
    init(_ graph: ONNXGraph, _ translator: ONNXTranslator) throws(SwerveError) {
        var fault: SwerveError?
        for output in graph.outputs {
            let name = output.name.shortened(to: 60)
            switch translator.values[output.name] {
            case .label(let found) where label == nil && sign == nil: label = found
            case .sign(let found) where label == nil && sign == nil: sign = found
            case .row(let row): rows.append(Row(name: name, columns: row, classes: nil))
            case .named(let row, let classes):
                rows.append(Row(name: name, columns: row, classes: classes))
            case .unknown(let error)?: fault = fault ?? error
            case let value?:
                guard !translator.machines.isEmpty else { throw translator.hasNoModel }
                throw translator.wrong("output '\(name)' is \(value.words), which says no score")
            case nil: throw translator.wrong("nothing gives the output '\(name)'")
            }
        }
        if let fault, rows.isEmpty || label == nil && sign == nil { throw fault }
    }

    /// The numbers of all decisions that they are made of.
    var decisions: Set<Int> {
        var found: Set<Int> = []
        switch label?.choice {
        case .largest(let row)?: for formula in row { formula.collect(into: &found) }
        case .votes(let number)?: found.insert(number)
        case nil: break
        }
        sign?.collect(into: &found)
        for row in rows { for formula in row.columns { formula.collect(into: &found) } }
        return found
    }

    mutating func renumber(_ number: (Int) -> Int) {
        if case .largest(let row)? = label?.choice, let classes = label?.classes {
            label = ONNXLabel(
                classes: classes, choice: .largest(row.map { $0.renumbered(number) }))
        }
        sign = sign.map { $0.renumbered(number) }
        for place in rows.indices {
            rows[place].columns = rows[place].columns.map { $0.renumbered(number) }
        }
    }

    /// The rows; one column a class, as `zipmap='columns'` makes of a row, is that row.
    func joined(of classes: Int) -> [Row] {
        let single = rows.filter { $0.columns.count == 1 && $0.classes == nil }
        guard classes > 1, single.count == classes, single.count == rows.count else { return rows }
        return [Row(name: single[0].name, columns: single.flatMap(\.columns), classes: nil)]
    }
}
