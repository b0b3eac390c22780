import Lifecycle
import Platform

/// Threads on which routes may wait, and a bounded number of requests that wait for one.
final class HTTPThreads: Sendable {
    typealias Work = @Sendable () -> Void

    private struct State {
        var waiting: [Work] = []
        var working = 0
        var isStopping = false
    }

    private let state = Guarded(State())
    private let wake: EventFD
    private let idle: EventFD
    private let room: Int
    private let threads = Guarded<[OSThread]>([])

    /// - Throws: where the machine has no descriptor left.
    init(_ count: Int, waiting room: Int, name: String) throws(SwerveError) {
        wake = try EventFD()
        idle = try EventFD()
        self.room = room
        let started = (0..<count).map { number in
            OSThread(name: "\(name)-\(number)") { [self] in run() }
        }
        threads.withLock { $0 = started }
    }

    /// Has `work` done by one of them; false where too much waits already.
    func submit(_ work: @escaping Work) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopping, state.waiting.count < room else { return false }
            state.waiting.append(work)
            return true
        }
        if isTaken { wake.signal() }
        return isTaken
    }

    /// Takes nothing more, and waits at most so long for what was taken; what has not begun by then
    /// is not done.
    ///
    /// - Returns: whether all is done.
    func finish(withinMs milliseconds: Int) -> Bool {
        state.withLock { $0.isStopping = true }
        wake.signal()
        let deadline = Deadline(afterMs: milliseconds)
        while true {
            idle.drain()
            if state.withLock({ $0.waiting.isEmpty && $0.working == 0 }) { return true }
            guard !deadline.hasPassed else {
                // Nobody is left who would hear what came of it.
                state.withLock { $0.waiting = [] }
                return false
            }
            _ = try? Poll.waitForAny([idle.descriptor], until: deadline)
        }
    }

    /// Ends them; behind `finish`, once nothing is left for which one of them could wait.
    func join() {
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    private func run() {
        while true {
            let (work, isMore, isOver) = state.withLock { state -> (Work?, Bool, Bool) in
                guard !state.waiting.isEmpty else { return (nil, false, state.isStopping) }
                state.working += 1
                return (state.waiting.removeFirst(), !state.waiting.isEmpty, false)
            }
            guard let work else {
                // The others are to see it, too.
                if isOver { return wake.signal() }
                _ = try? Poll.waitForAny([wake.descriptor], timeoutMs: nil)
                wake.drain()
                continue
            }
            // Whoever drained the wake-up of both took one.
            if isMore { wake.signal() }
            work()
            state.withLock { $0.working -= 1 }
            idle.signal()
        }
    }
}
