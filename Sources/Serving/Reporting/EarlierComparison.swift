package import Lifecycle

/// What earlier incarnations of a slot counted of a comparison, out of their last words on the
/// status topic: a value.
///
/// Those words may be anybody's, so what makes no sense is left out. The counts are for people; no
/// decision rests on them.
package struct EarlierComparison: Sendable, Equatable {
    private var sum: VersionComparison?

    package init() {}

    /// A record of the slot from before this incarnation, in the topic's order.
    ///
    /// The last one counts, which has what came before it in a sum.
    package mutating func heard(_ record: StatusRecord) {
        let told = [record.comparison, record.comparisonBefore].compactMap { comparison in
            comparison.flatMap { $0.id != nil && $0.isSensible ? $0 : nil }
        }
        guard var sum = told.first else {
            self.sum = nil
            return
        }
        if told.count == 2, told[1].id == sum.id { sum.merge(told[1]) }
        self.sum = sum.isSensible ? sum : told.first
    }

    /// The sum beside `comparison`, which this incarnation counts.
    ///
    /// Where it counts none yet, what there is: it may be killed again before it does.
    package func beside(_ comparison: VersionComparison?, isServing: Bool) -> VersionComparison? {
        guard let comparison else { return isServing ? nil : sum }
        return sum?.id == comparison.id ? sum : nil
    }
}
