extension Scorer {
    /// How far each decision told of what is in `buffer` may be from the expected one.
    ///
    /// Of support vectors, the sums it needs are taken by the formula, and the decisions by the
    /// formula are in `output` then. As many numbers as `expected`, which are as many as the model
    /// tells. Allocates.
    package func tolerances(
        _ buffer: FeatureBuffer, expected: [Double], _ output: ScoreOutput = ScoreOutput()
    ) -> [Double] {
        let isSingle = model.precision == .single
        guard case .kernel(let machine) = model.function else {
            let tolerance = isSingle ? SelfTest.singleTolerance : SelfTest.tolerance
            return expected.map { tolerance * max(1, $0.magnitude) }
        }
        _ = score(buffer, output, plainly: true)
        // An input with a fault has no decisions to compare.
        guard output.decisionCount > 0 else { return expected.map { _ in 0 } }
        let factor = isSingle ? SelfTest.singleTolerance : SelfTest.kernelTolerance
        let floor = isSingle ? SelfTest.singleTolerance : SelfTest.kernelFloor
        let pairs = machine.magnitudes(output.memory).map { factor * $0 + floor }
        guard model.rule == .oneVsOneAsRest else { return pairs }
        // A class is told a function of the sum of its pairs that is at most a third as steep.
        var sums = [Double](repeating: 0, count: model.classes.count)
        var pair = 0
        for first in sums.indices {
            for second in (first + 1)..<max(first + 1, sums.count) {
                sums[first] += pairs[pair] / 3
                sums[second] += pairs[pair] / 3
                pair += 1
            }
        }
        return sums
    }
}
