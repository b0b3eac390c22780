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
        var records: [String: Announcement] = [:]
        var published: [String] = []
        var fault: Fault?
    }

    private let state = Guarded(State())

    subscript(key: String) -> [UInt8]? {
        get { state.withLock { $0.records[key]?.value } }
        set { state.withLock { $0.records[key] = newValue.map { Announcement(value: $0) } } }
    }

    /// The keys of all publications so far, in order.
    var published: [String] { state.withLock { $0.published } }

    func fail(at fault: Fault?) { state.withLock { $0.fault = fault } }

    let name = "swerve.control"

    func current() throws(SwerveError) -> [String: Announcement] {
        let (records, fails) = state.withLock { state in
            switch state.fault {
            case .reading: (state.records, true)
            case .readingBack: (state.records, !state.published.isEmpty)
            default: (state.records, false)
            }
        }
        if fails { throw Self.outOfReach }
        return records
    }

    func publish(key: String, _ announcement: Announcement) throws(SwerveError) {
        let fails = state.withLock { state in
            if case .publishing = state.fault { return true }
            state.records[key] = announcement
            state.published.append(key)
            if case .overwriting(let other) = state.fault {
                state.records[key] = Announcement(value: other)
            }
            if case .acknowledging = state.fault { return true }
            return false
        }
        if fails { throw Self.outOfReach }
    }

    static let outOfReach = SwerveError(
        .unavailable, act: "talking to the broker", reason: "it does not answer")
}
