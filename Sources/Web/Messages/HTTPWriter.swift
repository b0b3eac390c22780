package import Lifecycle
import Platform
import Synchronization

/// Where a route writes an answer bit by bit; used by the route's thread.
package final class HTTPWriter: Sendable {
    private struct State {
        /// Bytes that the client has not taken.
        var unread = 0
        var isGone = false
    }

    private let state = Guarded(State())
    private let taken: EventFD
    private let send: @Sendable ([UInt8]) -> Void

    /// - Parameter send: hands bytes to the server's thread.
    /// - Throws: where the machine has no descriptor left.
    init(send: @escaping @Sendable ([UInt8]) -> Void) throws(SwerveError) {
        taken = try EventFD()
        self.send = send
    }

    /// Sends `bytes`, and waits while the client has too many to take.
    ///
    /// - Throws: `.unavailable` where the client is gone.
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
            _ = try Poll.waitForAny([taken.descriptor], timeoutMs: nil)
        }
        send(bytes)
    }

    // MARK: - The server's thread

    func took(_ count: Int) {
        state.withLock { $0.unread -= count }
        taken.signal()
    }

    /// No byte will be taken any more.
    func close() {
        state.withLock { $0.isGone = true }
        taken.signal()
    }

    private static let unreadBytes = 256 << 10
}
