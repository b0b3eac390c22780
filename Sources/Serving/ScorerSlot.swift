import Lifecycle
import Platform
import Synchronization

/// Where the poll thread finds what to score with, and the loader puts it: the swap.
///
/// `load` is taken once a batch, so a batch is scored by one set from end to end. A replaced set is
/// kept until the poll thread has taken up a newer one, so that it is never freed there.
package final class ScorerSlot: Sendable {
    private struct State {
        var current: ServingSet?
        var retired: [ServingSet] = []
    }

    private let state = Guarded(State())
    /// The epoch that the poll thread has taken up.
    private let taken = Atomic<Int64>(0)

    package init() {}

    /// The newest set; nil before the first.
    ///
    /// Any thread; some tens of ns, once a batch.
    package func load() -> ServingSet? { state.withLock { $0.current } }

    /// Makes `set` the one to serve unless a newer epoch is there already.
    ///
    /// - Returns: whether it was taken.
    @discardableResult
    package func replace(with set: ServingSet) -> Bool {
        state.withLock { state in
            if let current = state.current {
                guard set.deployment.epoch > current.deployment.epoch else { return false }
                state.retired.append(current)
            }
            state.current = set
            return true
        }
    }

    /// The poll thread says which epoch it serves from now on.
    package func noteTaken(epoch: Int64) { taken.store(epoch, ordering: .releasing) }

    package var takenEpoch: Int64 { taken.load(ordering: .acquiring) }

    /// Lets go of sets that the poll thread has left behind; called by the control thread.
    package func reclaim() {
        let epoch = takenEpoch
        // Taken out under the lock, freed after it: unmapping megabytes takes a while.
        let gone = state.withLock { state in
            let gone = state.retired.filter { $0.deployment.epoch < epoch }
            state.retired.removeAll { $0.deployment.epoch < epoch }
            return gone
        }
        _ = consume gone
    }
}
