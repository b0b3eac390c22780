package import Lifecycle
import Platform
import Synchronization

/// Where a route writes an answer bit by bit; used by the route's thread.
package final class HTTPWriter: Sendable {
    private struct State {
        /// Bytes that the client has not taken, and those that it has.
        var unread = 0
        var taken: Int64 = 0
        var isGone = false
    }

    private let state = Guarded(State())
    private let taken: EventFD
    private let bytesPerSecond: Int
    private let startedAtNs = MonotonicClock.now
    private let send: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - bytesPerSecond: how slowly the client may take it on the whole.
    ///   - send: hands bytes to the server's thread.
    /// - Throws: where the machine has no descriptor left.
    init(
        bytesPerSecond: Int, send: @escaping @Sendable ([UInt8]) -> Void
    ) throws(SwerveError) {
        taken = try EventFD()
        self.bytesPerSecond = max(1, bytesPerSecond)
        self.send = send
    }

    /// Sends `bytes`, and waits while the client has too many to take.
    ///
    /// - Throws: `.unavailable` where the client is gone, `.timedOut` where it is too slow.
    package func write(_ bytes: [UInt8]) throws(SwerveError) {
        guard !bytes.isEmpty else { return }
        while true {
            taken.drain()
            let (isGone, isFull) = state.withLock { state in
                let isFull = state.unread >= Self.unreadBytes
                if !state.isGone, !isFull { state.unread += bytes.count }
                return (state.isGone, isFull)
            }
            guard !isGone else {
                throw SwerveError(.unavailable, act: "answering", reason: "the client is gone")
            }
            guard isFull else { break }
            try wait()
        }
        send(bytes)
    }

    /// Each byte that is taken buys its time; the first time is for those that are on their way.
    private func wait() throws(SwerveError) {
        let taken = state.withLock { $0.taken }
        let boughtMs = Int(
            clamping: (taken + Int64(Self.unreadBytes)) * 1_000 / Int64(bytesPerSecond))
        let spentMs = Int(clamping: (MonotonicClock.now &- startedAtNs) / 1_000_000)
        guard boughtMs > spentMs else {
            throw SwerveError(
                .timedOut, act: "answering", reason: "the client takes the answer too slowly")
        }
        _ = try Poll.waitForAny([self.taken.descriptor], timeoutMs: boughtMs - spentMs)
    }

    // MARK: - The server's thread

    func took(_ count: Int) {
        state.withLock {
            $0.unread -= count
            $0.taken += Int64(count)
        }
        taken.signal()
    }

    /// No byte will be taken any more.
    func close() {
        state.withLock { $0.isGone = true }
        taken.signal()
    }

    private static let unreadBytes = 256 << 10
}
