/// How far probabilities can move where decisions do: for the self-test.
extension Calibration {
    /// An upper bound of the change of each probability told, to first order, where every raw
    /// decision may differ by so much.
    ///
    /// A table can rise by all between two decisions that are hardly apart, so that no one number
    /// would do.
    /// - Parameter classes: 1 where one probability is told.
    func spread(_ raw: [Double], _ differences: [Double], classes: Int) -> [Double] {
        var spread = [Double](repeating: 0, count: classes)
        for member in 0..<members {
            let range = member * classes..<(member + 1) * classes
            if case .temperature(let beta) = curves {
                let widest = differences[range].max() ?? 0
                for index in 0..<classes { spread[index] += beta[member].magnitude * widest }
                continue
            }
            let changes = range.map { change($0, raw[$0], by: differences[$0]) }
            let all = classes == 1 ? 0 : changes.reduce(0, +)
            let sum = classes == 1 ? 1 : range.reduce(0) { $0 + value($1, raw[$1]) }
            guard sum != 0 else {
                // Even probabilities: they stay so where nothing moves, and may jump where it does.
                for index in 0..<classes { spread[index] += all == 0 ? 0 : .infinity }
                continue
            }
            for index in 0..<classes { spread[index] += (changes[index] + all) / sum }
        }
        return spread.map { $0.isNaN ? 1 : $0 / Double(members) }
    }

    private func change(_ curve: Int, _ decision: Double, by difference: Double) -> Double {
        let here = value(curve, decision)
        return max(
            (value(curve, decision + difference) - here).magnitude,
            (value(curve, decision - difference) - here).magnitude)
    }

    /// What a curve that is one a decision gives.
    private func value(_ curve: Int, _ decision: Double) -> Double {
        switch curves {
        case .sigmoid(let a, let b): Exponential.logistic(-(a[curve] * decision + b[curve]))
        case .isotonic(let tables): tables.value(curve, decision)
        case .temperature: 0
        }
    }
}
