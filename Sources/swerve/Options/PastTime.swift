import Lifecycle

/// A point in time as people type it: `2026-11-23T10:00:00Z`, `2026-11-23` (its first moment, in
/// UTC), `now`, or `10m ago` with `s`, `m`, `h` or `d`.
enum PastTime {
    /// - Returns: ISO 8601 UTC with milliseconds.
    /// - Throws: `.usage` for anything else.
    static func parse(_ text: String, nowMs: Int64) throws(SwerveError) -> String {
        guard let ms = milliseconds(text, nowMs: nowMs) else {
            throw SwerveError(
                .usage, act: "reading time '\(text.shortened(to: 80))'", reason: "not a time",
                remedy: "write 2026-11-23T10:00:00Z (UTC), 2026-11-23, or '10m ago'")
        }
        return Timestamp.text(ofMs: ms)
    }

    private static func milliseconds(_ text: String, nowMs: Int64) -> Int64? {
        if text == "now" { return nowMs }
        if let ms = Timestamp.milliseconds(of: text) { return ms }
        if let ms = Timestamp.milliseconds(of: "\(text)T00:00:00Z") { return ms }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[1] == "ago", let unit = words[0].last,
            let unitMs = units[unit], let count = Int64(words[0].dropLast()), count >= 0
        else { return nil }
        let (ago, overflow) = count.multipliedReportingOverflow(by: unitMs)
        return overflow || ago > nowMs ? nil : nowMs - ago
    }

    private static let units: [Character: Int64] = [
        "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
}
