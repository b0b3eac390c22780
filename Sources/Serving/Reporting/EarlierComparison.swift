package import Lifecycle

/// What earlier incarnations of a slot counted of a comparison, out of their last words on the
/// status topic: a value.
///
/// The sum has no cells: the judge counts each incarnation by itself. Those words may be anybody's,
/// so what makes no sense is left out. The counts are for people; no decision rests on them.
package struct EarlierComparison: Sendable, Equatable {
    private var sum: VersionComparison?

    package init() {}

    /// A record of the slot from before this incarnation, in the topic's order.
    ///
    /// The last one counts: beside its own counts it carries the sum of all that came before.
    package mutating func heard(_ record: StatusRecord) {
        let told = [record.comparison, record.comparisonBefore].compactMap { comparison in
            comparison.flatMap {
                $0.id != nil && Self.isSensible($0) ? $0.withoutCells : nil
            }
        }
        guard var sum = told.first else {
            self.sum = nil
            return
        }
        if told.count == 2, told[1].id == sum.id { sum.merge(told[1]) }
        self.sum = Self.isSensible(sum) ? sum : told.first
    }

    /// It comes back in each of this process's own words, which must stay below the largest record
    /// of the status topic.
    private static func isSensible(_ comparison: VersionComparison) -> Bool {
        comparison.isSensible && comparison.nameBytes <= nameBytesMax
    }

    private static let nameBytesMax = 100_000

    /// The sum of earlier incarnations that belongs to `comparison`, which this one counts.
    ///
    /// Where this one has counted nothing yet it passes on the sum as it is, since it may be killed
    /// before it counts anything.
    package func beside(_ comparison: VersionComparison?, isServing: Bool) -> VersionComparison? {
        guard let comparison else { return isServing ? nil : sum }
        return sum?.id == comparison.id ? sum : nil
    }
}
