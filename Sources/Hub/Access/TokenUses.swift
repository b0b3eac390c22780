import Lifecycle

/// When tokens were used, until the registry is told: one time of a token, and not each.
struct TokenUses: Sendable {
    /// When the registry was told last, by name; milliseconds since the machine's start.
    private var toldAtMs: [ModelName: Int64] = [:]
    /// Not told yet: wall clock, ISO 8601 UTC.
    private var waiting: [ModelName: String] = [:]

    mutating func note(_ name: ModelName, at nowMs: Int64, wallMs: Int64) {
        if let told = toldAtMs[name], nowMs - told < Self.everyMs { return }
        waiting[name] = Timestamp.text(ofMs: wallMs)
    }

    /// What the registry is to be told now.
    mutating func take(at nowMs: Int64) -> [ModelName: String] {
        defer { waiting = [:] }
        for name in waiting.keys { toldAtMs[name] = nowMs }
        return waiting
    }

    private static let everyMs: Int64 = 60_000
}
