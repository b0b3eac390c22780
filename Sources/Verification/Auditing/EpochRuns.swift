/// Under which epochs the records of a partition were answered first, as runs of offsets: a value.
package struct EpochRuns: Sendable, Equatable {
    package struct Run: Sendable, Equatable {
        package let epoch: Int64
        package let first: Int64
        package fileprivate(set) var last: Int64

        var offsets: Range<Int64> { first..<last + 1 }
    }

    package private(set) var runs: [Run] = []
    /// Records behind the last run that found room.
    package private(set) var left: Int64 = 0
    /// The newest epoch so far; 0 before the first.
    private(set) var highest: Int64 = 0

    package init() {}

    /// Whether all runs found room.
    package var isWhole: Bool { left == 0 }

    /// Notes the epoch of the next record that was answered; offsets only grow.
    ///
    /// - Returns: false where a record before it had a newer one.
    mutating func note(_ offset: Int64, _ epoch: Int64) -> Bool {
        defer { highest = max(highest, epoch) }
        if !isWhole {
            left += 1
        } else if let last = runs.last, last.epoch == epoch {
            runs[runs.count - 1].last = offset
        } else if runs.count < Self.runsMax {
            runs.append(Run(epoch: epoch, first: offset, last: offset))
        } else {
            left = 1
        }
        return epoch >= highest
    }

    /// Those behind the newest one contradict it: it counts no more.
    mutating func lower(to epoch: Int64) { highest = epoch }

    /// The epoch of the run that an offset lies in, or of the one before it; nil before the first.
    func epoch(at offset: Int64) -> Int64? {
        var (lower, upper) = (0, runs.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if runs[middle].first <= offset { lower = middle + 1 } else { upper = middle }
        }
        return lower > 0 ? runs[lower - 1].epoch : nil
    }

    static let runsMax = 100_000
}
