import Scoring

/// A row of probabilities, recognised by its formulas.
enum ONNXProbability: Equatable {
    /// 1 - p and p, p = 1 / (1 + exp(a d + b)).
    case sigmoid(a: Double, b: Double)
    /// 1 - p and p, p = (clip(d, -1, 1) + 1) / 2.
    case modifiedHuber
    /// Of each decision its logistic function, by the sum of all.
    case logistic(classes: Int)
    /// The softmax of one decision a class.
    case softmax(classes: Int)
    /// The classifier's own.
    case pairwise(classes: Int)

    /// Nil where the row is none of these.
    init?(_ row: [ONNXFormula]) {
        if row == row.indices.map({ ONNXFormula(.probability($0)) }) {
            self = .pairwise(classes: row.count)
            return
        }
        if row.count == 2, row[0] == ONNXFormula(1).plus(row[1], times: -1) {
            if row[1] == .modifiedHuber(.decision(0)) {
                self = .modifiedHuber
                return
            }
            guard let (decision, a, b) = row[1].logit?.line, decision == 0 else { return nil }
            self = .sigmoid(a: -a, b: -b)
            return
        }
        if row.count > 2, row == ONNXFormula.softmax(row.indices.map(ONNXFormula.decision)) {
            self = .softmax(classes: row.count)
            return
        }
        let logistics = row.indices.map { ONNXFormula.logistic(.decision($0)) }
        let total = logistics.reduce(into: ONNXFormula(0)) { $0.add($1) }
        guard row.count > 1, row == logistics.map({ $0.divided(by: total) }) else { return nil }
        self = .logistic(classes: row.count)
    }

    /// Whether a machine of so many classes can have them.
    func fits(_ machine: ONNXMachine, classes: Int) -> Bool {
        switch self {
        case .sigmoid(let a, _): classes == 2 && machine.decisionCount == 1 && a < 0
        case .modifiedHuber: classes == 2 && machine.decisionCount == 1
        case .logistic(let count), .softmax(let count):
            count == classes && machine.decisionCount == count
                && machine.kind != .votes
        case .pairwise(let count): count == classes && machine.kind == .votes
        }
    }

    func rule(_ machine: ONNXMachine) -> ProbabilityRule {
        switch self {
        case .sigmoid(-1, 0), .logistic: .logistic
        case .softmax: .softmax
        case .modifiedHuber: .modifiedHuber
        case .sigmoid(let a, let b): .sigmoid(a: a, b: b)
        case .pairwise: machine.probability
        }
    }

    /// The decision at which the probability of the second of two classes is a half.
    var threshold: Double {
        guard case .sigmoid(let a, let b) = self, b != 0 else { return 0 }
        return -b / a
    }
}
