/// For how long a token is to hold: `90d`, `12h`, `30m`, or `never` for no end.
package struct TokenLifetime: Sendable, Hashable, CustomStringConvertible, TextCodable {
    package static let standard = TokenLifetime(description: "90d", milliseconds: 90 * dayMs)

    package let description: String
    /// Nil for no end.
    package let milliseconds: Int64?

    private init(description: String, milliseconds: Int64?) {
        self.description = description
        self.milliseconds = milliseconds
    }

    package init(_ text: String) throws(SwerveError) {
        guard text != "never" else {
            self.init(description: text, milliseconds: nil)
            return
        }
        let units: [Character: Int64] = ["d": Self.dayMs, "h": 3_600_000, "m": 60_000]
        guard let unit = text.last.flatMap({ units[$0] }), text.utf8.count <= 8,
            let count = Int64(text.dropLast()), count > 0, count * unit <= Self.mostMs
        else {
            throw SwerveError(
                .usage, act: "reading for how long a token holds: '\(text.shortened(to: 40))'",
                reason: "not a number of days, hours or minutes, up to 3650d",
                remedy: "write it as 90d, 12h or 30m, or never")
        }
        self.init(description: text, milliseconds: count * unit)
    }

    private static let dayMs: Int64 = 86_400_000
    private static let mostMs = 3_650 * dayMs
}
