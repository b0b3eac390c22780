import Lifecycle
import Platform

/// What the simulated streams are made of: what two versions say of real requests, and how clients
/// of real logs come: a value that threads share.
struct SampledTraffic: Sendable {
    /// A visit of a client: the second of each of its requests, from the first one on.
    struct Visit: Sendable {
        let client: Int
        let seconds: [UInt16]
    }

    /// Of one request: 2 where the stable version alerts, 1 where the candidate does.
    typealias Verdicts = UInt8

    /// In the order of their file.
    private(set) var normal: [Verdicts] = []
    private(set) var attacks: [Verdicts] = []
    /// Of clients of a site, and of scanners.
    private(set) var visits: [Visit] = []
    private(set) var scans: [Visit] = []
    /// The site's visits in each hour of the day, 1 on average.
    private(set) var hours = [Double](repeating: 1, count: 24)

    /// - Parameters:
    ///   - requests: a line each: `normal` or `attack`, and both verdicts: `normal 0 1`.
    ///   - arrivals: a line each: `visit` or `scan`, the client's number, and the seconds; or
    ///     `hours` and 24 weights.
    init(requests: String, arrivals: String) throws(SwerveError) {
        for words in try Self.lines(of: requests) {
            let bits = UInt8(words[1] == "1" ? 2 : 0) | UInt8(words[2] == "1" ? 1 : 0)
            if words[0] == "attack" { attacks.append(bits) } else { normal.append(bits) }
        }
        for words in try Self.lines(of: arrivals) {
            guard words[0] != "hours" else {
                hours = words.dropFirst().compactMap { Double($0) }
                continue
            }
            let visit = Visit(
                client: Int(words[1]) ?? 0, seconds: words.dropFirst(2).compactMap { UInt16($0) })
            if words[0] == "scan" { scans.append(visit) } else { visits.append(visit) }
        }
        guard !normal.isEmpty, !attacks.isEmpty, !visits.isEmpty, !scans.isEmpty, hours.count == 24
        else {
            throw SwerveError(
                .invalid, act: "reading \(requests) and \(arrivals)", reason: "a kind is missing")
        }
    }

    private static func lines(of path: String) throws(SwerveError) -> [[Substring]] {
        let text = String(decoding: try StateFile.read(path, limit: 1 << 28), as: UTF8.self)
        return text.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0.count >= 3 }
    }

    /// Seconds that the longest visit takes, and one more.
    var longest: Int {
        Int((visits + scans).flatMap(\.seconds).max() ?? 0) + 1
    }

    static func meanSize(_ visits: [Visit]) -> Double {
        Double(visits.reduce(0) { $0 + $1.seconds.count }) / Double(visits.count)
    }

    /// The candidate is the stable version itself.
    mutating func makeSame() {
        normal = normal.map { $0 & 2 | $0 >> 1 }
        attacks = attacks.map { $0 & 2 | $0 >> 1 }
    }

    /// The candidate alerts on further normal requests, always the same ones, until there are
    /// `factor` times as many alerts.
    mutating func addAlerts(factor: Double, attackShare: Double) {
        func rate(_ verdicts: [Verdicts]) -> Double {
            Double(verdicts.count { $0 & 2 != 0 }) / Double(verdicts.count)
        }
        let alerts = attackShare * rate(attacks) + (1 - attackShare) * rate(normal)
        let quiet = Double(normal.count { $0 & 1 == 0 }) / Double(normal.count)
        let part = (factor - 1) * alerts / ((1 - attackShare) * quiet)
        for index in normal.indices {
            let hash = MurmurHash3.hash32(Array("request \(index)".utf8), seed: 1)
            if Double(hash) < part * 4_294_967_296 { normal[index] |= 1 }
        }
    }
}

/// SplitMix64: the same numbers from the same seed on every machine.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// 0 … 1, without 1.
    mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
