package import Kafka
package import Lifecycle
import Platform
import Synchronization

/// What becomes true once a load's result is of no use any more; asked between its steps.
package final class LoadCancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    package init() {}

    package func cancel() { flag.store(true, ordering: .releasing) }
    package var isCancelled: Bool { flag.load(ordering: .acquiring) }
}

/// Between the control thread, which gives the work, and the loader thread, which does it.
///
/// Loads come before what is only to be kept in the cache, and a newer load displaces one that has
/// not begun.
package final class LoadQueue: Sendable {
    private enum Work {
        case load(LoadRequest)
        case keep([ArtifactCache.Fetched])
    }

    private struct State {
        var request: LoadRequest?
        var fetched: [[ArtifactCache.Fetched]] = []
        /// What a full disk kept out of the cache, until `keepAgain`.
        var unkept: [ArtifactCache.Fetched] = []
        /// Whether all of it went into the cache since `takeKeptAgain`.
        var isKeptAgain = false
        var results: [LoadResult] = []
        var isStopping = false
    }

    private let state = Guarded(State())
    private let wake: EventFD
    private let controlWaker: ReaderWaker

    /// - Parameter waker: wakes the control thread once a load has ended.
    package init(waking waker: ReaderWaker = .none) throws(SwerveError) {
        wake = try EventFD()
        controlWaker = waker
    }

    // MARK: - The control thread's side

    package func load(_ request: LoadRequest) {
        state.withLock { $0.request = request }
        wake.signal()
    }

    package func keep(_ fetched: [ArtifactCache.Fetched]) {
        guard !fetched.isEmpty else { return }
        state.withLock { $0.fetched.append(fetched) }
        wake.signal()
    }

    /// Has what could not be written into the cache tried again.
    ///
    /// Not while there is more to keep: the loader thread may be busy for longer than it takes to
    /// ask again.
    package func keepAgain() {
        let isAny = state.withLock { state in
            guard !state.unkept.isEmpty, state.fetched.isEmpty else { return false }
            state.fetched.append(state.unkept)
            return true
        }
        if isAny { wake.signal() }
    }

    /// Whether what could not be written before is in the cache now; once.
    package func takeKeptAgain() -> Bool {
        state.withLock { state in
            defer { state.isKeptAgain = false }
            return state.isKeptAgain
        }
    }

    package func takeResults() -> [LoadResult] {
        state.withLock { state in
            let results = state.results.map { $0 }
            state.results.removeAll(keepingCapacity: true)
            return results
        }
    }

    /// Ends the loader thread once what is to be kept is kept; a load that has not begun is none of
    /// that.
    package func stop() {
        state.withLock { $0.isStopping = true }
        wake.signal()
    }

    // MARK: - The loader thread's side

    /// The loader thread's body; returns after `stop`.
    package func run(_ loader: VersionLoader) {
        let owner = ThreadOwner()
        while true {
            let (work, isStopping) = next()
            switch work {
            case .load(let request):
                let result = loader.load(request, on: owner)
                state.withLock { $0.results.append(result) }
                controlWaker.wake()
            case .keep(let fetched): keep(fetched, loader, on: owner)
            case nil where isStopping: return
            case nil:
                // Fails only for a descriptor that is not one.
                _ = try? Poll.waitForAny([wake.descriptor], timeoutMs: nil)
                _ = wake.drain()
            }
        }
    }

    /// Only what was not told before is told: a disk stays full for long.
    private func keep(
        _ fetched: [ArtifactCache.Fetched], _ loader: VersionLoader, on owner: ThreadOwner
    ) {
        let known = state.withLock { $0.unkept.map { $0 } }
        var unkept = known.filter { old in !fetched.contains { $0.isSame(as: old) } }
        for artifact in fetched {
            do throws(SwerveError) {
                try loader.keep(artifact, on: owner)
            } catch {
                if !known.contains(where: { $0.isSame(as: artifact) }) { loader.tellUnkept(error) }
                unkept.append(artifact)
            }
        }
        // A deployment has no more: of older ones nothing is needed for a restart.
        let left = unkept.suffix(Self.unkeptMax).map { $0 }
        state.withLock { state in
            state.isKeptAgain = state.isKeptAgain || (left.isEmpty && !known.isEmpty)
            state.unkept = left
        }
    }

    private static let unkeptMax = 3

    private func next() -> (work: Work?, isStopping: Bool) {
        state.withLock { state in
            if let request = state.request.take(), !state.isStopping {
                return (.load(request), false)
            }
            guard !state.fetched.isEmpty else { return (nil, state.isStopping) }
            return (.keep(state.fetched.removeFirst()), state.isStopping)
        }
    }
}
