/// Which troubles with a registry are told: each kind at each url at once, and then once a minute.
struct RegistryTelling: Sendable {
    private struct Told: Sendable {
        var since: UInt64
        var at: UInt64
        var untold = 0
    }

    private struct Kind: Hashable, Sendable {
        let url: Int
        let isCredentials: Bool
    }

    private var told: [Kind: Told] = [:]

    /// A call failed at `now`, in monotonic nanoseconds.
    ///
    /// - Returns: how many like it were not told before it; nil where it is not to be told.
    mutating func failed(at url: Int, isCredentials: Bool, at now: UInt64) -> Int? {
        let kind = Kind(url: url, isCredentials: isCredentials)
        guard var last = told[kind] else {
            told[kind] = Told(since: now, at: now)
            return 0
        }
        guard now &- last.at >= Self.intervalNs else {
            told[kind]?.untold += 1
            return nil
        }
        let untold = last.untold
        (last.at, last.untold) = (now, 0)
        told[kind] = last
        return untold
    }

    /// The registry answered.
    ///
    /// - Returns: after how many seconds of trouble that was told; nil where none was.
    mutating func answered(at url: Int, at now: UInt64) -> UInt64? {
        let over = told.filter { $0.key.url == url }
        guard let since = over.values.map(\.since).min() else { return nil }
        for kind in over.keys { told[kind] = nil }
        return (now &- since) / 1_000_000_000
    }

    private static let intervalNs: UInt64 = 60_000_000_000
}
