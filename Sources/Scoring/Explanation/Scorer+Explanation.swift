extension Scorer {
    /// What adds up to the decision for `input`: the `top` largest contributions, the bias, and the
    /// rest.
    ///
    /// For the command line and the hub: milliseconds, allocates. Nil where the input has a fault.
    package func explain(_ input: OwnedInput, top: Int) -> Explanation? {
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        let verdict = score(input, buffer, output)
        guard verdict.fault == nil, verdict.isFinite else { return nil }
        if let calibration = model.calibration {
            return explain(calibration, verdict, input, buffer, output, top: top)
        }
        switch model.function {
        case .linear(let linear):
            let row = linear.rows == 1 ? 0 : verdict.classIndex
            // The score may have come about without features.
            featurizer.features(of: input, into: buffer)
            return explain(linear, row: row, input, buffer, output, top: top)
        case .kernel(let machine):
            if let plane = machine.hyperplanes, model.rule == .single {
                // With the linear kernel the vectors add up to weights, which say more.
                featurizer.features(of: input, into: buffer)
                return explain(plane, row: 0, input, buffer, output, top: top)
            }
            // Once more by the formulas, which leave every kernel value where it can be read.
            _ = score(buffer, output, plainly: true)
            return explain(machine, winner: verdict.classIndex, output, top: top)
        case .kernels: return nil
        }
    }

    private func explain(
        _ machine: KernelMachine, winner: Int, _ output: ScoreOutput, top: Int
    ) -> Explanation {
        let isTold = model.rule != .oneVsOneAsRest
        let pairs = machine.intercepts.indices.map { pair in
            isTold ? output.decision(pair) : unsafe output.memory.pairs.pointer[pair]
        }
        let decision =
            pairs.count == 1
            ? 0 : ClassPair.ofWinner(winner, classes: model.classes.count, decisions: pairs)
        var summands: [Explanation.VectorSummand] = []
        machine.forEachPart { part, coefficient, vectors in
            guard part == decision else { return }
            for (position, vector) in vectors.enumerated() {
                let weight = machine.coefficients[coefficient + position]
                let kernel = unsafe output.memory.kernelValues.pointer[vector]
                summands.append(
                    Explanation.VectorSummand(
                        vector: vector, weight: weight, kernel: kernel,
                        className: className(ofVector: vector, machine)))
            }
        }
        return Explanation(
            decisionIndex: decision, decision: pairs[decision],
            bias: machine.intercepts[decision], summands, top: top)
    }

    /// The label of the class that a support vector belongs to; nil where they have none.
    func className(ofVector vector: Int, _ machine: KernelMachine) -> String? {
        guard model.task == .classification, machine.vectorCounts.count == labels.count else {
            return nil
        }
        var end = 0
        for (index, count) in machine.vectorCounts.enumerated() {
            end += count
            if vector < end { return labels[index] }
        }
        return nil
    }

    private func explain(
        _ linear: LinearWeights, row: Int, _ input: OwnedInput, _ buffer: FeatureBuffer,
        _ output: ScoreOutput, top: Int
    ) -> Explanation {
        explain(
            input, buffer, decisionIndex: row, decision: output.decision(row),
            bias: linear.intercepts[row], top: top
        ) { linear.weights[$0 * linear.rows + row] }
    }

    /// What the features in `buffer` add to a decision, each its value times its weight.
    func explain(
        _ input: OwnedInput, _ buffer: FeatureBuffer, decisionIndex: Int, decision: Double,
        bias: Double, top: Int, weight weightOf: (Int) -> Double
    ) -> Explanation {
        let summands = buffer.sortedFeatures().map { feature in
            let weight = weightOf(feature.index)
            return (value: feature.value * weight, feature: feature, weight: weight)
        }
        let order = Explanation.order(of: summands.map(\.value))
        let shown = order.prefix(max(0, top)).map { summands[$0] }
            .filter { $0.value != 0 }
        var rest = CompensatedSum()
        for position in order.dropFirst(shown.count) { rest.add(summands[position].value) }
        let origins = OriginFinder(
            input: input, fieldNames: featurizer.fieldNames, textNames: featurizer.textNames
        ).origins(of: shown.map(\.feature.index), in: featurizer.plan)
        return Explanation(
            decisionIndex: decisionIndex, decision: decision, bias: bias,
            contributions: shown.map { summand in
                let index = summand.feature.index
                return Explanation.Contribution(
                    value: summand.value,
                    subject: .feature(
                        index: index, value: summand.feature.value, weight: summand.weight,
                        origin: origins[index] ?? .named("feature \(index)")))
            }, rest: rest.value, restCount: summands.count - shown.count)
    }
}

extension Explanation {
    /// What one support vector adds to a decision: its weight times the kernel.
    struct VectorSummand {
        let vector: Int
        let weight: Double
        let kernel: Double
        let className: String?

        var value: Double { weight * kernel }
    }

    init(
        decisionIndex: Int, decision: Double, bias: Double, _ summands: [VectorSummand], top: Int
    ) {
        let order = Self.order(of: summands.map(\.value))
        let shown = order.prefix(max(0, top)).map { summands[$0] }
        var rest = CompensatedSum()
        for position in order.dropFirst(shown.count) { rest.add(summands[position].value) }
        self.init(
            decisionIndex: decisionIndex, decision: decision, bias: bias,
            contributions: shown.map { summand in
                Contribution(
                    value: summand.value,
                    subject: .vector(
                        index: summand.vector, weight: summand.weight, kernel: summand.kernel,
                        className: summand.className))
            }, rest: rest.value, restCount: summands.count - shown.count)
    }

    /// The positions of `values`, largest amounts first, lower positions first among equals.
    static func order(of values: [Double]) -> [Int] {
        values.indices.sorted { one, other in
            let (mine, theirs) = (values[one].magnitude, values[other].magnitude)
            return mine == theirs ? one < other : mine > theirs
        }
    }
}

/// The pairs of classes of one-vs-one, (0,1), (0,2) … (1,2) …, by their position.
enum ClassPair {
    /// The pair of the winner and the class that came second by votes, the first among equals.
    ///
    /// - Parameter decisions: one a pair.
    static func ofWinner(_ winner: Int, classes: Int, decisions: [Double]) -> Int {
        var votes = [Int](repeating: 0, count: classes)
        forEach(classes: classes) { pair, first, second in
            votes[decisions[pair] > 0 ? first : second] += 1
        }
        let rivals = (0..<classes).filter { $0 != winner }
        let rival = rivals.max { votes[$0] < votes[$1] || votes[$0] == votes[$1] && $0 > $1 }
        var found = 0
        forEach(classes: classes) { pair, first, second in
            if Set([first, second]) == Set([winner, rival]) { found = pair }
        }
        return found
    }

    private static func forEach(classes: Int, _ body: (Int, Int, Int) -> Void) {
        var pair = 0
        for first in 0..<classes {
            for second in (first + 1)..<max(first + 1, classes) {
                body(pair, first, second)
                pair += 1
            }
        }
    }
}
