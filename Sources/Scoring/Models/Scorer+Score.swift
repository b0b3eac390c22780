extension Scorer {
    /// Scores `input` with the memory of `buffer`; what else is known of it goes to `output`.
    ///
    /// What is in the buffer afterwards may be no features: who wants those asks the featurizer.
    /// Allocates nothing once both have grown. An input with a fault has the score NaN.
    package func score(
        _ input: ScoringInput, _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) -> Verdict {
        if let direct, let text = unsafe featurizer.text(direct.textField, of: input),
            let decision = unsafe direct.decision(text, &buffer.scratch)
        {
            output.memory.decisions.reserve(1)
            output.memory.decisionCount = 1
            output.memory.probabilityCount = 0
            unsafe output.memory.decisions.pointer[0] = decision
            return verdict(decision)
        }
        featurizer.features(of: input, into: buffer)
        return score(buffer, output)
    }

    /// The same, for callers that hold the input's memory.
    package func score(
        _ input: OwnedInput, _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) -> Verdict {
        input.withView(fieldNames: featurizer.fieldNames, textNames: featurizer.textNames) {
            score($0, buffer, output)
        }
    }

    /// The same for a text, with memory of its own: for checks outside the stream.
    package func score(_ text: [UInt8]) -> Verdict {
        score(OwnedInput(text: text), FeatureBuffer(), ScoreOutput())
    }

    /// Scores the features that an equal featurizer put into `buffer`; allocates nothing.
    package func score(_ buffer: FeatureBuffer, _ output: ScoreOutput) -> Verdict {
        score(buffer, output, plainly: false)
    }

    /// The same; `plainly` takes every kernel value by its formula, one after the other: what the
    /// vectorised ones are held against.
    package func score(
        _ buffer: FeatureBuffer, _ output: ScoreOutput, plainly: Bool
    ) -> Verdict {
        output.memory.decisionCount = 0
        output.memory.probabilityCount = 0
        if let fault = buffer.scratch.features.fault {
            return Verdict(score: .nan, classIndex: 0, fault: fault)
        }
        if model.refusesNonFinite, let feature = buffer.scratch.features.firstNotFinite {
            return Verdict(score: .nan, classIndex: 0, fault: .notFinite(feature: feature))
        }
        precondition(
            buffer.scratch.features.form != .none
                && buffer.scratch.features.space <= model.featureCount,
            "the buffer holds no features, or another featurizer's")
        return decide(buffer.scratch.features, &output.memory, plainly)
    }

    @inline(__always)
    private func decide(
        _ features: borrowing FeatureVector, _ memory: inout ScoreMemory, _ plainly: Bool
    ) -> Verdict {
        let told = model.decisionCount
        memory.decisions.reserve(told)
        memory.decisionCount = told
        let decisions = unsafe memory.decisions.pointer
        switch model.rule {
        case .single:
            unsafe evaluate(features, &memory, plainly, into: decisions)
            return unsafe verdict(decisions[0])
        case .oneVsRest:
            unsafe evaluate(features, &memory, plainly, into: decisions)
            return memory.largest()
        case .oneVsOne:
            unsafe evaluate(features, &memory, plainly, into: decisions)
            return memory.vote(classes: model.classes.count, telling: .pairs)
        case .oneVsOneAsRest:
            memory.pairs.reserve(model.function.decisionCount)
            let pairs = unsafe memory.pairs.pointer
            unsafe evaluate(features, &memory, plainly, into: pairs)
            return memory.vote(classes: model.classes.count, telling: .classes)
        }
    }

    /// What the one decision of `Rule.single` means.
    @inline(__always)
    func verdict(_ decision: Double) -> Verdict {
        let isPositive = decision > threshold || model.classes.count < 2
        return Verdict(
            score: decision.isFinite ? decision : .nan,
            classIndex: isPositive ? model.positive : 1 - model.positive)
    }

    @inline(__always)
    private func evaluate(
        _ features: borrowing FeatureVector, _ memory: inout ScoreMemory, _ plainly: Bool,
        into decisions: UnsafeMutablePointer<Double>
    ) {
        switch model.function {
        case .linear(let linear):
            unsafe linear.decide(features, into: decisions)
        case .kernel(let machine):
            unsafe machine.decide(features, &memory, plainly: plainly, into: decisions)
        }
    }
}
