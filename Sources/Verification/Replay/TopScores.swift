/// The highest scores of many, exactly: what a budget of alerts takes its threshold from.
///
/// A value of bounded size; those of parts merge in any order to that of the whole.
package struct TopScores: Sendable {
    /// How many are kept.
    package let capacity: Int
    /// How many scores there were.
    package private(set) var count: Int64 = 0
    private var kept: [Double] = []
    /// What a score has to be above, once so many are kept.
    private var bar = -Double.infinity

    package init(capacity: Int = 1 << 16) {
        self.capacity = max(1, capacity)
        kept.reserveCapacity(2 * self.capacity)
    }

    /// Allocates nothing: room for twice as many is taken at the beginning.
    package mutating func add(_ score: Double) {
        count += 1
        guard score > bar else { return }
        kept.append(score)
        if kept.count >= 2 * capacity { cut() }
    }

    private mutating func cut() {
        guard kept.count > capacity else { return }
        kept.sort(by: >)
        kept.removeLast(kept.count - capacity)
        bar = kept[capacity - 1]
    }

    package mutating func merge(_ other: TopScores) {
        count += other.count
        kept += other.kept
        cut()
    }

    /// In descending order.
    package var values: [Double] { Array(kept.sorted(by: >).prefix(capacity)) }
    /// Whether they are all scores that there were.
    package var isAll: Bool { count <= Int64(capacity) }
}

extension TopScores: Equatable {
    package static func == (left: TopScores, right: TopScores) -> Bool {
        left.capacity == right.capacity && left.count == right.count && left.values == right.values
    }
}
