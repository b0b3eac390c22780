import Lifecycle
import Scoring

/// Operators behind the model, on rows of decisions.
extension ONNXTranslator {
    static let rowOperators: Set<String> = [
        "Neg", "Abs", "Exp", "Sigmoid", "Reciprocal", "Not", "Less", "Sign", "ReduceSum",
        "ReduceL1", "LpNormalization", "ArgMax", "Softmax",
    ]

    static func rowOperator(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        guard let first = inputs.first else { throw op.wrong("it takes nothing") }
        let row = try row(op, first)
        switch op.node.type {
        case "ReduceSum", "ReduceL1":
            guard op.node.type == "ReduceSum" || row.allSatisfy(\.isPositive) else {
                throw op.wrong("of what may be negative it is not supported")
            }
            try op.expect(inputs: 1...2, attributes: ["axes", "keepdims", "noop_with_empty_axes"])
            try op.expect("keepdims", 1)
            if inputs.count == 2 {
                guard case .constant(let axes) = inputs[1], axes.isColumnAxis else {
                    throw op.wrong("it sums over other axes than the columns")
                }
            } else if try op.ints("axes") != [1] {
                throw op.wrong("it sums over other axes than the columns")
            }
            return .row([sum(row)])
        case "ArgMax":
            try op.expect(inputs: 1...1, attributes: ["axis", "keepdims", "select_last_index"])
            try expectColumns(op, "axis", default: 0)
            try op.expect("select_last_index", 0)
            return .largest(row)
        case "Softmax":
            try op.expect(inputs: 1...1, attributes: ["axis"])
            try expectColumns(op, "axis", default: 1)
            return .row(softmax(row))
        case "LpNormalization":
            try op.expect(inputs: 1...1, attributes: ["axis", "p"])
            try expectColumns(op, "axis", default: -1)
            guard try op.int("p") == 1 else { throw op.wrong("p other than 1 is not supported") }
            return .row(try shares(row, op))
        case "Less": return try less(op, row, inputs)
        case "Sign":
            try op.expect(inputs: 1...1)
            guard row.count == 1 else { throw op.wrong("of \(row.count) columns not supported") }
            return .sign(row[0])
        default:
            try op.expect(inputs: 1...1)
            return .row(try row.map { x throws(SwerveError) in try function(op, x) })
        }
    }

    private static func function(
        _ op: ONNXOperator, _ x: ONNXFormula
    ) throws(SwerveError) -> ONNXFormula {
        switch op.node.type {
        case "Neg": return x.times(-1)
        case "Abs": return x.isPositive ? x : ONNXFormula(.magnitude(x))
        case "Exp": return ONNXFormula(.exponential(x))
        case "Sigmoid": return ONNXFormula.logistic(x)
        case "Reciprocal": return ONNXFormula(1).divided(by: x)
        default:
            // Not: of a flag that is the same for every input.
            guard let flag = x.fixed else {
                throw op.wrong("of decisions it is not supported")
            }
            return ONNXFormula(flag == 0 ? 1 : 0)
        }
    }

    /// Below 0 or not: what scikit-learn counts as a vote of a pair.
    private static func less(
        _ op: ONNXOperator, _ row: [ONNXFormula], _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 2...2)
        guard try Self.row(op, inputs[1]).allSatisfy({ $0.fixed == 0 }) else {
            throw op.wrong("it compares with something else than 0")
        }
        return .row(
            try row.map { x throws(SwerveError) in
                guard case .decision(let index)? = x.only else {
                    throw op.wrong("it compares something else than a decision")
                }
                return ONNXFormula(.isNegative(index))
            })
    }

    /// Each column by the sum of all; they must be above 0, so that a sum of 0 is no case.
    static func shares(
        _ row: [ONNXFormula], _ op: ONNXOperator
    ) throws(SwerveError) -> [ONNXFormula] {
        if ONNXFormula.areShares(row) { return row }
        let total = sum(row)
        guard total.fixed == 1 || row.allSatisfy(\.isPositive) else {
            throw op.wrong("shares of what may be negative are not supported")
        }
        return row.map { $0.divided(by: total) }
    }

    static func softmax(_ row: [ONNXFormula]) -> [ONNXFormula] {
        guard row.count == 2 else { return ONNXFormula.softmax(row) }
        // Of two it is the logistic function of their difference.
        let second = ONNXFormula.logistic(row[1].plus(row[0], times: -1))
        return [ONNXFormula(1).plus(second, times: -1), second]
    }

    private static func sum(_ row: [ONNXFormula]) -> ONNXFormula {
        row.reduce(into: ONNXFormula(0)) { $0.add($1) }
    }

    /// Refuses any axis but that of the columns.
    static func expectColumns(
        _ op: ONNXOperator, _ name: String, default other: Int64
    ) throws(SwerveError) {
        let axis = try op.int(name) ?? other
        guard axis == 1 || axis == -1 else { throw op.wrong("axis \(axis) is not supported") }
    }
}

extension ONNXTensor {
    /// Whether it is the axis of the columns, as operators are told it.
    var isColumnAxis: Bool {
        guard case .numbers(let numbers) = values else { return false }
        return numbers == [1] || numbers == [-1]
    }
}
