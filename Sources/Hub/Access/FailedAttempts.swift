import Platform

/// How often each address has shown what does not hold, and how long that makes it wait.
///
/// A value, and bounded: what an address owes grows with each failure and is forgotten as time goes
/// by. Where there are too many addresses, those without room owe together.
struct FailedAttempts: Sendable {
    /// Until when an address owes, by network; milliseconds since the machine's start.
    private var owed: [String: Int64] = [:]
    private var othersOwed: Int64 = 0

    /// How long the address is made to wait, in whole seconds from 1 on; nil where it may try.
    func wait(_ address: String, at nowMs: Int64) -> Int? {
        let debt = (owed[Self.network(of: address)] ?? othersOwed) - nowMs
        let excess = debt - (Self.freeFailures - 1) * Self.costMs
        return excess > 0 ? Int((excess + 999) / 1_000) : nil
    }

    mutating func fail(_ address: String, at nowMs: Int64) {
        let network = Self.network(of: address)
        if owed[network] == nil, owed.count >= Self.addressesMax {
            owed = owed.filter { $0.value > nowMs }
        }
        guard owed[network] != nil || owed.count < Self.addressesMax else {
            othersOwed = Self.more(than: othersOwed, at: nowMs)
            return
        }
        // What those without room owed is not forgiven to one that gets room.
        owed[network] = Self.more(than: owed[network] ?? othersOwed, at: nowMs)
    }

    private static func more(than owed: Int64, at nowMs: Int64) -> Int64 {
        min(max(owed, nowMs) + costMs, nowMs + freeFailures * costMs + costMs)
    }

    /// Whoever has one address of IPv6 has the 64 bits behind it.
    static func network(of address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        let groups = { (text: Substring) in text.split(separator: ":").map(String.init) }
        guard let gap = address.firstRange(of: "::") else {
            return groups(address[...]).prefix(4).joined(separator: ":")
        }
        let (head, tail) = (groups(address[..<gap.lowerBound]), groups(address[gap.upperBound...]))
        let zeros = Array(repeating: "0", count: max(0, 8 - head.count - tail.count))
        return (head + zeros + tail).prefix(4).joined(separator: ":")
    }

    /// So many failures at once are nobody's attack: a script with an old token.
    private static let freeFailures: Int64 = 10
    /// Each is forgotten after that time.
    private static let costMs: Int64 = 6_000
    static let addressesMax = 4_096
}

/// Tokens that held not long ago, and whose they are: those who bear them do not wait for the
/// failures of others behind the same address, and have their turns by who they are.
struct AdmittedTokens: Sendable {
    private var held: [RawDigest: (atMs: Int64, subject: String)] = [:]

    func contains(_ token: RawDigest) -> Bool { held[token] != nil }

    func subject(of token: RawDigest) -> String? { held[token]?.subject }

    mutating func add(_ token: RawDigest, of subject: String, at nowMs: Int64) {
        if held[token] == nil, held.count >= Self.tokensMax {
            // Half of them at once, so that it is not done for each.
            let oldest = held.sorted { $0.value.atMs < $1.value.atMs }.prefix(Self.tokensMax / 2)
            for entry in oldest { held[entry.key] = nil }
        }
        held[token] = (nowMs, subject)
    }

    mutating func remove(_ token: RawDigest) { held[token] = nil }

    static let tokensMax = 4_096
}
