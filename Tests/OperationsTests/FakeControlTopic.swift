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

    func publish(key: String, _ announcement: Announcement) throws(SwerveError) {
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

    static let outOfReach = SwerveError(
        .unavailable, act: "talking to the broker", reason: "it does not answer")
}
