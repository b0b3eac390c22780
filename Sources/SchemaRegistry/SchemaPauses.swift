/// How long is waited between two calls for the same, in nanoseconds.
package struct SchemaPauses: Sendable {
    /// After each answer that it is not there; after the last one it counts as unknown.
    static let notThere: [UInt64] = [250_000_000, 500_000_000, 1_000_000_000]
    /// How long what is not there stays unknown, and what is too large stays bad.
    static let remembered: UInt64 = 60_000_000_000
    /// After a refusal of the credentials.
    static let credentials: UInt64 = 10_000_000_000
    static let first: UInt64 = 100_000_000
    static let longest: UInt64 = 10_000_000_000
    /// The most that a server may ask to be left alone.
    static let retryAfterSeconds = 60

    private var random: UInt64

    package init(seed: UInt64) { random = seed | 1 }

    /// `pause` and up to a fifth more or less, so that workers do not come all at once.
    mutating func varied(_ pause: UInt64) -> UInt64 {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        let fifth = pause / 5
        return pause - fifth + random % (2 * fifth + 1)
    }
}

/// The urls of a registry: which one is asked next.
///
/// What fails for one schema would fail for a thousand: so a url that failed rests, for all of
/// them, and a few calls find out whether it is back.
struct RegistryURLs: Sendable {
    private var notBefore: [UInt64]
    /// How long each rests after its next fault.
    private var rests: [UInt64]
    /// The one that answered last.
    private var preferred = 0

    init(count: Int) {
        notBefore = Array(repeating: 0, count: max(1, count))
        rests = Array(repeating: SchemaPauses.first, count: max(1, count))
    }

    /// The first that was not tried yet and does not want to be left alone; nil for none.
    func next(tried: Set<Int>, at now: UInt64) -> Int? {
        for step in notBefore.indices {
            let url = (preferred + step) % notBefore.count
            if !tried.contains(url), notBefore[url] <= now { return url }
        }
        return nil
    }

    mutating func answered(_ url: Int) {
        preferred = url
        rests[url] = SchemaPauses.first
    }

    /// A fault that passes.
    ///
    /// Calls that were under way with it tell the same, and make the rest no longer.
    mutating func failed(at url: Int, isCredentials: Bool, at now: UInt64) {
        guard notBefore[url] <= now else { return }
        rest(url, until: now &+ (isCredentials ? SchemaPauses.credentials : rests[url]))
        if !isCredentials { rests[url] = min(rests[url] * 2, SchemaPauses.longest) }
    }

    /// `url` wants to be left alone.
    mutating func rest(_ url: Int, until moment: UInt64) {
        notBefore[url] = max(notBefore[url], moment)
    }

    /// From when on any may be asked.
    var earliest: UInt64 { notBefore.min() ?? 0 }
}

/// Every url once, then a pause, and so on until one answers.
struct RegistryRound: Sendable {
    private(set) var tried: Set<Int> = []
    private var pause = SchemaPauses.first
    private var hasWrongCredentials = false

    mutating func failed(at url: Int, isCredentials: Bool) {
        tried.insert(url)
        hasWrongCredentials = hasWrongCredentials || isCredentials
    }

    /// Every url was tried.
    ///
    /// - Parameter earliest: from when on any of them may be asked.
    /// - Returns: when the next round begins.
    mutating func end(
        at now: UInt64, earliest: UInt64, _ pauses: inout SchemaPauses
    ) -> UInt64 {
        let length = hasWrongCredentials ? SchemaPauses.credentials : pauses.varied(pause)
        if !hasWrongCredentials { pause = min(pause * 2, SchemaPauses.longest) }
        tried = []
        hasWrongCredentials = false
        return max(now &+ length, earliest)
    }
}
