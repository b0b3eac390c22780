import Lifecycle
import Platform

/// A control topic in memory that can fail at each step, before or after it has taken effect.
final class FakeControlTopic: ControlTopic, Sendable {
    enum Fault: Sendable {
        case reading
        case readingBack
        /// The record is not written.
        case publishing
        /// The record is written, and the acknowledgement lost.
        case acknowledging
        /// Another writer's record comes right behind ours.
        case overwriting([UInt8])
    }

    private struct State {
        var records: [String: StoredAnnouncement] = [:]
        /// All that was ever written, as before compaction.
        var log: [(key: String, stored: StoredAnnouncement)] = []
        var published: [String] = []
        var readings = 0
        var claims = 0
        var fault: Fault?

        mutating func append(_ key: String, _ announcement: Announcement?, _ ms: Int64) {
            records[key] = announcement.map { StoredAnnouncement($0, appended: .appended(ms)) }
            if let stored = records[key] { log.append((key, stored)) }
        }
    }

    private let state = Guarded(State())
    /// The broker's clock.
    let nowMs: Int64

    init(nowMs: Int64 = 0) { self.nowMs = nowMs }

    subscript(key: String) -> [UInt8]? {
        get { state.withLock { $0.records[key]?.announcement.value } }
        set { put(key, newValue.map { Announcement(value: $0) }) }
    }

    /// Writes past the control plane, as anybody could.
    func put(_ key: String, _ announcement: Announcement?, appendedAtMs: Int64 = 0) {
        state.withLock { state in
            state.append(key, announcement, appendedAtMs)
        }
    }

    /// Takes away what is not the newest of its key.
    func compact() {
        state.withLock { state in
            state.log = state.records.map { (key: $0.key, stored: $0.value) }
        }
    }

    /// The keys of all publications so far, in order.
    var published: [String] { state.withLock { $0.published } }

    /// How often somebody read it to its end.
    var readings: Int { state.withLock { $0.readings } }

    func fail(at fault: Fault?) { state.withLock { $0.fault = fault } }

    let name = "swerve.control"

    func current() throws(SwerveError) -> [String: StoredAnnouncement] {
        let (records, fails) = state.withLock { state in
            state.readings += 1
            return switch state.fault {
            case .reading: (state.records, true)
            case .readingBack: (state.records, !state.published.isEmpty)
            default: (state.records, false)
            }
        }
        if fails { throw Self.outOfReach }
        return records
    }

    func forEachRecord(_ body: (ControlTopicRecord) -> Void) throws(SwerveError) {
        let log = try state.withLock { state throws(SwerveError) in
            if case .reading = state.fault { throw Self.outOfReach }
            return state.log
        }
        for (offset, record) in log.enumerated() {
            body(
                ControlTopicRecord(
                    offset: Int64(offset), key: Array(record.key.utf8), stored: record.stored))
        }
    }

    func isFencing() throws(SwerveError) -> Bool { false }

    func claim(for registry: String) throws(SwerveError) {}

    func publish(_ announcements: [KeyedAnnouncement]) throws(SwerveError) -> PublishingAnswer {
        for entry in announcements { try publish(key: entry.key, entry.announcement) }
        return .published
    }

    private func publish(key: String, _ announcement: Announcement) throws(SwerveError) {
        let fails = state.withLock { state in
            if case .publishing = state.fault { return true }
            state.append(key, announcement, nowMs)
            state.published.append(key)
            if case .overwriting(let other) = state.fault {
                state.append(key, Announcement(value: other), nowMs)
            }
            if case .acknowledging = state.fault { return true }
            return false
        }
        if fails { throw Self.outOfReach }
    }

    /// Who took the right to announce last, as a real broker keeps it; for `FakeAnnouncer`.
    fileprivate func take() -> Int {
        state.withLock { state in
            state.claims += 1
            return state.claims
        }
    }

    fileprivate func isHeld(by claim: Int?) -> Bool {
        state.withLock { $0.claims == claim }
    }

    static let outOfReach = SwerveError(
        .unavailable, act: "talking to the broker", reason: "it does not answer")
}

/// One process's way to a topic in memory whose brokers fence.
final class FakeAnnouncer: ControlTopic {
    private let topic: FakeControlTopic
    private var claimed: Int?
    /// What happens between this process's look and its writing.
    var beforeWriting: () throws -> Void = {}
    /// How often it took the right to announce.
    private(set) var claims = 0

    init(_ topic: FakeControlTopic) { self.topic = topic }

    var name: String { topic.name }

    func current() throws(SwerveError) -> [String: StoredAnnouncement] { try topic.current() }

    func forEachRecord(_ body: (ControlTopicRecord) -> Void) throws(SwerveError) {
        try topic.forEachRecord(body)
    }

    func isFencing() throws(SwerveError) -> Bool { true }

    func claim(for registry: String) throws(SwerveError) {
        guard claimed == nil else { return }
        claimed = topic.take()
        claims += 1
    }

    func publish(_ announcements: [KeyedAnnouncement]) throws(SwerveError) -> PublishingAnswer {
        do {
            try beforeWriting()
        } catch {
            throw SwerveError(.system, act: "stopping", reason: "\(error)")
        }
        guard topic.isHeld(by: claimed) else {
            claimed = nil
            return .overtaken("another one came")
        }
        return try topic.publish(announcements)
    }
}
