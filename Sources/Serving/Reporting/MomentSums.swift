package import Lifecycle

/// Count, mean and spread of one batch's numbers, for the cost of two additions and a product each.
///
/// `Moments.add` divides at each number; this sums distances from the first one instead, which
/// keeps the digits that sums of plain squares would lose, and divides once a batch.
package struct MomentSums: Sendable {
    /// What a number beyond it counts as, so that a status never carries what is no JSON number:
    /// the square of twice this, times any count, is finite.
    package static let numberMax = 1e140

    package private(set) var count: Int64 = 0
    private var first = 0.0
    private var sum = 0.0
    private var squares = 0.0

    package init() {}

    /// - Parameter number: finite.
    @inline(__always)
    package mutating func add(_ number: Double) {
        let bounded = min(max(number, -Self.numberMax), Self.numberMax)
        if count == 0 { first = bounded }
        let distance = bounded - first
        sum += distance
        squares += distance * distance
        count += 1
    }

    package var moments: Moments {
        guard count > 0 else { return Moments() }
        let mean = sum / Double(count)
        return Moments(
            count: count, mean: first + mean, squares: max(0, squares - sum * mean))
    }

    package mutating func reset() { self = MomentSums() }
}
