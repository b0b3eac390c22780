/// How steep a calibrated ensemble is between an input without features and the one at hand.
///
/// A probability is no sum of features. What an explanation tells is exact all the same: along the
/// straight line from a member's decision without features (its intercept) to its decision for the
/// input, the change of its probability is shared among the features as they share the change of
/// the decision. With more than two classes the decisions of a member change one after the other,
/// once from the first class to the last and once back, and the mean of both counts.
extension Calibration {
    /// What the probability comes to without features, and what each raw decision adds a unit.
    struct Slopes {
        let bias: Double
        /// One a raw decision.
        let slopes: [Double]
    }

    /// - Parameters:
    ///   - explained: the class whose probability is told.
    ///   - bases: the raw decisions without features.
    ///   - raw: those of the input.
    func slopes(
        of explained: Int, classes: Int, from bases: [Double], to raw: [Double]
    ) -> Slopes {
        let each = classes == 2 ? 1 : classes
        var bias = 0.0
        var slopes = [Double](repeating: 0, count: raw.count)
        for member in 0..<members {
            let range = member * each..<(member + 1) * each
            bias += probability(of: explained, member, Array(bases[range]))
            for isBackwards in [false, true] {
                var place = Array(bases[range])
                var before = probability(of: explained, member, place)
                for index in isBackwards ? Array((0..<each).reversed()) : Array(0..<each) {
                    place[index] = raw[range.lowerBound + index]
                    let after = probability(of: explained, member, place)
                    let step = raw[range.lowerBound + index] - bases[range.lowerBound + index]
                    if step != 0 {
                        slopes[range.lowerBound + index] +=
                            (after - before) / step / Double(2 * members)
                    }
                    before = after
                }
            }
        }
        return Slopes(bias: bias / Double(members), slopes: slopes)
    }

    /// One member's probability of the class `explained`, from its decisions.
    private func probability(of explained: Int, _ member: Int, _ decisions: [Double]) -> Double {
        if decisions.count == 1 {
            let pair = probabilities(of: member, decisions[0])
            return explained == 1 ? pair.second : pair.first
        }
        var told = [Double](repeating: 0, count: decisions.count)
        unsafe decisions.withUnsafeBufferPointer { decisions in
            unsafe told.withUnsafeMutableBufferPointer { told in
                guard let from = decisions.baseAddress, let into = told.baseAddress else { return }
                unsafe probabilities(of: member, from, classes: decisions.count, into: into)
            }
        }
        return told[explained]
    }
}

extension Scorer {
    /// What adds up to the probability of the positive class, or with several classes of the
    /// winner; nil for votes of support vectors, whose decisions are no sums.
    ///
    /// - Parameter output: of the input, which was scored last.
    func explain(
        _ calibration: Calibration, _ verdict: Verdict, _ input: OwnedInput,
        _ buffer: FeatureBuffer, _ output: ScoreOutput, top: Int
    ) -> Explanation? {
        let raw = (0..<model.function.decisionCount).map { row in
            unsafe output.memory.members.pointer[row]
        }
        let decisionIndex = model.rule == .single ? 0 : verdict.classIndex
        let explained = model.rule == .single ? model.positive : verdict.classIndex
        let decision = output.decision(decisionIndex)
        func slopes(from bases: [Double]) -> Calibration.Slopes {
            calibration.slopes(
                of: explained, classes: model.classes.count, from: bases, to: raw)
        }
        switch model.function {
        case .linear(let linear):
            let found = slopes(from: linear.intercepts)
            // The score may have come about without features.
            featurizer.features(of: input, into: buffer)
            return explain(
                input, buffer, decisionIndex: decisionIndex, decision: decision, bias: found.bias,
                top: top
            ) { index in
                found.slopes.indices.reduce(0) {
                    $0 + found.slopes[$1] * linear.weights[index * linear.rows + $1]
                }
            }
        case .kernel(let machine):
            return explain([machine], slopes(from:), decision: decision, buffer, output, top: top)
        case .kernels(let machines):
            guard model.rule == .single else { return nil }
            return explain(machines, slopes(from:), decision: decision, buffer, output, top: top)
        }
    }

    /// The support vectors of all machines, counted on from one to the next.
    private func explain(
        _ machines: [KernelMachine], _ slopes: ([Double]) -> Calibration.Slopes, decision: Double,
        _ buffer: FeatureBuffer, _ output: ScoreOutput, top: Int
    ) -> Explanation {
        let found = slopes(machines.map { $0.intercepts[0] })
        var summands: [Explanation.VectorSummand] = []
        var first = 0
        for (member, machine) in machines.enumerated() {
            // By the formulas, which leave every kernel value where it can be read.
            output.memory.pairs.reserve(1)
            unsafe machine.decide(
                buffer.scratch.features, &output.memory, plainly: true,
                into: output.memory.pairs.pointer)
            for vector in 0..<machine.vectorCount {
                summands.append(
                    Explanation.VectorSummand(
                        vector: first + vector,
                        weight: machine.coefficients[vector] * found.slopes[member],
                        kernel: unsafe output.memory.kernelValues.pointer[vector],
                        className: className(ofVector: vector, machine)))
            }
            first += machine.vectorCount
        }
        return Explanation(
            decisionIndex: 0, decision: decision, bias: found.bias, summands, top: top)
    }
}
