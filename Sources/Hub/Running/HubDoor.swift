import Lifecycle
import Operations
import Platform
import Registry

/// The registry of a hub: some connections for looking, kept open, and the leader's for changes.
final class HubDoor: RegistryDoor {
    private struct State {
        var readers: [Registry] = []
        var next = 0
    }

    private let path: String
    private let leader: HubLeader
    private let count: Int
    private let state = Guarded(State())

    init(_ path: String, leader: HubLeader, readers count: Int) {
        self.path = path
        self.leader = leader
        self.count = max(1, count)
    }

    func writable(create: Bool) throws(SwerveError) -> Registry { leader.registry }

    /// One after the other; one whose file is no more in its place is given up.
    func readable() throws(SwerveError) -> Registry {
        let kept = state.withLock { state -> Registry? in
            guard state.readers.count >= count else { return nil }
            state.next = (state.next + 1) % count
            return state.readers[state.next]
        }
        if let kept {
            if try kept.isInPlace() { return kept }
            state.withLock { $0.readers = [] }
        }
        let opened = try Registry.open(path: path, access: .readOnly)
        state.withLock { if $0.readers.count < count { $0.readers.append(opened) } }
        return opened
    }
}
