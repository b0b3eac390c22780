import Lifecycle
import Scoring

/// The operators that make decisions of features; a graph has one of them.
extension ONNXTranslator {
    private mutating func install(_ machine: ONNXMachine, _ op: ONNXOperator) throws(SwerveError) {
        guard self.machine == nil else {
            throw op.wrong("it is a second model in the graph; ensembles are not supported")
        }
        self.machine = machine
    }

    private var decisions: [ONNXFormula] {
        (0..<(machine?.decisionCount ?? 0)).map(ONNXFormula.decision)
    }

    /// The features that a model of `count` features takes, ready.
    private static func ready(
        _ op: ONNXOperator, _ inputs: [ONNXValue], _ count: Int, asDouble: Bool = false
    ) throws(SwerveError) -> FeaturizerSpec {
        var features = try features(op, inputs, columns: count)
        features.round()
        if features.isDouble, !asDouble { features.transforms.append(.single) }
        return try features.spec()
    }

    mutating func linearClassifier(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> [ONNXValue] {
        try op.expect(
            inputs: 1...1, outputs: 2,
            attributes: [
                "classlabels_ints", "classlabels_strings", "coefficients", "intercepts",
                "multi_class", "post_transform",
            ])
        let classes = try op.classes(ints: "classlabels_ints", strings: "classlabels_strings")
        guard classes.count >= 2 else { throw op.wrong("\(classes.count) class, not two or more") }
        let weights = try linearWeights(op, rows: classes.count)
        let spec = try Self.ready(op, inputs, weights.featureCount)
        // The exporter writes two classes as w and -w: one decision, its sign turned.
        let isMirrored = classes.count == 2 && weights.isMirrored
        try install(
            ONNXMachine(
                kind: .linear, features: spec,
                function: .linear(isMirrored ? weights.second : weights)), op)
        let first = ONNXFormula.decision(0)
        let row = isMirrored ? [first.times(-1), first] : decisions
        let label = ONNXLabel(classes: classes, choice: .largest(row))
        return [.label(label), .row(try Self.transformed(row, op))]
    }

    /// Decisions after what `post_transform` does.
    private static func transformed(
        _ row: [ONNXFormula], _ op: ONNXOperator
    ) throws(SwerveError) -> [ONNXFormula] {
        switch try op.string("post_transform") ?? "NONE" {
        case "NONE": return row
        case "LOGISTIC" where row.count == 2 && row[0] == row[1].times(-1):
            let second = ONNXFormula.logistic(row[1])
            return [ONNXFormula(1).plus(second, times: -1), second]
        case "LOGISTIC": return row.map(ONNXFormula.logistic)
        case "SOFTMAX" where row.count == 2:
            let second = ONNXFormula.logistic(row[1].plus(row[0], times: -1))
            return [ONNXFormula(1).plus(second, times: -1), second]
        case let other:
            throw op.wrong(
                "post_transform '\(other.shortened(to: 40))' of \(row.count) classes is not "
                    + "supported",
                remedy: "export with options={id(model): {'raw_scores': True}}")
        }
    }

    private func linearWeights(
        _ op: ONNXOperator, rows: Int
    ) throws(SwerveError) -> LinearWeights {
        guard let coefficients = try op.floats("coefficients"), rows > 0, !coefficients.isEmpty,
            coefficients.count.isMultiple(of: rows)
        else { throw op.wrong("its coefficients are no multiple of \(rows)") }
        let intercepts = try op.floats("intercepts") ?? [Double](repeating: 0, count: rows)
        guard intercepts.count == rows else {
            throw op.wrong("\(intercepts.count) intercepts, not \(rows)")
        }
        let count = coefficients.count / rows
        var weights = [Double](repeating: 0, count: coefficients.count)
        for row in 0..<rows {
            for column in 0..<count {
                weights[column * rows + row] = coefficients[row * count + column]
            }
        }
        return LinearWeights(weights: weights, intercepts: intercepts)
    }

    mutating func linearRegressor(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(
            inputs: 1...1,
            attributes: ["coefficients", "intercepts", "targets", "post_transform"])
        try op.expect("targets", 1)
        try op.expect("post_transform", "NONE")
        let weights = try linearWeights(op, rows: 1)
        try install(
            ONNXMachine(
                kind: .regression, features: Self.ready(op, inputs, weights.featureCount),
                function: .linear(weights)), op)
        return .row(decisions)
    }

    mutating func matMul(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 2...2)
        guard case .constant(let matrix) = inputs[1], (1...2).contains(matrix.shape.count),
            case .numbers(let weights) = matrix.values, !weights.isEmpty, matrix.type.isFraction
        else { throw op.wrong("it needs a matrix of constants as its second input") }
        try op.expectFinite(weights, matrix.name)
        let rows = matrix.shape.count == 2 ? matrix.shape[1] : 1
        guard rows <= Limits.labels else { throw op.wrong("\(rows) decisions are not supported") }
        let isDouble = matrix.type == .double
        try install(
            ONNXMachine(
                kind: .product,
                features: Self.ready(op, inputs, matrix.shape[0], asDouble: isDouble),
                function: .linear(
                    LinearWeights(
                        weights: weights, intercepts: [Double](repeating: 0, count: rows))),
                precision: isDouble ? .double : .single), op)
        return .row(decisions)
    }

    mutating func svmRegressor(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(
            inputs: 1...1,
            attributes: [
                "coefficients", "kernel_params", "kernel_type", "n_supports", "one_class",
                "post_transform", "rho", "support_vectors",
            ])
        try op.expect("one_class", 0)
        try op.expect("post_transform", "NONE")
        guard let count = try op.int("n_supports"), count > 0, let vectors = Int(exactly: count)
        else { throw op.wrong("it has no support vectors") }
        let machine = try ONNXVectors.machine(op, counts: [vectors])
        try install(
            ONNXMachine(
                kind: .regression, features: Self.ready(op, inputs, machine.featureCount),
                function: .kernel(machine)), op)
        return .row(decisions)
    }

    mutating func svmClassifier(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> [ONNXValue] {
        try op.expect(
            inputs: 1...1, outputs: 2,
            attributes: [
                "classlabels_ints", "classlabels_strings", "coefficients", "kernel_params",
                "kernel_type", "post_transform", "prob_a", "prob_b", "rho", "support_vectors",
                "vectors_per_class",
            ])
        try op.expect("post_transform", "NONE")
        let classes = try op.classes(ints: "classlabels_ints", strings: "classlabels_strings")
        let counts = try (op.ints("vectors_per_class") ?? []).map { Int(exactly: $0) ?? -1 }
        guard classes.count >= 2, counts.count == classes.count, counts.allSatisfy({ $0 >= 0 })
        else { throw op.wrong("it needs vectors_per_class, one number a class") }
        let pairs = classes.count * (classes.count - 1) / 2
        let machine = try ONNXVectors.machine(
            op, counts: counts, isNegated: classes.count == 2)
        let a = try op.floats("prob_a") ?? []
        let b = try op.floats("prob_b") ?? []
        guard a.count == b.count, a.isEmpty || a.count == pairs else {
            throw op.wrong("prob_a and prob_b need one number a pair of classes")
        }
        try install(
            ONNXMachine(
                kind: .votes, features: Self.ready(op, inputs, machine.featureCount),
                function: .kernel(machine),
                probability: a.isEmpty ? .none : .pairwise(a: a, b: b, couples: true)), op)
        let label = ONNXValue.label(ONNXLabel(classes: classes, choice: .votes))
        if !a.isEmpty {
            return [label, .row(classes.indices.map { ONNXFormula(.probability($0)) })]
        }
        // The tool tells two classes' decision with the sign turned.
        let first = ONNXFormula.decision(0)
        return [label, .row(classes.count == 2 ? [first, first.times(-1)] : decisions)]
    }
}

extension LinearWeights {
    /// Whether the first of two rows is the second, negated.
    var isMirrored: Bool {
        rows == 2 && intercepts[0] == -intercepts[1]
            && (0..<featureCount).allSatisfy { weights[2 * $0] == -weights[2 * $0 + 1] }
    }

    /// The second of two rows alone.
    var second: LinearWeights {
        LinearWeights(
            weights: (0..<featureCount).map { weights[2 * $0 + 1] }, intercepts: [intercepts[1]])
    }
}
