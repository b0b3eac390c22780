/// What the ledger says for certain: taken to its end by one worker, before any other began, so
/// answered under the epoch that it names; a value.
struct LedgerClaims {
    private struct Claim {
        let offsets: Range<Int64>
        let epoch: Int64
    }

    /// Where a claim begins or ends.
    private struct Edge {
        let offset: Int64
        let epoch: Int64
        /// 1, or -1 at an end.
        let step: Int
    }

    private let claims: [Claim]

    init(_ takes: [LedgerBook.Take], _ starts: LedgerStarts) {
        claims = takes.compactMap { take in
            guard let last = take.last else { return nil }
            let sure = min(last + 1, starts.next(after: take) ?? .max)
            return take.first < sure ? Claim(offsets: take.first..<sure, epoch: take.epoch) : nil
        }
    }

    /// The parts of what was answered that a claim puts under another epoch, ascending, each once
    /// however many claims there are: one pass over all of them.
    ///
    /// - Parameter runs: ascending.
    func contradicted(by runs: [EpochRuns.Run]) -> [Range<Int64>] {
        let edges = claims.flatMap {
            [
                Edge(offset: $0.offsets.lowerBound, epoch: $0.epoch, step: 1),
                Edge(offset: $0.offsets.upperBound, epoch: $0.epoch, step: -1),
            ]
        }.sorted { $0.offset < $1.offset }
        var (open, byEpoch, index) = (0, [Int64: Int](), 0)
        var found: [Range<Int64>] = []
        for run in runs {
            var place = run.first
            while place <= run.last {
                while index < edges.count, edges[index].offset <= place {
                    open += edges[index].step
                    byEpoch[edges[index].epoch, default: 0] += edges[index].step
                    index += 1
                }
                let edge = index < edges.count ? edges[index].offset : .max
                let next = min(edge, run.last + 1)
                if open > byEpoch[run.epoch] ?? 0 { found.append(place..<next) }
                place = next
            }
        }
        return OffsetSpans(found).ranges
    }

    func words(of offset: Int64, answeredUnder epoch: Int64?) -> String {
        let claimed = claims.first { $0.offsets.contains(offset) && $0.epoch != epoch }
        return "taken under epoch \(claimed.map { "\($0.epoch)" } ?? "-") by the ledger, and "
            + "answered under another"
    }
}
