import Scoring

/// A calibrated ensemble, recognised by its formulas: each class's column is the mean of what the
/// sigmoids of several decisions say.
struct ONNXCalibration: Equatable {
    /// One a decision, member after member, in each class after class.
    private let lines: [Line]
    private let members: Int

    private struct Line: Equatable {
        let decision: Int
        let a: Double
        let b: Double
    }

    /// Nil where the row is no such mean, or of one member alone and two classes, whose decision
    /// says as much as its probability.
    init?(_ row: [ONNXFormula]) {
        if row.count == 2 {
            guard row[0].isNearly(ONNXFormula(1).plus(row[1], times: -1)),
                let lines = Self.sigmoids(row[1]), lines.count > 1
            else { return nil }
            self.lines = lines
            members = lines.count
            return
        }
        guard row.count > 2, let first = row.first, first.constant == 0 else { return nil }
        // One quotient a member and class: the class's sigmoid by the sum of all classes'.
        members = first.parts.count
        guard members > 0, let all = Self.shares(row, members: members),
            // Logistic regression, one class against the rest.
            members > 1 || all.contains(where: { $0.a != -1 || $0.b != 0 })
        else { return nil }
        lines = all
    }

    /// Of two classes: the mean of one logistic function a member, by its decision's number.
    private static func sigmoids(_ mean: ONNXFormula) -> [Line]? {
        guard mean.constant == 0, !mean.parts.isEmpty else { return nil }
        let weight = 1 / Double(mean.parts.count)
        var lines: [Line] = []
        for (part, own) in mean.parts {
            guard (own - weight).magnitude <= ONNXFormula.nearness,
                let line = line(ONNXFormula(part))
            else { return nil }
            lines.append(line)
        }
        return ordered(lines)
    }

    private static func line(_ formula: ONNXFormula) -> Line? {
        guard let (decision, a, b) = formula.logit?.line else { return nil }
        return Line(decision: decision, a: -a, b: -b)
    }

    /// By the decisions' numbers, each of which is there once.
    private static func ordered(_ lines: [Line]) -> [Line]? {
        let sorted = lines.sorted { $0.decision < $1.decision }
        guard sorted.enumerated().allSatisfy({ $0.offset == $0.element.decision }) else {
            return nil
        }
        return sorted
    }

    private static func shares(_ row: [ONNXFormula], members: Int) -> [Line]? {
        let weight = 1 / Double(members)
        // By the divisor, which is each member's own.
        var byDivisor: [ONNXFormula: [Line?]] = [:]
        for (place, column) in row.enumerated() {
            guard column.constant == 0, column.parts.count == members else { return nil }
            for (part, own) in column.parts {
                guard case .quotient(let above, let below) = part,
                    (own - weight).magnitude <= ONNXFormula.nearness, let line = line(above)
                else { return nil }
                var lines = byDivisor[below] ?? [Line?](repeating: nil, count: row.count)
                guard lines[place] == nil else { return nil }
                lines[place] = line
                byDivisor[below] = lines
            }
        }
        guard byDivisor.count == members else { return nil }
        var all: [Line] = []
        for (divisor, found) in byDivisor {
            let lines = found.compactMap(\.self)
            guard lines.count == row.count else { return nil }
            let total = lines.reduce(into: ONNXFormula(0)) { sum, line in
                sum.add(
                    .logistic(
                        ONNXFormula.decision(line.decision).times(-line.a)
                            .plus(ONNXFormula(-line.b))))
            }
            guard total == divisor else { return nil }
            all += lines
        }
        guard let sorted = ordered(all) else { return nil }
        // A member's classes must stand side by side, in the classes' order.
        for column in row {
            guard column.parts.count == members else { return nil }
        }
        for member in 0..<members {
            for (place, column) in row.enumerated() {
                let line = sorted[member * row.count + place]
                guard
                    column.parts.keys.contains(where: { part in
                        guard case .quotient(let above, _) = part else { return false }
                        return Self.line(above) == line
                    })
                else { return nil }
            }
        }
        return sorted
    }

    /// Whether the machine has exactly these decisions.
    func fits(_ machine: ONNXMachine, classes: Int) -> Bool {
        guard lines.count == members * (classes == 2 ? 1 : classes),
            machine.decisionCount == lines.count
        else { return false }
        // Votes of pairs are no decisions of classes.
        return machine.kind != .votes || classes == 2
    }

    var calibration: Calibration {
        Calibration(
            members: members, curves: .sigmoid(a: lines.map(\.a), b: lines.map(\.b)))
    }
}

extension ONNXFormula {
    /// How far two numbers that a graph computes in float32 may be apart to mean one.
    static let nearness = 1e-7

    /// Whether both have the same parts, with nearly the same numbers.
    func isNearly(_ other: ONNXFormula) -> Bool {
        (constant - other.constant).magnitude <= Self.nearness && parts.count == other.parts.count
            && parts.allSatisfy { part, weight in
                (weight - (other.parts[part] ?? .infinity)).magnitude <= Self.nearness
            }
    }
}
