import Lifecycle
import Platform

/// What goes to an issuer with somebody who signs in there, and comes back with them: a value.
///
/// A state is bound to the browser in which it was begun, holds for some minutes, and is taken
/// once. Nothing is kept of those that are on their way, so that nobody can crowd others out by
/// beginning many; what is needed of one later follows from it and a secret of this process.
///
/// Times are milliseconds since the machine's start.
struct SignInStates: Sendable {
    /// What belongs to one state.
    struct Sent: Sendable, Equatable {
        let state: String
        /// The issuer puts it into the token that it makes for this very sign-in.
        let nonce: String
        /// Shown when the code is exchanged (PKCE): who has read the code alone cannot.
        let verifier: String

        /// The verifier as the issuer is told it beforehand, by the method `S256`.
        var challenge: String {
            Base64URL.text(Array(ContentHash.sha256(Array(verifier.utf8)).bytes))
        }
    }

    enum Outcome: Sendable, Equatable {
        case taken(Sent, next: String)
        /// Not begun in this browser, not by this process, too long ago, or taken before.
        case refused
    }

    /// Those that were taken and would hold still.
    var takenCount: Int { taken.count }
    private let secret: [UInt8]
    /// Until when a state that was taken would hold.
    private var taken: [String: Int64] = [:]

    init(secret: [UInt8] = RandomText.bytes(32)) { self.secret = secret }

    /// - Parameters:
    ///   - visit: the id in the browser's cookie.
    ///   - next: where the browser goes afterwards.
    /// - Throws: where OpenSSL makes no code.
    func begin(visit: String, next: String, nowMs: Int64) throws(SwerveError) -> Sent {
        let short = next.utf8.count <= Self.nextBytes ? next : "/"
        let content = Self.bytes(of: nowMs) + RandomText.bytes(16) + Array(short.utf8)
        let text = Base64URL.text(content)
        return try sent("\(text).\(try code("state", "\(visit) \(text)"))")
    }

    /// Takes what a browser brought back.
    mutating func take(
        _ state: String, visit: String, nowMs: Int64
    ) throws(SwerveError) -> Outcome {
        let parts = Array(state.utf8).split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard state.utf8.count <= Self.stateBytes, parts.count == 2,
            let content = Base64URL.bytes(parts[0]), content.count > 24
        else { return .refused }
        let wanted = try code("state", "\(visit) \(String(decoding: parts[0], as: UTF8.self))")
        guard Self.isSame(Array(wanted.utf8), Array(parts[1])) else { return .refused }
        let atMs = content.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        guard (0..<Self.lifeMs).contains(nowMs - atMs), taken[state] == nil else {
            return .refused
        }
        if taken.count >= Self.takenMax { taken = taken.filter { $0.value > nowMs } }
        if taken.count >= Self.takenMax, let oldest = taken.min(by: { $0.value < $1.value })?.key {
            // The issuer takes its code no second time either.
            taken[oldest] = nil
        }
        taken[state] = atMs + Self.lifeMs
        return .taken(try sent(state), next: String(decoding: content.dropFirst(24), as: UTF8.self))
    }

    private func sent(_ state: String) throws(SwerveError) -> Sent {
        Sent(
            state: state, nonce: try code("nonce", state), verifier: try code("verifier", state))
    }

    private func code(_ use: String, _ text: String) throws(SwerveError) -> String {
        Base64URL.text(try MessageCode.sha256(key: secret, Array("\(use) \(text)".utf8)))
    }

    private static func bytes(of number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * Int64($0))) }
    }

    /// All bytes are looked at, wherever the first differs.
    static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count
            && zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static let lifeMs: Int64 = 600_000
    static let takenMax = 4_096
    private static let nextBytes = 1_024
    private static let stateBytes = 2_048
}
