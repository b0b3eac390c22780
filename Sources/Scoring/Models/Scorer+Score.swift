import Lifecycle

extension Scorer {
    /// Scores `input` with the memory of `buffer`; what else is known of it goes to `output`.
    ///
    /// What is in the buffer afterwards may be no features: who wants those asks the featurizer.
    /// Allocates nothing once both have grown. An input with a fault has the score NaN.
    package func score(
        _ input: ScoringInput, _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) -> Verdict {
        if let program = unsafe program {
            if let verdict = score(input, program, &output.memory) {
                buffer.scratch.features.forget()
                return verdict
            }
        } else if let direct, let text = unsafe featurizer.text(direct.textField, of: input) {
            if model.rule == .single, model.calibration == nil {
                if let decision = unsafe direct.decision(text, &buffer.scratch) {
                    output.memory.decisions.reserve(1)
                    output.memory.decisionCount = 1
                    output.memory.probabilityCount = 0
                    unsafe output.memory.decisions.pointer[0] = decision
                    return verdict(decision)
                }
            } else if let verdict = unsafe scoreDirectly(direct, text, buffer, output) {
                return verdict
            }
        }
        featurizer.features(of: input, into: buffer)
        return score(buffer, output)
    }

    /// The verdict of a table's program; nil where the input takes features.
    @inline(__always)
    private func score(
        _ input: ScoringInput, _ program: TableProgram, _ memory: inout ScoreMemory
    ) -> Verdict? {
        let decisions = unsafe begin(&memory)
        memory.work.reserve(program.registerCount)
        guard unsafe program.decide(input, memory.work.pointer, into: decisions) else {
            return nil
        }
        return verdict(&memory)
    }

    /// The verdict of one decision a class, or of an ensemble, without features; nil where it
    /// takes them.
    private func scoreDirectly(
        _ direct: DirectText, _ text: UnsafeBufferPointer<UInt8>, _ buffer: FeatureBuffer,
        _ output: ScoreOutput
    ) -> Verdict? {
        output.memory.probabilityCount = 0
        output.memory.decisionCount = model.decisionCount
        output.memory.decisions.reserve(model.decisionCount)
        guard let calibration = model.calibration else {
            guard model.rule == .oneVsRest,
                unsafe direct.decide(
                    text, &buffer.scratch, into: output.memory.decisions.pointer)
            else { return nil }
            return output.memory.largest()
        }
        output.memory.members.reserve(direct.rows)
        guard
            unsafe direct.decide(
                text, &buffer.scratch, into: output.memory.members.pointer)
        else { return nil }
        return conclude(calibration, &output.memory)
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
        if let fault = fault(of: buffer) {
            output.memory.decisionCount = 0
            output.memory.probabilityCount = 0
            return Verdict(score: .nan, classIndex: 0, fault: fault)
        }
        return decide(buffer.scratch.features, &output.memory, plainly)
    }

    @inline(__always)
    private func decide(
        _ features: borrowing FeatureVector, _ memory: inout ScoreMemory, _ plainly: Bool
    ) -> Verdict {
        let decisions = unsafe begin(&memory)
        unsafe evaluate(features, &memory, plainly, into: decisions)
        return verdict(&memory)
    }

    /// What decisions mean that the model's function gave elsewhere, as many as it gives.
    func tell(_ given: UnsafePointer<Double>, _ memory: inout ScoreMemory) -> Verdict {
        unsafe begin(&memory).update(from: given, count: model.function.decisionCount)
        return verdict(&memory)
    }

    /// Why what is in the buffer cannot be scored; nil where it can.
    func fault(of buffer: FeatureBuffer) -> InputFault? {
        if let fault = unsafe buffer.place.pointee.features.fault { return fault }
        if model.refusesNonFinite,
            let feature = unsafe buffer.place.pointee.features.firstNotFinite
        {
            return .notFinite(feature: feature)
        }
        precondition(
            unsafe buffer.place.pointee.features.form != .none
                && buffer.place.pointee.features.space <= model.featureCount,
            "the buffer holds no features, or another featurizer's")
        return nil
    }

    /// Where the function's decisions go, for `verdict` to tell of them: there is room.
    @inline(__always)
    func begin(_ memory: inout ScoreMemory) -> UnsafeMutablePointer<Double> {
        let told = model.decisionCount
        memory.decisions.reserve(told)
        memory.decisionCount = told
        memory.probabilityCount = 0
        if model.calibration != nil {
            memory.members.reserve(model.function.decisionCount)
            return unsafe memory.members.pointer
        }
        guard model.rule == .oneVsOneAsRest else { return unsafe memory.decisions.pointer }
        memory.pairs.reserve(model.function.decisionCount)
        return unsafe memory.pairs.pointer
    }

    /// What the function's decisions mean, and what is told of them.
    @inline(__always)
    func verdict(_ memory: inout ScoreMemory) -> Verdict {
        if let calibration = model.calibration { return conclude(calibration, &memory) }
        let found =
            switch model.rule {
            case .single: unsafe verdict(memory.decisions.pointer[0])
            case .oneVsRest: memory.largest()
            case .oneVsOne: memory.vote(classes: model.classes.count, telling: .pairs)
            case .oneVsOneAsRest: memory.vote(classes: model.classes.count, telling: .classes)
            }
        guard choosesByProbability, found.isFinite else { return found }
        return byProbability(found, &memory)
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
        case .kernels(let machines): decideMembers(machines, features, &memory, plainly)
        }
    }
}
