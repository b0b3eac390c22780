import Lifecycle

extension Scorer {
    /// Makes probabilities of the decisions in `output`, which are this scorer's; none where the
    /// model gives none.
    ///
    /// Two classes have one, of the positive class; more have one a class, in the model's order.
    /// Allocates nothing once `output` has grown. At most 100 rounds over the squared number of
    /// classes.
    package func addProbabilities(_ output: ScoreOutput) {
        guard output.memory.decisionCount == model.decisionCount,
            // Where the label follows them, they are there already.
            output.memory.probabilityCount == 0 || !choosesByProbability
        else { return }
        switch model.probability {
        case .none: return
        case .logistic: each(.logistic, &output.memory, evenWhereNone: true)
        case .modifiedHuber: each(.modifiedHuber, &output.memory, evenWhereNone: true)
        case .oneVsRest(let link): each(link, &output.memory, evenWhereNone: false)
        case .softmax:
            guard model.rule == .oneVsRest else { return }
            let count = output.memory.copyDecisions()
            unsafe Normalization.softmax(output.memory.probabilities.pointer, count)
        case .decisions: _ = output.memory.copyDecisions()
        case .sigmoid(let a, let b):
            guard model.rule == .single else { return }
            let decision = unsafe output.memory.decisions.pointer[0]
            output.memory.setProbability(Exponential.logistic(-(a * decision + b)))
        case .pairwise(let a, let b, let couples):
            pairwise(&output.memory, a, b, couples: couples)
        }
    }

    /// Of each class by itself, and divided by their sum: LIBLINEAR's `predict_probability`, and
    /// scikit-learn's of linear models.
    private func each(
        _ link: ProbabilityRule.Link, _ memory: inout ScoreMemory, evenWhereNone: Bool
    ) {
        switch model.rule {
        case .single:
            memory.setProbability(link.probability(unsafe memory.decisions.pointer[0]))
        case .oneVsRest:
            let count = memory.copyDecisions()
            let probabilities = unsafe memory.probabilities.pointer
            for index in 0..<count {
                unsafe probabilities[index] = link.probability(probabilities[index])
            }
            unsafe Normalization.divide(probabilities, count, evenWhereNone: evenWhereNone)
        case .oneVsOne, .oneVsOneAsRest: return
        }
    }

    /// LIBSVM's `svm_predict_probability`.
    private func pairwise(
        _ memory: inout ScoreMemory, _ a: [Double], _ b: [Double], couples: Bool
    ) {
        let classes = model.classes.count
        let pairs = classes * (classes - 1) / 2
        guard classes >= 2, a.count == pairs, b.count == pairs else { return }
        if classes == 2, model.rule == .single {
            // LIBSVM's decision is above 0 for the first class.
            let told = unsafe memory.decisions.pointer[0]
            let decision = model.positive == 0 ? told : -told
            let first = PairwiseCoupling.clipped(decision, a: a[0], b: b[0])
            guard couples else {
                memory.setProbability(model.positive == 0 ? first : 1 - first)
                return
            }
            PairwiseCoupling.couple(&memory, classes: 2) { _ in first }
            memory.setProbability(unsafe memory.probabilities.pointer[model.positive])
            return
        }
        guard model.rule == .oneVsOne || model.rule == .oneVsOneAsRest else { return }
        let decisions =
            model.rule == .oneVsOne ? unsafe memory.decisions.pointer : unsafe memory.pairs.pointer
        PairwiseCoupling.couple(&memory, classes: classes) { pair in
            PairwiseCoupling.clipped(unsafe decisions[pair], a: a[pair], b: b[pair])
        }
    }
}

extension Scorer {
    /// The class of the largest probability, the first among equals, as `svm-predict -b 1` chooses;
    /// what it is scored is as the decisions say of that class.
    func byProbability(_ verdict: Verdict, _ memory: inout ScoreMemory) -> Verdict {
        guard case .pairwise(let a, let b, let couples) = model.probability else { return verdict }
        pairwise(&memory, a, b, couples: couples)
        let probabilities = unsafe memory.probabilities.pointer
        if memory.probabilityCount == 1 {
            // The probability of the positive class; that of the other is what is left.
            let (own, rest) = unsafe (probabilities[0], 1 - probabilities[0])
            let isPositive = model.positive == 0 ? own >= rest : own > rest
            return Verdict(
                score: verdict.score,
                classIndex: isPositive ? model.positive : 1 - model.positive)
        }
        var best = 0
        for index in 1..<max(1, memory.probabilityCount)
        where unsafe probabilities[index] > probabilities[best] {
            best = index
        }
        guard best != verdict.classIndex else { return verdict }
        return Verdict(score: memory.votes(for: best, of: model), classIndex: best)
    }
}

extension ScoreMemory {
    /// The votes and the share of a vote that the decisions give to a class.
    fileprivate func votes(for index: Int, of model: Model) -> Double {
        if model.rule == .oneVsOneAsRest { return unsafe decisions.pointer[index] }
        var (votes, sum) = (0.0, 0.0)
        var pair = 0
        for first in 0..<model.classes.count {
            for second in (first + 1)..<max(first + 1, model.classes.count) {
                let decision = unsafe decisions.pointer[pair]
                pair += 1
                guard first == index || second == index else { continue }
                votes += (decision > 0) == (first == index) ? 1 : 0
                sum += first == index ? decision : -decision
            }
        }
        return votes + ScoreMemory.share(sum)
    }

    /// Makes the decisions told the probabilities; gives their number.
    mutating func copyDecisions() -> Int {
        probabilities.reserve(decisionCount)
        probabilityCount = decisionCount
        unsafe probabilities.pointer.update(from: decisions.pointer, count: decisionCount)
        return decisionCount
    }

    mutating func setProbability(_ probability: Double) {
        probabilities.reserve(1)
        unsafe probabilities.pointer[0] = probability
        probabilityCount = 1
    }
}
