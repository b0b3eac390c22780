import Synchronization

/// Whether the hub stops: told to what would otherwise go on waiting.
///
/// Any thread.
final class HubStop: Sendable {
    private let isSaid = Atomic<Bool>(false)

    var isStopping: Bool { isSaid.load(ordering: .acquiring) }

    func say() { isSaid.store(true, ordering: .releasing) }
}
