import Lifecycle

/// Other groups that took records of a partition, and most likely answered them on the same topics:
/// a value.
///
/// A group beside the audited one is nothing wrong where it has an output of its own, and no record
/// says which it has. One that answers on the same output doubles all that it took, while a kill
/// doubles a few records; so only those groups are here of whose records half were doubled.
struct OtherGroups {
    /// What they took.
    let spans: OffsetSpans
    /// For people; nil where there are none.
    let words: String?

    /// n log n, however many groups the ledger names.
    ///
    /// - Parameters:
    ///   - taken: by group.
    ///   - span: what is audited of the partition.
    ///   - again: answered more than once, ascending.
    init(_ taken: [String: OffsetSpans], within span: Range<Int64>, again: [Range<Int64>]) {
        let again = CountedSpans(again)
        var names: [String] = []
        var ranges: [Range<Int64>] = []
        for (group, spans) in taken.sorted(by: { $0.key < $1.key }) {
            // It may be behind: no further than the last that was doubled.
            let parts = spans.parts(of: span).compactMap { part in
                again.lastOffset(in: part).map { part.lowerBound..<$0 + 1 }
            }
            let count = parts.reduce(0) { $0 + Int64($1.count) }
            let doubled = parts.reduce(0) { $0 + again.count(in: $1) }
            guard doubled > 0, doubled >= count / 2 else { continue }
            names.append("'\(group.shortened(to: Self.nameCharacters))'")
            ranges += parts
        }
        spans = OffsetSpans(ranges)
        guard !names.isEmpty else {
            words = nil
            return
        }
        let shown = names.prefix(Self.namesMax).joined(separator: ", ")
        let rest = names.count > Self.namesMax ? " and \(names.count - Self.namesMax) more" : ""
        words =
            "the ledger has group \(shown)\(rest) take the same records: a group of its own needs "
            + "an output of its own"
    }

    private static let namesMax = 3
    private static let nameCharacters = 80
}
