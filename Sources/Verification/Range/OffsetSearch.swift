import Lifecycle

/// Finds a place in a partition by what its records say, for what grows with their offsets: where
/// no broker looks it up.
enum OffsetSearch {
    /// What a record says, and where it stands.
    struct Probe: Equatable {
        let offset: Int64
        let value: Int64
    }

    /// The first offset from which on records say at least `wanted`; the range's end where none do.
    ///
    /// A value or two out of order move the answer by as little; whoever needs all of them begins
    /// earlier.
    ///
    /// - Parameter probe: what the first record that says something says, at an offset or behind
    ///   it; nil where none follows. Asked some twenty times.
    static func first(
        in range: Range<Int64>, saying wanted: Int64,
        _ probe: (Int64) throws(SwerveError) -> Probe?
    ) throws(SwerveError) -> Int64 {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if let found = try probe(middle), found.offset < upper, found.value < wanted {
                lower = max(found.offset, middle) + 1
            } else {
                upper = middle
            }
        }
        return lower
    }
}
