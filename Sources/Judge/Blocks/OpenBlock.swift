import Lifecycle

/// What has come in the block that is not over yet.
struct OpenBlock: Sendable, Equatable {
    var cells = CellCounts()
    /// Of records labelled normal and attack.
    var normal = LabelCounts()
    var attack = LabelCounts()

    var hasPairs: Bool { cells.pairs > 0 }
}

/// Records of one label by outcome (stable wrong?, candidate wrong?), cumulative.
package struct LabelCounts: Sendable, Equatable {
    package static let count = 4

    /// In the order 00, 01, 10, 11.
    package private(set) var numbers = [Int64](repeating: 0, count: count)

    init() {}

    /// Nil for other than four counts, each of 0 … 2^53.
    package init?(_ numbers: [Int64]) {
        guard numbers.count == Self.count, numbers.allSatisfy(StatusCount.isSensible)
        else { return nil }
        self.numbers = numbers
    }

    mutating func count(_ record: LabelledRecord) {
        numbers[record.outcome] = StatusCount.sum(numbers[record.outcome], 1)
    }

    var outcomes: Outcomes {
        Outcomes(Double(numbers[0]), Double(numbers[1]), Double(numbers[2]), Double(numbers[3]))
    }

    /// Adds what `newer` has more than `older`.
    ///
    /// - Returns: whether it could: no count went back.
    mutating func add(_ newer: LabelCounts, since older: LabelCounts) -> Bool {
        guard zip(newer.numbers, older.numbers).allSatisfy({ $0 >= $1 }) else { return false }
        for index in numbers.indices {
            numbers[index] = StatusCount.sum(
                numbers[index], newer.numbers[index] - older.numbers[index])
        }
        return true
    }

    /// From a state, where sums may be larger than what a record may say.
    init?(sums: [Int64]) {
        guard sums.count == Self.count, sums.allSatisfy({ $0 >= 0 }) else { return nil }
        numbers = sums
    }
}

/// What the labels say of both versions so far, cumulative; only where they were drawn without
/// regard to either verdict.
package struct LabelFeedback: Sendable, Equatable {
    package var normal: LabelCounts
    package var attack: LabelCounts

    package init(normal: LabelCounts, attack: LabelCounts) {
        self.normal = normal
        self.attack = attack
    }

    init() { self.init(normal: LabelCounts(), attack: LabelCounts()) }
}
