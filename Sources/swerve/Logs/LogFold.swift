/// Which lines of a log are written: of lines that say the same thing, one a minute, with how many
/// more there were.
///
/// A value that is told the time, in monotonic nanoseconds.
struct LogFold: Sendable {
    enum Telling: Equatable {
        /// Write the line, and that so many like it were not written since the last one.
        case tell(untold: Int)
        case keep
    }

    private struct Entry {
        var toldAt: UInt64
        var untold = 0
    }

    private var entries: [String: Entry] = [:]

    init() {}

    /// What becomes of a line at `now`; `line` is all of it but its time.
    mutating func take(_ line: String, at now: UInt64) -> Telling {
        if let entry = entries[line] {
            guard now &- entry.toldAt >= Self.intervalNs else {
                entries[line]?.untold += 1
                return .keep
            }
            entries[line] = Entry(toldAt: now)
            return .tell(untold: entry.untold)
        }
        // What others can write into lines must not fill the memory: such lines are written.
        if entries.count < Self.linesMax { entries[line] = Entry(toldAt: now) }
        return .tell(untold: 0)
    }

    /// Lines whose minute is over, with how many like them were not written; each is told of once,
    /// and from then on is as one that never came.
    ///
    /// - Parameter isAll: those whose minute is not over, too.
    mutating func takeOver(at now: UInt64, isAll: Bool = false) -> [(line: String, untold: Int)] {
        let over = entries.filter { isAll || now &- $0.value.toldAt >= Self.intervalNs }
        for line in over.keys { entries[line] = nil }
        return over.filter { $0.value.untold > 0 }.map { ($0.key, $0.value.untold) }
            .sorted { $0.line < $1.line }
    }

    static let intervalNs: UInt64 = 60_000_000_000
    static let linesMax = 1_000
}
