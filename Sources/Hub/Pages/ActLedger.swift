import Lifecycle
import Pages
import Platform

/// Acts that were sent from pages, by the keys of their forms: one sent twice acts once, and the
/// page behind it tells what came of it.
final class ActLedger: Sendable {
    enum Standing: Sendable, Equatable {
        /// Nobody has sent it before: who asks does it now.
        case first
        case running
        case done(Notice)
    }

    private struct State {
        var standings: [String: Notice?] = [:]
        /// The order in which they came, for those that give way.
        var keys: [String] = []
    }

    private let state = Guarded(State())
    private let max: Int

    init(atMost max: Int = 2_048) { self.max = max }

    /// - Parameter key: of the form, and of the session that sent it.
    func begin(_ key: String) -> Standing {
        state.withLock { state in
            if let known = state.standings[key] {
                return known.map { .done($0) } ?? .running
            }
            if state.keys.count >= max {
                state.standings[state.keys.removeFirst()] = nil
            }
            state.standings[key] = .some(nil)
            state.keys.append(key)
            return .first
        }
    }

    func finish(_ key: String, _ notice: Notice) {
        state.withLock { state in
            guard state.standings[key] != nil else { return }
            state.standings[key] = notice
        }
    }

    /// Nothing was changed: it may be sent again.
    func forget(_ key: String) {
        state.withLock { state in
            state.standings[key] = nil
            state.keys.removeAll { $0 == key }
        }
    }

    /// What came of it; nil where that is not known.
    func notice(of key: String) -> Notice? { state.withLock { $0.standings[key] ?? nil } }
}
