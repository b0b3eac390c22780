import Lifecycle
import Scoring

/// The operators that make decisions of features.
extension ONNXTranslator {
    /// Notes a machine, and gives its decisions.
    private mutating func install(
        _ machine: ONNXMachine, _ op: ONNXOperator
    ) throws(SwerveError) -> [ONNXFormula] {
        guard machines.count < Limits.labels else {
            throw op.wrong("it is the model number \(machines.count + 1), which is too many")
        }
        var machine = machine
        machine.base = machines.last?.numbers.upperBound ?? 0
        machines.append(machine)
        return machine.decisions
    }

    /// The features that a model of `count` features takes, ready.
    private static func ready(
        _ op: ONNXOperator, _ inputs: [ONNXValue], _ count: Int, asDouble: Bool = false
    ) throws(SwerveError) -> ONNXFeatures {
        var features = try features(op, inputs, columns: count)
        features.round()
        if features.isDouble, !asDouble { features.transforms.append(.single) }
        return features
    }

    /// A linear model over the features that a node takes, or over those beneath a matrix.
    private mutating func linear(
        _ op: ONNXOperator, _ inputs: [ONNXValue], _ weights: LinearWeights,
        _ kind: ONNXMachine.Kind, precision: Model.Precision = .single
    ) throws(SwerveError) -> ONNXMachine {
        let features = try Self.ready(
            op, inputs, weights.featureCount, asDouble: precision == .double)
        if case .projection(let projection) = features.source {
            let sums = projection.sums
            try spend(products: (sums.featureCount, sums.rows, weights.rows), projection.op)
            if let folded = try projection.folded(weights, behind: features.transforms) {
                return ONNXMachine(
                    kind: kind, op: op, features: projection.features, function: .linear(folded),
                    precision: projection.isDouble ? precision : .single)
            }
        }
        return ONNXMachine(
            kind: kind, op: op, features: try features.spec(), function: .linear(weights),
            precision: precision)
    }

    /// Decisions that were made by a matrix are features to whoever takes features.
    mutating func asFeatures(
        _ value: ONNXValue, for op: ONNXOperator
    ) throws(SwerveError) -> ONNXValue {
        guard case .row(let row) = value, Self.takesFeatures(op),
            let projection = try projection(row)
        else { return value }
        var features = ONNXFeatures()
        features.source = .projection(projection)
        features.count = row.count
        features.isDouble = projection.isDouble
        return .features(features)
    }

    private static func takesFeatures(_ op: ONNXOperator) -> Bool {
        switch op.node.type {
        case "LinearClassifier", "SVMClassifier", "LinearRegressor", "SVMRegressor", "Scaler",
            "MatMul":
            true
        case "Normalizer": ((try? op.string("norm")) ?? "MAX") != "L1"
        default: false
        }
    }

    /// The sums of one product with a matrix that the columns of a row are.
    private mutating func projection(
        _ row: [ONNXFormula]
    ) throws(SwerveError) -> ONNXProjection? {
        var numbers: Set<Int> = []
        for formula in row { formula.collect(into: &numbers) }
        guard let least = numbers.min(),
            let machine = machines.last(where: { $0.base <= least }), machine.kind == .product,
            numbers.allSatisfy(machine.numbers.contains),
            case .linear(let weights) = machine.function
        else { return nil }
        let width = weights.featureCount
        let parts = row.reduce(0) { $0 + $1.parts.count }
        try spend(products: (width, max(parts, row.count), 1), machine.op)
        var sums = [Double](repeating: 0, count: width * row.count)
        var offsets = row.map(\.constant)
        for (column, formula) in row.enumerated() {
            for (part, factor) in formula.parts {
                guard case .decision(let number) = part else { return nil }
                let own = number - machine.base
                offsets[column] += factor * weights.intercepts[own]
                for feature in 0..<width {
                    sums[feature * row.count + column] +=
                        factor * weights.weights[feature * weights.rows + own]
                }
            }
        }
        return ONNXProjection(
            features: machine.features,
            sums: LinearWeights(weights: sums, intercepts: offsets),
            isDouble: machine.precision == .double, op: machine.op)
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
        // The exporter writes two classes as w and -w: one decision, its sign turned.
        let isMirrored = classes.count == 2 && weights.isMirrored
        let decisions = try install(
            linear(op, inputs, isMirrored ? weights.second : weights, .linear), op)
        let row = isMirrored ? [decisions[0].times(-1), decisions[0]] : decisions
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
        case "SOFTMAX": return softmax(row)
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
        return .row(try install(linear(op, inputs, weights, .regression), op))
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
        let plain = LinearWeights(
            weights: weights, intercepts: [Double](repeating: 0, count: rows))
        let machine = try linear(
            op, inputs, plain, .product, precision: matrix.type == .double ? .double : .single)
        return .row(try install(machine, op))
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
        let features = try Self.ready(op, inputs, machine.featureCount).spec()
        return .row(
            try install(
                ONNXMachine(
                    kind: .regression, op: op, features: features, function: .kernel(machine)), op))
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
        let decisions = try install(
            ONNXMachine(
                kind: .votes, op: op,
                features: Self.ready(op, inputs, machine.featureCount).spec(),
                function: .kernel(machine),
                probability: a.isEmpty ? .none : .pairwise(a: a, b: b, couples: true),
                classes: a.isEmpty ? 0 : classes.count), op)
        let base = machines.last?.base ?? 0
        let label = ONNXValue.label(
            ONNXLabel(classes: classes, choice: .votes(decision: base)))
        if !a.isEmpty {
            return [label, .row(classes.indices.map { ONNXFormula(.probability(base + $0)) })]
        }
        // The tool tells two classes' decision with the sign turned.
        let first = decisions[0]
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
