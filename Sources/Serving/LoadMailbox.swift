package import Lifecycle
import Platform

/// Between the control thread, which asks, and the loader, which answers.
///
/// Holds the newest request only: a newer epoch cancels an older load.
package final class LoadMailbox: Sendable {
    private struct State {
        var request: LoadRequest?
        var results: [LoadResult] = []
        /// The epoch that everything below is cancelled by.
        var newest: Int64 = 0
        var isStopping = false
    }

    private let state = Guarded(State())
    private let wake: EventFD

    package init() throws(SwerveError) { wake = try EventFD() }

    package func ask(_ request: LoadRequest) {
        state.withLock { state in
            state.request = request
            state.newest = request.record.deployment.epoch
        }
        wake.signal()
    }

    /// Cancels whatever is being loaded for epochs below `epoch`: something newer is served
    /// already.
    package func cancel(below epoch: Int64) {
        state.withLock { state in
            state.newest = max(state.newest, epoch)
            if let request = state.request, request.record.deployment.epoch < epoch {
                state.request = nil
            }
        }
        wake.signal()
    }

    package func stop() {
        state.withLock { $0.isStopping = true }
        wake.signal()
    }

    // MARK: - The loader's side

    /// Whether the load of `epoch` is still wanted; asked between its steps.
    package func isWanted(epoch: Int64) -> Bool {
        state.withLock { !$0.isStopping && $0.newest <= epoch }
    }

    package var isStopping: Bool { state.withLock { $0.isStopping } }

    package func takeRequest() -> LoadRequest? { state.withLock { $0.request.take() } }

    /// Waits for a request, a cancellation or a stop, at most `milliseconds` (nil: without end).
    package func wait(milliseconds: Int?) throws(SwerveError) {
        _ = try Poll.waitForAny([wake.descriptor], timeoutMs: milliseconds)
        _ = wake.drain()
    }

    package func answer(_ result: LoadResult) { state.withLock { $0.results.append(result) } }

    // MARK: - The control thread's side

    package func takeResults() -> [LoadResult] {
        state.withLock { state in
            defer { state.results.removeAll(keepingCapacity: true) }
            return state.results.map { $0 }
        }
    }
}
