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
        guard case .linear(let linear) = model.function else { return nil }
        let row = linear.rows == 1 ? 0 : verdict.classIndex
        return explain(linear, row: row, input, buffer, output, top: top)
    }

    private func explain(
        _ linear: LinearWeights, row: Int, _ input: OwnedInput, _ buffer: FeatureBuffer,
        _ output: ScoreOutput, top: Int
    ) -> Explanation {
        let summands = buffer.sortedFeatures().map { feature in
            let weight = linear.weights[feature.index * linear.rows + row]
            return (value: feature.value * weight, feature: feature, weight: weight)
        }
        let order = Explanation.order(of: summands.map(\.value))
        let shown = order.prefix(max(0, top)).map { summands[$0] }
            .filter { $0.value != 0 }
        var rest = CompensatedSum()
        for position in order.dropFirst(shown.count) { rest.add(summands[position].value) }
        let origins = OriginFinder(input: input, fieldNames: featurizer.fieldNames).origins(
            of: shown.map(\.feature.index), in: featurizer.plan)
        return Explanation(
            decisionIndex: row, decision: output.decision(row), bias: linear.intercepts[row],
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
    /// The positions of `values`, largest amounts first, lower positions first among equals.
    static func order(of values: [Double]) -> [Int] {
        values.indices.sorted { one, other in
            let (mine, theirs) = (values[one].magnitude, values[other].magnitude)
            return mine == theirs ? one < other : mine > theirs
        }
    }
}
