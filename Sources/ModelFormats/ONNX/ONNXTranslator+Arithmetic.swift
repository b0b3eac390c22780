import Lifecycle
import Scoring

/// Sums and products: of features with constants, and of decisions with whatever.
extension ONNXTranslator {
    mutating func arithmetic(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: op.node.type == "Sum" ? 1...Limits.labels : 2...2)
        if inputs.count == 2, op.node.type != "Sum" {
            switch (inputs[0], inputs[1]) {
            case (.features(let features), .constant(let constant)):
                return try Self.scaled(op, features, by: constant)
            case (.constant(let constant), .features(let features))
            where op.node.type == "Mul" || op.node.type == "Add":
                return try Self.scaled(op, features, by: constant)
            default: break
            }
            if let joined = try intercepted(op, inputs) { return joined }
        }
        var result = try Self.row(op, inputs[0])
        for input in inputs.dropFirst() {
            let other = try Self.row(op, input)
            let width = max(result.count, other.count)
            guard [1, width].contains(result.count), [1, width].contains(other.count) else {
                throw op.wrong("\(result.count) columns and \(other.count)")
            }
            result = try (0..<width).map { column throws(SwerveError) in
                try Self.combined(
                    op, result[result.count == 1 ? 0 : column],
                    other[other.count == 1 ? 0 : column])
            }
        }
        return .row(result)
    }

    private static func combined(
        _ op: ONNXOperator, _ one: ONNXFormula, _ other: ONNXFormula
    ) throws(SwerveError) -> ONNXFormula {
        switch op.node.type {
        case "Add", "Sum": return one.plus(other)
        case "Sub": return one.plus(other, times: -1)
        case "Div": return one.divided(by: other)
        default:
            if let factor = one.fixed { return other.times(factor) }
            guard let factor = other.fixed else {
                throw op.wrong("a product of two decisions is not supported")
            }
            return one.times(factor)
        }
    }

    /// The Add (or Sub) after a MatMul that makes it a linear model; nil where it is none.
    ///
    /// Only where nothing else takes the product: a decision is one with its intercept then.
    private mutating func intercepted(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue? {
        guard ["Add", "Sub"].contains(op.node.type), case .row(let row) = inputs[0],
            case .constant(let constant) = inputs[1],
            case .decision(let number)? = row.first?.only,
            let place = machines.lastIndex(where: { $0.base == number }),
            machines[place].kind == .product,
            case .linear(let weights) = machines[place].function,
            weights.intercepts.allSatisfy({ $0 == 0 }), row == machines[place].decisions,
            uses[op.node.inputs[0]] == 1, case .numbers(let numbers) = constant.values,
            numbers.count == weights.rows
        else { return nil }
        try op.expectFinite(numbers, constant.name)
        let whole = LinearWeights(
            weights: weights.weights,
            intercepts: op.node.type == "Add" ? numbers : numbers.map { -$0 })
        guard whole.isMirrored else {
            machines[place].function = .linear(whole)
            return .row(row)
        }
        // As the exporter writes two classes: one decision, and its sign turned.
        machines[place].function = .linear(whole.second)
        return .row([row[0].times(-1), row[0]])
    }

    /// Columns of decisions; a constant is a row of fixed ones.
    static func row(_ op: ONNXOperator, _ value: ONNXValue) throws(SwerveError) -> [ONNXFormula] {
        switch value {
        case .row(let row): return row
        case .constant(let tensor):
            guard case .numbers(let numbers) = tensor.values, numbers.count <= Limits.labels,
                !numbers.isEmpty, tensor.shape.dropLast().allSatisfy({ $0 == 1 })
            else { break }
            return numbers.map { ONNXFormula($0) }
        default: break
        }
        throw op.wrong("it takes \(value.words), not decisions")
    }
}
