import Lifecycle

/// A point in time, as far as it is known: a day and a time in UTC, and how long ago.
struct Moment {
    private let text: String
    private let atMs: Int64?

    /// - Parameter text: ISO 8601 UTC; what is no time is shown as it is.
    init(_ text: String) {
        self.text = text
        atMs = Timestamp.milliseconds(of: text)
    }

    init(ofMs milliseconds: Int64) {
        text = Timestamp.text(ofMs: milliseconds)
        atMs = milliseconds
    }

    /// `30 Nov 09:12:04`, with the year where it is not that of `nowMs`.
    func markup(nowMs: Int64) -> HTML {
        guard let atMs else { return "\(name: text, limit: 40)" }
        let whole = Timestamp.text(ofMs: atMs)
        let parts = whole.split { "-T:.".contains($0) }.map(String.init)
        guard parts.count == 7, let month = Int(parts[1]), (1...12).contains(month) else {
            return "\(name: text, limit: 40)"
        }
        let isThisYear = Timestamp.text(ofMs: nowMs).prefix(4) == whole.prefix(4)
        let year = isThisYear ? "" : " \(parts[0])"
        let day = parts[2].hasPrefix("0") ? String(parts[2].dropFirst()) : parts[2]
        let clock = parts[3...5].joined(separator: ":")
        return """
            <time datetime="\(whole)">\(day) \(Self.months[month - 1])\(year) \(clock)</time>
            """
    }

    /// `12 min ago`, `in 3 h`; empty where it is not known.
    func age(nowMs: Int64) -> HTML {
        guard let atMs else { return HTML() }
        let (gone, overflow) = nowMs.subtractingReportingOverflow(atMs)
        guard !overflow else { return HTML() }
        // Clocks of two hosts are never the same.
        if gone.magnitude < 1_000 { return "<span class=\"quiet\">just now</span>" }
        let words = Figures.duration(Int64(clamping: gone.magnitude))
        return gone > 0
            ? "<span class=\"quiet\">\(words) ago</span>"
            : "<span class=\"quiet\">in \(words)</span>"
    }

    /// Both.
    func full(nowMs: Int64) -> HTML {
        "<span class=\"moment\">\(markup(nowMs: nowMs)) \(age(nowMs: nowMs))</span>"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
