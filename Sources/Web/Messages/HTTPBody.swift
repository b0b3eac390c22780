package import Lifecycle
import Platform

/// The bytes behind a request's head, as they come.
///
/// Read by one thread, which waits for them; the server's thread puts them in, and stops reading
/// from the client where nobody takes them.
package final class HTTPBody: Sendable {
    private struct State {
        /// Few, however small the pieces are that the client sends: `put` joins them.
        var chunks: [[UInt8]] = []
        /// Bytes in `chunks`.
        var held = 0
        /// Bytes that came, the taken ones among them.
        var came: Int64 = 0
        var isWhole = false
        var fault: SwerveError?
        var isTooSlow = false
    }

    /// How slowly a body may come.
    struct Pace: Sendable {
        let pauseMs: Int
        let bytesPerSecond: Int
    }

    private let state: Guarded<State>
    private let arrived: EventFD?
    private let pace: Pace?
    private let startedAtNs = MonotonicClock.now
    /// Called once there is room again.
    private let resume: @Sendable () -> Void

    /// A body that is there already.
    package init(_ bytes: [UInt8]) {
        state = Guarded(
            State(chunks: bytes.isEmpty ? [] : [bytes], held: bytes.count, isWhole: true))
        arrived = nil
        pace = nil
        resume = {}
    }

    /// One that comes.
    ///
    /// - Throws: where the machine has no descriptor left.
    init(pace: Pace, resume: @escaping @Sendable () -> Void) throws(SwerveError) {
        state = Guarded(State())
        arrived = try EventFD()
        self.pace = pace
        self.resume = resume
    }

    /// Waits for the next bytes, as they come; nil behind the last.
    ///
    /// - Throws: `.unavailable` where the client is gone, `.timedOut` where it is too slow,
    ///   `.tooLarge` where it sends more than the route takes.
    package func next() throws(SwerveError) -> [UInt8]? {
        while true {
            let (chunk, isEnd, hadPaused) = try state.withLock {
                state throws(SwerveError) -> ([UInt8]?, Bool, Bool) in
                guard state.chunks.isEmpty else {
                    let isFull = state.held >= Self.heldBytes
                    let chunk = state.chunks.removeFirst()
                    state.held -= chunk.count
                    return (chunk, false, isFull && state.held < Self.heldBytes)
                }
                if let fault = state.fault { throw fault }
                return (nil, state.isWhole, false)
            }
            if hadPaused { resume() }
            if let chunk { return chunk }
            if isEnd { return nil }
            try wait()
        }
    }

    /// All of it; `.tooLarge` above `limit` bytes.
    package func all(limit: Int) throws(SwerveError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let more = try next() {
            guard bytes.count + more.count <= limit else {
                throw SwerveError(
                    .tooLarge, act: Self.act, reason: "the body is longer than \(limit) bytes")
            }
            bytes += more
        }
        return bytes
    }

    private func wait() throws(SwerveError) {
        guard let arrived, let pace else { return }
        arrived.drain()
        guard state.withLock({ $0.chunks.isEmpty && !$0.isWhole && $0.fault == nil }) else {
            return
        }
        let came = state.withLock { $0.came }
        // Each byte buys its time; the pause is for the first of them.
        let boughtMs = Int(clamping: came * 1_000 / Int64(pace.bytesPerSecond)) + pace.pauseMs
        let spentMs = Int(clamping: (MonotonicClock.now &- startedAtNs) / 1_000_000)
        let leftMs = min(pace.pauseMs, boughtMs - spentMs)
        var isReady = false
        if leftMs > 0 {
            isReady = try !Poll.waitForAny([arrived.descriptor], timeoutMs: leftMs).isEmpty
        }
        guard isReady else {
            state.withLock { $0.isTooSlow = true }
            throw SwerveError(.timedOut, act: Self.act, reason: "the body comes too slowly")
        }
    }

    /// Whether somebody who waited for it gave it up: then that is what the request is answered
    /// with, whatever its route makes of it.
    var isTooSlow: Bool { state.withLock { $0.isTooSlow } }

    // MARK: - The server's thread

    /// - Returns: false where nobody takes them for now, and no more are to be read.
    func put(_ bytes: [UInt8]) -> Bool {
        let hasRoom = state.withLock { state in
            if let last = state.chunks.indices.last,
                state.chunks[last].count + bytes.count <= Self.joinedBytes
            {
                state.chunks[last] += bytes
            } else {
                state.chunks.append(bytes)
            }
            state.held += bytes.count
            state.came += Int64(bytes.count)
            return state.held < Self.heldBytes
        }
        arrived?.signal()
        return hasRoom
    }

    func finish() {
        state.withLock { $0.isWhole = true }
        arrived?.signal()
    }

    func fail(_ code: SwerveError.Code, _ reason: String) {
        state.withLock { state in
            guard !state.isWhole, state.fault == nil else { return }
            state.fault = SwerveError(code, act: Self.act, reason: reason)
        }
        arrived?.signal()
    }

    private static let act = "taking a request's body"
    private static let heldBytes = 256 << 10
    /// Up to so many bytes, what comes is joined to what waits already: a client may send single
    /// bytes, and each chunk costs memory, and time under the lock for the one that is taken.
    static let joinedBytes = 16 << 10
}
