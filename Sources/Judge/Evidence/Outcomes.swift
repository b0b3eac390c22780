/// A number for each outcome of a pair: the first digit says whether the stable version called the
/// record bad, the second whether the candidate did.
///
/// Counts are doubles: exact up to 2^53, and no forged count can overflow them.
package struct Outcomes: Sendable, Equatable {
    package var n00: Double
    package var n01: Double
    package var n10: Double
    package var n11: Double

    package init(_ n00: Double, _ n01: Double, _ n10: Double, _ n11: Double) {
        self.n00 = n00
        self.n01 = n01
        self.n10 = n10
        self.n11 = n11
    }

    static let zero = Outcomes(0, 0, 0, 0)

    var total: Double { n00 + n01 + n10 + n11 }

    /// With the roles of the two versions changed.
    var reversed: Outcomes { Outcomes(n00, n10, n01, n11) }

    /// The sum over the outcomes of count times `value`.
    func sum(of value: Outcomes) -> Double {
        n00 * value.n00 + n01 * value.n01 + n10 * value.n10 + n11 * value.n11
    }

    /// The same with the square of `value`.
    func sumOfSquares(of value: Outcomes) -> Double {
        n00 * value.n00 * value.n00 + n01 * value.n01 * value.n01 + n10 * value.n10 * value.n10
            + n11 * value.n11 * value.n11
    }

    var smallest: Double { min(n00, n01, n10, n11) }
    var largest: Double { max(n00, n01, n10, n11) }

    func map(_ transform: (Double) -> Double) -> Outcomes {
        Outcomes(transform(n00), transform(n01), transform(n10), transform(n11))
    }

    static func += (left: inout Outcomes, right: Outcomes) {
        left.n00 += right.n00
        left.n01 += right.n01
        left.n10 += right.n10
        left.n11 += right.n11
    }

    package var list: [Double] { [n00, n01, n10, n11] }
}
