/// What the end of a graph computes for one column, in a form that can be compared: a constant, and
/// so much of each part.
///
/// The tails that exporters put behind a classifier are recognised by what they compute, whatever
/// the number and order of their operators.
struct ONNXFormula: Hashable {
    /// What is no sum of smaller things.
    indirect enum Part: Hashable {
        /// A decision of the model, as scikit-learn signs it.
        case decision(Int)
        /// 1 where that decision of a pair is below 0, else 0.
        case isNegative(Int)
        /// A class's probability as the classifier itself computes it.
        case probability(Int)
        case magnitude(ONNXFormula)
        case exponential(ONNXFormula)
        /// The nearest number within the bounds.
        case clipped(ONNXFormula, ClosedRange<Double>)
        case quotient(ONNXFormula, ONNXFormula)
    }

    private(set) var constant: Double
    private(set) var parts: [Part: Double]
    /// How many parts there are, those within parts too: what comparing costs.
    private(set) var size: Int
    /// How deep parts lie within parts.
    private(set) var depth: Int

    init(_ constant: Double) {
        self.constant = constant
        parts = [:]
        size = 1
        depth = 1
    }

    init(_ part: Part) {
        constant = 0
        parts = [part: 1]
        size = 1 + part.size
        depth = 1 + part.depth
    }

    /// `factor` times `other` on top.
    mutating func add(_ other: ONNXFormula, times factor: Double = 1) {
        constant += other.constant * factor
        for (part, weight) in other.parts {
            let sum = parts[part, default: 0] + weight * factor
            parts[part] = sum == 0 ? nil : sum
        }
        size = 1 + parts.keys.reduce(0) { $0 + $1.size }
        depth = 1 + parts.keys.reduce(0) { max($0, $1.depth) }
    }

    func times(_ factor: Double) -> ONNXFormula {
        var product = ONNXFormula(0)
        product.add(self, times: factor)
        return product
    }

    func plus(_ other: ONNXFormula, times factor: Double = 1) -> ONNXFormula {
        var sum = self
        sum.add(other, times: factor)
        return sum
    }

    func divided(by other: ONNXFormula) -> ONNXFormula {
        if let divisor = other.fixed, divisor != 0 {
            // Why not times its reciprocal: 49 / 49 is 1.
            var quotient = self
            quotient.constant /= divisor
            quotient.parts = parts.mapValues { $0 / divisor }
            return quotient
        }
        if let x = other.mirroredLogit {
            // The logistic functions of x and -x add up to 1.
            if self == .logistic(x) { return self }
            if self == .logistic(x.times(-1)) {
                return ONNXFormula(1).plus(.logistic(x), times: -1)
            }
        }
        return ONNXFormula(.quotient(self, other))
    }

    /// The x, of a decision that weighs more than 0, where this is the sum of the logistic
    /// functions of x and of -x.
    private var mirroredLogit: ONNXFormula? {
        guard constant == 0, parts.count == 2, parts.values.allSatisfy({ $0 == 1 }) else {
            return nil
        }
        let logits = parts.keys.compactMap { ONNXFormula($0).logit }
        guard logits.count == 2, logits[0] == logits[1].times(-1) else { return nil }
        return logits.first { ($0.line?.a ?? 0) > 0 }
    }

    var isFinite: Bool { constant.isFinite && parts.values.allSatisfy(\.isFinite) }
    /// The constant that it is, whatever the input.
    var fixed: Double? { parts.isEmpty ? constant : nil }
    /// The one part that it is.
    var only: Part? {
        guard constant == 0, parts.count == 1, let (part, weight) = parts.first, weight == 1 else {
            return nil
        }
        return part
    }

    static func decision(_ index: Int) -> ONNXFormula { ONNXFormula(.decision(index)) }

    /// (clip(d, -1, 1) + 1) / 2: what the loss modified_huber makes of a decision.
    static func modifiedHuber(_ x: ONNXFormula) -> ONNXFormula {
        ONNXFormula(.clipped(x, -1...1)).plus(ONNXFormula(1)).divided(by: ONNXFormula(2))
    }

    /// The logistic function, 1 / (1 + exp(-x)).
    static func logistic(_ x: ONNXFormula) -> ONNXFormula {
        ONNXFormula(1).divided(by: ONNXFormula(1).plus(ONNXFormula(.exponential(x.times(-1)))))
    }

    /// The x of which this is the logistic function.
    var logit: ONNXFormula? {
        guard case .quotient(let above, let below)? = only, above.fixed == 1, below.constant == 1,
            below.parts.count == 1, let (part, weight) = below.parts.first, weight == 1,
            case .exponential(let x) = part
        else { return nil }
        return x.times(-1)
    }

    /// Whether it is above 0 for every input: a sum of exponentials, or of quotients of such sums.
    var isPositive: Bool {
        constant >= 0 && (constant > 0 || !parts.isEmpty)
            && parts.allSatisfy { $0.value > 0 && $0.key.isPositive }
    }

    /// a and b, where this is a d + b of one decision d.
    var line: (decision: Int, a: Double, b: Double)? {
        guard parts.count == 1, let (part, weight) = parts.first, case .decision(let index) = part
        else { return nil }
        return (index, weight, constant)
    }
}

extension ONNXFormula {
    /// The numbers of the decisions in it, those of pairs and of classes too.
    func collect(into found: inout Set<Int>) {
        for part in parts.keys { part.collect(into: &found) }
    }

    /// The same with other numbers for its decisions, another one for each.
    func renumbered(_ number: (Int) -> Int) -> ONNXFormula {
        var result = self
        result.parts = Dictionary(
            parts.map { ($0.key.renumbered(number), $0.value) }, uniquingKeysWith: +)
        return result
    }

    /// Shares of each column in the sum of their exponentials: the softmax.
    static func softmax(_ row: [ONNXFormula]) -> [ONNXFormula] {
        let exponentials = row.map { ONNXFormula(.exponential($0)) }
        let total = exponentials.reduce(into: ONNXFormula(0)) { $0.add($1) }
        return exponentials.map { $0.divided(by: total) }
    }

    /// Whether the columns are quotients by one divisor, which is the sum of what stands above it:
    /// they add up to 1 then.
    static func areShares(_ row: [ONNXFormula]) -> Bool {
        guard case .quotient(_, let divisor)? = row.first?.only else { return false }
        var total = ONNXFormula(0)
        for column in row {
            guard case .quotient(let above, let below)? = column.only, below == divisor else {
                return false
            }
            total.add(above)
        }
        return total == divisor
    }
}

extension ONNXFormula.Part {
    fileprivate var isPositive: Bool {
        switch self {
        case .exponential: true
        case .quotient(let above, let below): above.isPositive && below.isPositive
        case .clipped(_, let bounds): bounds.lowerBound > 0
        case .decision, .isNegative, .probability, .magnitude: false
        }
    }

    fileprivate func collect(into found: inout Set<Int>) {
        switch self {
        case .decision(let index), .isNegative(let index), .probability(let index):
            found.insert(index)
        case .magnitude(let formula), .exponential(let formula), .clipped(let formula, _):
            formula.collect(into: &found)
        case .quotient(let above, let below):
            above.collect(into: &found)
            below.collect(into: &found)
        }
    }

    fileprivate func renumbered(_ number: (Int) -> Int) -> ONNXFormula.Part {
        switch self {
        case .decision(let index): .decision(number(index))
        case .isNegative(let index): .isNegative(number(index))
        case .probability(let index): .probability(number(index))
        case .magnitude(let formula): .magnitude(formula.renumbered(number))
        case .exponential(let formula): .exponential(formula.renumbered(number))
        case .clipped(let formula, let bounds): .clipped(formula.renumbered(number), bounds)
        case .quotient(let above, let below):
            .quotient(above.renumbered(number), below.renumbered(number))
        }
    }

    fileprivate var size: Int {
        switch self {
        case .decision, .isNegative, .probability: 1
        case .magnitude(let formula), .exponential(let formula), .clipped(let formula, _):
            1 + formula.size
        case .quotient(let above, let below): 1 + above.size + below.size
        }
    }

    fileprivate var depth: Int {
        switch self {
        case .decision, .isNegative, .probability: 0
        case .magnitude(let formula), .exponential(let formula), .clipped(let formula, _):
            formula.depth
        case .quotient(let above, let below): max(above.depth, below.depth)
        }
    }
}
