import Lifecycle
import Platform
import Registry
import Web

/// Does what is asked under an `Idempotency-Key` once, and answers the same to whoever asks the
/// same under it within a day.
struct HubKeeper: Sendable {
    /// The one that the hub writes through.
    let registry: Registry
    private let clock: SteadyClock

    init(registry: Registry, clock: SteadyClock = SteadyClock()) {
        self.registry = registry
        self.clock = clock
    }

    /// - Parameters:
    ///   - key: as the client gave it; nil does what is asked each time.
    ///   - subject: whose key it is; who lost rights since is not told what they had been for.
    ///   - digest: of what is asked.
    ///   - tellsSecret: whether the answer must not be kept: then who asks again is told that it
    ///     was done, and no more.
    /// - Throws: `.usage` for what is no key; `.refused` for who has fewer rights than when it was
    ///   done; as `Registry.answer`.
    func once(
        _ key: String?, of subject: HubSubject, _ digest: Digest, isConditional: Bool,
        tellsSecret: Bool = false,
        _ run: () throws(SwerveError) -> HTTPResponse
    ) throws(SwerveError) -> HTTPResponse {
        guard let key else { return try run() }
        let mark = RequestMark(
            subject: subject.name, key: try Self.checked(key),
            request: digest, atMs: clock.nowMs)
        if let known = try registry.answer(to: mark) {
            try Self.require(subject, known)
            return Self.again(known)
        }
        let response: HTTPResponse
        do throws(SwerveError) {
            response = try registry.marked(by: mark, run)
        } catch {
            guard error.problem?.kind != .requestAtWork else { throw error }
            response = HubProblem(error, isConditional: isConditional).response
        }
        guard !tellsSecret else { return response }
        // What was done stays done where the answer cannot be kept.
        var head = ["Content-Type": response.contentType]
        for (name, value) in response.fields { head[name] = value }
        head[Self.grants] = Self.text(subject.grants)
        try? registry.keep(
            RequestAnswer(status: response.status, head: head, body: response.body), of: mark)
        return response
    }

    private static func again(_ answer: RequestAnswer) -> HTTPResponse {
        var response = HTTPResponse(
            status: answer.status, contentType: answer.head["Content-Type"] ?? "application/json",
            body: answer.body)
        response.fields =
            answer.head.filter { $0.key != "Content-Type" && $0.key != Self.grants }.sorted {
                $0.key < $1.key
            }
            .map { ($0.key, $0.value) } + [("Idempotency-Replayed", "true")]
        return response
    }

    /// Holds what somebody may now against what it could when the answer was made: that is the
    /// answer to somebody with those rights.
    private static func require(
        _ subject: HubSubject, _ answer: RequestAnswer
    ) throws(SwerveError) {
        let had = answer.head[grants]?.split(separator: " ") ?? []
        let isHeld =
            !had.isEmpty
            && had.allSatisfy { grant in
                let parts = grant.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let role = HubRole(rawValue: String(parts[0])) else {
                    return false
                }
                return subject.grants.contains {
                    $0.role >= role && ($0.models.isAll || $0.models.description == parts[1])
                }
            }
        guard isHeld else {
            throw SwerveError(
                .refused, act: "looking for the same request",
                reason:
                    "it was carried out, and \(subject.name) has not the rights any more that it "
                    + "had then: what was answered is not told",
                problem: Problem(.rightLacking, [.role: subject.role.rawValue, .model: "*"]))
        }
    }

    private static func text(_ grants: [HubSubject.Grant]) -> String {
        grants.map { "\($0.role.rawValue):\($0.models)" }.joined(separator: " ")
    }

    /// Beside the fields of a kept answer's head; no field has a space in its name.
    private static let grants = "by grants"

    /// Quoted, as the draft of the IETF writes it, or as it is.
    private static func checked(_ key: String) throws(SwerveError) -> String {
        var text = key[...]
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
            text = text.dropFirst().dropLast()
        }
        guard (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw SwerveError(
                .usage, act: "reading Idempotency-Key",
                reason: "it has not 1 to 255 printable characters of ASCII",
                remedy: "give a UUID")
        }
        return String(text)
    }
}
