import Lifecycle

/// Where workers began to take a partition, in the ledger's order: a value.
///
/// Whoever may write to the ledger can write 200,000 of them, so each question takes logarithmic
/// time.
struct LedgerStarts {
    struct Start {
        let first: Int64
        let take: LedgerBook.Take
    }

    private let takes: [LedgerBook.Take]
    /// Who had the partition and told of nothing: it may have died before it could.
    private let silent: [LedgerBook.Assigned]
    /// The first take of each taker, in the ledger's order.
    private let starts: [Start]
    /// Those before which somebody else had taken records, by offset.
    let repeats: [Start]
    /// The offsets of all starts, ascending, and the places in the ledger of the same.
    private let firsts: [Int64]
    private let orders: HighestOf

    init(_ takes: [LedgerBook.Take], silent: [LedgerBook.Assigned]) {
        self.takes = takes
        self.silent = silent
        var seen: Set<LedgerBook.Take.Taker> = []
        starts = takes.compactMap { take in
            seen.insert(take.taker).inserted ? Start(first: take.first, take: take) : nil
        }
        var earliest: Int64?
        let firstSilent = silent.map(\.order).min() ?? .max
        repeats = starts.filter { start in
            defer { earliest = min(earliest ?? start.first, start.first) }
            return earliest.map { $0 <= start.first } ?? false || firstSilent < start.take.order
        }.sorted { $0.first < $1.first }
        let ascending = starts.sorted { $0.first < $1.first }
        firsts = ascending.map(\.first)
        orders = HighestOf(ascending.map(\.take.order))
    }

    /// Where another worker began behind the beginning of a take, and after it; nil where none did.
    func next(after take: LedgerBook.Take) -> Int64? {
        // The take's own worker began with it or before.
        let lower = firsts.partitioningPlace { $0 < take.first }
        return orders.first(from: lower, above: take.order).map { firsts[$0] }
    }

    /// The offsets that a take may hold: where its end is not known, as far as the worker behind
    /// it says, and what may have been answered and not committed.
    func reach(of take: LedgerBook.Take, beyond: Int64) -> Range<Int64> {
        if let last = take.last { return take.first..<last + 1 }
        guard let next = next(after: take) else { return take.first..<Int64.max }
        return take.first..<max(take.first + 1, next + beyond)
    }

    /// How many workers may have taken a record, for any record.
    ///
    /// - Parameter reach: what may have been answered and not committed.
    func takers(reach: Int64) -> TakerCounts {
        var byTaker: [LedgerBook.Take.Taker: [Range<Int64>]] = [:]
        for take in takes {
            byTaker[take.taker, default: []].append(self.reach(of: take, beyond: reach))
        }
        // Those of one worker are apart from one another, so that it counts once.
        return TakerCounts(
            byTaker.values.flatMap { OffsetSpans($0).ranges }
                + silent.compactMap { mayHaveTaken($0, reach: reach) })
    }

    /// It began where somebody before it did or behind that, and whoever followed it took all of
    /// it again.
    private func mayHaveTaken(_ silent: LedgerBook.Assigned, reach: Int64) -> Range<Int64>? {
        let before = starts.partitioningPlace { $0.take.order < silent.order }
        let next = starts.partitioningPlace { $0.take.order <= silent.order }
        let first = before > 0 ? starts[before - 1].first : 0
        let end = next < starts.count ? starts[next].first + reach : .max
        return first < end ? first..<end : nil
    }
}

/// How many of some ranges hold an offset: a value.
struct TakerCounts {
    private let begins: [Int64]
    private let ends: [Int64]

    init(_ ranges: [Range<Int64>]) {
        begins = ranges.map(\.lowerBound).sorted()
        ends = ranges.map(\.upperBound).sorted()
    }

    subscript(offset: Int64) -> Int {
        begins.partitioningPlace { $0 <= offset } - ends.partitioningPlace { $0 <= offset }
    }
}

/// Numbers of which the first above another is found in logarithmic time: a value.
private struct HighestOf {
    /// A binary tree, each node the highest of the two below it; its leaves are the numbers.
    private var nodes: [Int]
    private let width: Int

    init(_ numbers: [Int]) {
        var width = 1
        while width < numbers.count { width *= 2 }
        self.width = width
        nodes = [Int](repeating: .min, count: 2 * width)
        for (index, number) in numbers.enumerated() { nodes[width + index] = number }
        for node in stride(from: width - 1, to: 0, by: -1) {
            nodes[node] = max(nodes[2 * node], nodes[2 * node + 1])
        }
    }

    /// The first place from `lower` on with a number above `bound`.
    func first(from lower: Int, above bound: Int) -> Int? {
        guard lower < width else { return nil }
        var node = width + lower
        while nodes[node] <= bound {
            // On to the next node on the right, as far up as it goes.
            while node % 2 == 1 { node /= 2 }
            guard node > 0 else { return nil }
            node += 1
        }
        while node < width {
            node *= 2
            if nodes[node] <= bound { node += 1 }
        }
        return node - width
    }
}

extension Array {
    /// The first place whose element is not `isBefore`, which all before it are.
    func partitioningPlace(_ isBefore: (Element) -> Bool) -> Int {
        var (lower, upper) = (0, count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if isBefore(self[middle]) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
