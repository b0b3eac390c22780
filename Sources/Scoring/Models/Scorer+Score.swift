extension Scorer {
    /// Featurizes `input` into `buffer` and scores it; what else is known of it goes to `output`.
    ///
    /// Allocates nothing once both have grown. An input with a fault has the score NaN.
    package func score(
        _ input: ScoringInput, _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) -> Verdict {
        featurizer.features(of: input, into: buffer)
        return score(buffer, output)
    }

    /// The same, for callers that hold the input's memory.
    package func score(
        _ input: OwnedInput, _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) -> Verdict {
        input.withView(fieldNames: featurizer.fieldNames) { score($0, buffer, output) }
    }

    /// The same for a text, with memory of its own: for checks outside the stream.
    package func score(_ text: [UInt8]) -> Verdict {
        score(OwnedInput(text: text), FeatureBuffer(), ScoreOutput())
    }

    /// Scores the features that an equal featurizer put into `buffer`; allocates nothing.
    package func score(_ buffer: FeatureBuffer, _ output: ScoreOutput) -> Verdict {
        if let fault = buffer.scratch.fault {
            output.memory.decisionCount = 0
            output.memory.probabilityCount = 0
            return Verdict(score: .nan, classIndex: 0, fault: fault)
        }
        precondition(
            buffer.scratch.space <= model.featureCount,
            "the buffer holds features of another featurizer")
        output.memory.decisions.reserve(1)
        output.memory.decisionCount = 1
        output.memory.probabilityCount = 0
        let decision = singleDecision(buffer)
        unsafe output.memory.decisions.pointer[0] = decision
        let isPositive = decision > threshold
        return Verdict(
            score: decision,
            classIndex: isPositive || model.classes.count < 2 ? model.positive : 1 - model.positive)
    }

    @inline(__always)
    private func singleDecision(_ buffer: FeatureBuffer) -> Double {
        guard case .linear(let linear) = model.function else { return .nan }
        let sum = unsafe linear.weights.withUnsafeBufferPointer { weights in
            // A model has a weight for each feature, so it is not empty.
            guard let first = weights.baseAddress else { return 0.0 }
            return unsafe buffer.scratch.dot(first)
        }
        return sum + linear.intercepts[0]
    }

    /// Makes probabilities of the decisions in `output`, which are this scorer's; none where the
    /// model gives none.
    ///
    /// Allocates nothing once `output` has grown.
    package func addProbabilities(_ output: ScoreOutput) {
        guard case .logistic = model.probability, output.memory.decisionCount == 1 else { return }
        output.memory.probabilities.reserve(1)
        unsafe output.memory.probabilities.pointer[0] = Exponential.logistic(
            output.memory.decisions.pointer[0])
        output.memory.probabilityCount = 1
    }
}
