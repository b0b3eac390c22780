package import Lifecycle

/// The slots of a group that one supervisor owns: `first … first+count-1` of `total`, or of whoever
/// is alive.
package struct OwnedSlots: Sendable, Equatable, CustomStringConvertible {
    /// Nil where the group is whoever is alive.
    package let total: Int?
    package let range: Range<Int>

    /// - Throws: `.usage` where the numbers do not fit each other.
    package init(total wanted: Int?, first: Int, count: Int) throws(SwerveError) {
        let total = wanted ?? Limits.slots
        let act =
            "reading slots {total: \(wanted.map(String.init) ?? "auto"), first: \(first), count: \(count)}"
        guard (1...Limits.slots).contains(total) else {
            throw SwerveError(
                .usage, act: act, reason: "total is not in 1 … \(Limits.slots)")
        }
        guard (0..<total).contains(first) else {
            throw SwerveError(.usage, act: act, reason: "first is not in 0 … \(total - 1)")
        }
        guard count >= 1, count <= total - first else {
            throw SwerveError(.usage, act: act, reason: "count is not in 1 … \(total - first)")
        }
        self.total = wanted
        range = first..<(first + count)
    }

    /// `slots 0 … 1 of 4`, `slot 7 of whoever is alive`.
    package var description: String {
        let whole = total.map { "\($0)" } ?? "whoever is alive"
        return range.count == 1
            ? "slot \(range.lowerBound) of \(whole)"
            : "slots \(range.lowerBound) … \(range.upperBound - 1) of \(whole)"
    }
}
