import Lifecycle

/// What changed between two linear models of one decision each over one feature space, and how far
/// a score can move.
package struct WeightDifference: Sendable, Equatable, Codable {
    /// One weight, before and after.
    package struct Change: Sendable, Equatable, Codable {
        package let index: Int
        package let before: Double
        package let after: Double

        package var delta: Double { after - before }
    }

    /// The largest amount of something over all inputs.
    package enum Bound: Sendable, Equatable, Codable, JSONCased {
        package static let jsonCases = ["atMost", "noNorm", "beyondDouble"]

        /// Rounded up, so that it holds; 0 where nothing can change.
        case atMost(Double)
        /// The featurizer does not normalise, so that an input can be as large as it likes.
        case noNorm
        /// The weights differ by more than a double holds.
        case beyondDouble
    }

    package let featureCount: Int
    package let changedCount: Int
    /// The largest changes by amount, largest first, lower index first among equals.
    package let largest: [Change]
    /// Of the two weight vectors; nil where one of them is all zeros.
    package let cosine: Double?
    package let interceptBefore: Double
    package let interceptAfter: Double
    /// Of the weights' share of a score.
    private let weightBound: Bound

    /// Compares two models whose features mean the same.
    ///
    /// - Parameters:
    ///   - norm: what the featurizer normalises its features to; an input's norm is 1, or 0 for an
    ///     empty text.
    ///   - top: how many of the largest changes to keep.
    package init(
        from before: LinearWeights, to after: LinearWeights, norm: HashedNgrams.Norm?, top: Int
    ) {
        precondition(before.rows == 1 && after.rows == 1, "one decision each")
        precondition(before.weights.count == after.weights.count, "models of two feature spaces")
        var changed = 0
        var highest = 0.0
        var kept = LargestChanges(limit: top)
        for index in before.weights.indices {
            let change = Change(
                index: index, before: before.weights[index], after: after.weights[index])
            guard change.before != change.after else { continue }
            changed += 1
            highest = max(highest, change.delta.magnitude)
            kept.offer(change)
        }
        featureCount = before.weights.count
        changedCount = changed
        largest = kept.sorted
        cosine = Self.cosine(before.weights, after.weights)
        interceptBefore = before.intercepts[0]
        interceptAfter = after.intercepts[0]
        weightBound =
            switch norm {
            case _ where changed == 0: .atMost(0)
            case nil: .noNorm
            case _ where !highest.isFinite: .beyondDouble
            case .l1: .atMost(highest)
            case .l2: .atMost(Self.distance(before.weights, after.weights, highest: highest))
            }
    }

    /// The largest change of a score.
    package var scoreBound: Bound { bound(ofConstants: [interceptAfter, -interceptBefore]) }

    /// The largest change of a score's distance from its threshold.
    package func marginBound(thresholdBefore: Double, thresholdAfter: Double) -> Bound {
        bound(ofConstants: [interceptAfter, -interceptBefore, -thresholdAfter, thresholdBefore])
    }

    private func bound(ofConstants constants: [Double]) -> Bound {
        guard case .atMost(let weights) = weightBound else { return weightBound }
        var sum = CompensatedSum()
        constants.forEach { sum.add($0) }
        let constant = sum.value.magnitude
        guard constant.isFinite else { return .beyondDouble }
        if weights == 0 { return .atMost(sum.isExact ? constant : constant.nextUp) }
        let total = (weights + constant) * Self.roundingUp
        return total.isFinite ? .atMost(total) : .beyondDouble
    }

    /// The Euclidean distance; `highest` is the largest difference of two weights.
    private static func distance(
        _ before: [Double], _ after: [Double], highest: Double
    ) -> Double {
        let scale = scale(for: highest)
        var squares = CompensatedSum()
        for index in before.indices {
            let delta = (after[index] - before[index]) * scale
            squares.addProduct(delta, delta)
        }
        return squares.value.squareRoot() / scale
    }

    private static func cosine(_ one: [Double], _ other: [Double]) -> Double? {
        let (highest, otherHighest) = (largestMagnitude(one), largestMagnitude(other))
        guard highest > 0, otherHighest > 0 else { return nil }
        let (scale, otherScale) = (scale(for: highest), scale(for: otherHighest))
        var product = CompensatedSum()
        var squares = CompensatedSum()
        var otherSquares = CompensatedSum()
        for index in one.indices {
            let (weight, otherWeight) = (one[index] * scale, other[index] * otherScale)
            product.addProduct(weight, otherWeight)
            squares.addProduct(weight, weight)
            otherSquares.addProduct(otherWeight, otherWeight)
        }
        let value =
            product.value / (squares.value.squareRoot() * otherSquares.value.squareRoot())
        return min(1, max(-1, value))
    }

    private static func largestMagnitude(_ weights: [Double]) -> Double {
        weights.reduce(0) { max($0, $1.magnitude) }
    }

    /// A power of two that brings `highest` near 1, so that no square overflows or vanishes.
    private static func scale(for highest: Double) -> Double {
        let exponent = min(max(Int(highest.exponent), -exponentLimit), exponentLimit)
        return Double(sign: .plus, exponent: -exponent, significand: 1)
    }

    /// More than the roundings of all steps together: 32 units in the last place.
    private static let roundingUp = 1 + 32 * Double.ulpOfOne
    private static let exponentLimit = 1_000
}

/// The largest changes seen so far, in little memory however many come.
private struct LargestChanges {
    private let limit: Int
    private var kept: [WeightDifference.Change] = []
    private var floor = 0.0

    init(limit: Int) { self.limit = max(0, limit) }

    var sorted: [WeightDifference.Change] { Array(ordered.prefix(limit)) }

    mutating func offer(_ change: WeightDifference.Change) {
        guard limit > 0, change.delta.magnitude > floor else { return }
        kept.append(change)
        guard kept.count >= 2 * limit + Self.room else { return }
        kept = sorted
        floor = kept.last?.delta.magnitude ?? 0
    }

    private var ordered: [WeightDifference.Change] {
        kept.sorted { one, other in
            let (mine, theirs) = (one.delta.magnitude, other.delta.magnitude)
            return mine == theirs ? one.index < other.index : mine > theirs
        }
    }

    private static let room = 1_000
}
