import Lifecycle

/// Who has signed in, by the ids in their browsers' cookies: a value that is told the time.
///
/// Never more than so many; the one that was seen least lately gives way. Whether a subject still
/// holds is asked elsewhere at each request.
struct PageSessions: Sendable {
    private struct Session: Sendable {
        let subject: HubSubject
        let beganAtMs: Int64
        var seenAtMs: Int64
    }

    private var sessions: [String: Session] = [:]
    private let max: Int

    init(atMost max: Int = 1_024) { self.max = max }

    var count: Int { sessions.count }

    /// - Parameter nowMs: of a clock that only goes forward.
    mutating func begin(_ id: String, _ subject: HubSubject, nowMs: Int64) {
        sessions = sessions.filter { !Self.isOver($0.value, nowMs) }
        if sessions.count >= max,
            let oldest = sessions.min(by: { $0.value.seenAtMs < $1.value.seenAtMs })?.key
        {
            sessions[oldest] = nil
        }
        sessions[id] = Session(subject: subject, beganAtMs: nowMs, seenAtMs: nowMs)
    }

    /// Who it is; nil where there is no such session, or it is over.
    ///
    /// - Parameter isUse: whether somebody does something, which keeps it from ending; an open
    ///   stream alone does not.
    mutating func subject(of id: String, isUse: Bool = true, nowMs: Int64) -> HubSubject? {
        guard let session = sessions[id] else { return nil }
        guard !Self.isOver(session, nowMs) else {
            sessions[id] = nil
            return nil
        }
        if isUse { sessions[id]?.seenAtMs = nowMs }
        return session.subject
    }

    mutating func end(_ id: String) { sessions[id] = nil }

    private static func isOver(_ session: Session, _ nowMs: Int64) -> Bool {
        nowMs - session.seenAtMs >= idleMs || nowMs - session.beganAtMs >= lifeMs
    }

    static let idleMs: Int64 = 4 * 3_600_000
    static let lifeMs: Int64 = 12 * 3_600_000
}
