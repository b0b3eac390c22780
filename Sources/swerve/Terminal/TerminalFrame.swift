import Lifecycle

/// A page drawn over the one before, without a flicker: each line replaces the old one's rest, and
/// what was below is cleared.
enum TerminalFrame {
    /// A screen of its own, no cursor, lines cut at the edge.
    static let begin = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"
    /// The screen as it was.
    static let end = "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// - Parameter lines: escaped; at most `rows` are shown, and then how many are not.
    /// - Parameter paint: colours a line that is cut already.
    static func text(
        _ lines: [String], columns: Int, rows: Int, paint: (String) -> String = { $0 }
    ) -> String {
        var shown = lines
        if lines.count > rows {
            shown = Array(lines.prefix(max(0, rows - 1)))
            shown.append("… \(lines.count - shown.count) more lines")
        }
        let drawn = shown.map { paint($0.shortened(to: columns)) + clearRest }
        return home + drawn.joined(separator: "\r\n") + clearBelow
    }

    private static let home = "\u{1B}[H"
    private static let clearRest = "\u{1B}[K"
    private static let clearBelow = "\u{1B}[J"
}
