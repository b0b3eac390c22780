import Lifecycle

/// Lines and tables of the reports, at most 100 columns wide.
enum TextLayout {
    static let columns = 100
    /// Free text of others in a line.
    static let remarkScalars = 300

    /// Text from elsewhere, bounded and escaped for terminals.
    static func remark(_ text: String, scalars: Int = remarkScalars) -> String {
        let bounded = text.unicodeScalars.prefix(scalars)
        let shown = String(bounded).printable
        return bounded.endIndex < text.unicodeScalars.endIndex ? shown + "…" : shown
    }

    /// The first cell gets what the others leave.
    static func row(_ first: String, _ cells: [String], widths: [Int], firstWidth: Int) -> String {
        var line = padded(first.shortened(to: firstWidth), firstWidth)
        for (cell, width) in zip(cells, widths) {
            line += " " + padded(cell.shortened(to: width), width)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// `line` broken at spaces, what follows indented by four more; a word too long is cut.
    static func wrapped(_ line: String) -> [String] {
        var lines: [String] = []
        var rest = line[...]
        let indent = String(line.prefix { $0 == " " }) + "    "
        while true {
            let room = columns - (lines.isEmpty ? 0 : indent.count)
            let fitting = rest.prefix(room)
            guard fitting.endIndex < rest.endIndex else { break }
            let isIndent = { (index: Substring.Index) in
                rest[..<index].allSatisfy { $0 == " " }
            }
            let space = fitting.lastIndex(of: " ").flatMap { isIndent($0) ? nil : $0 }
            let end = space ?? fitting.endIndex
            lines.append((lines.isEmpty ? "" : indent) + rest[..<end])
            rest = rest[end...].drop { $0 == " " }
        }
        if !rest.isEmpty { lines.append((lines.isEmpty ? "" : indent) + rest) }
        return lines
    }

    /// The first of `items`, and how many more there are.
    static func list(_ items: [String], separator: String, limit: Int) -> String {
        list(items, separator: separator, limit: limit) { $0 }
    }

    /// The same of anything, of which there may be far more than anybody makes words of.
    static func list<Item>(
        _ items: some Collection<Item>, separator: String, limit: Int, words: (Item) -> String
    ) -> String {
        let rest = items.count - limit
        let shown = items.prefix(limit).map(words).joined(separator: separator)
        return rest > 0 ? "\(shown)\(separator)… \(rest) more" : shown
    }

    /// Partitions and versions by number, what is no number behind them.
    static func isBefore(_ left: String, _ right: String) -> Bool {
        (Int(left) ?? .max, left) < (Int(right) ?? .max, right)
    }
}
