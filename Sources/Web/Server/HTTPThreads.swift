import Lifecycle
import Platform

/// Threads on which routes may wait, and a bounded number of requests that wait for one.
///
/// Clients take turns, and none holds all of them, or all the room to wait in: who asks for much
/// waits behind itself.
final class HTTPThreads: Sendable {
    typealias Work = @Sendable () -> Void

    private struct State {
        /// Of each client, in the order in which they came.
        var waiting: [String: [Work]] = [:]
        /// Those who wait, whose turn is next first.
        var turns: [String] = []
        var waitingCount = 0
        /// How many threads each client holds.
        var held: [String: Int] = [:]
        var working = 0
        var isStopping = false

        /// Whose turn it is that may hold one more.
        func next(holding most: Int) -> Int? {
            turns.firstIndex { held[$0, default: 0] < most }
        }

        mutating func take(_ place: Int) -> (client: String, work: Work)? {
            let client = turns.remove(at: place)
            guard var works = waiting.removeValue(forKey: client), !works.isEmpty else {
                return nil
            }
            let work = works.removeFirst()
            if !works.isEmpty {
                waiting[client] = works
                turns.append(client)
            }
            waitingCount -= 1
            working += 1
            held[client, default: 0] += 1
            return (client, work)
        }

        mutating func leave(_ client: String) {
            working -= 1
            held[client] = held[client].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }

    private let state = Guarded(State())
    private let wake: EventFD
    private let idle: EventFD
    private let room: Int
    /// Of one client: threads, and requests that wait.
    private let heldMost: Int
    private let waitingMost: Int
    private let threads = Guarded<[OSThread]>([])

    /// - Throws: where the machine has no descriptor left.
    init(_ count: Int, waiting room: Int, name: String) throws(SwerveError) {
        wake = try EventFD()
        idle = try EventFD()
        self.room = room
        heldMost = max(1, count - max(1, count / 4))
        waitingMost = max(1, room - room / 4)
        let started = (0..<count).map { number in
            OSThread(name: "\(name)-\(number)") { [self] in run() }
        }
        threads.withLock { $0 = started }
    }

    /// Has `work` done by one of them; false where too much waits already, of all or of the client.
    func submit(for client: String, _ work: @escaping Work) -> Bool {
        let isTaken = state.withLock { state in
            let count = state.waiting[client]?.count ?? 0
            guard !state.isStopping, state.waitingCount < room, count < waitingMost else {
                return false
            }
            state.waiting[client, default: []].append(work)
            state.waitingCount += 1
            if count == 0 { state.turns.append(client) }
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
            if state.withLock({ $0.turns.isEmpty && $0.working == 0 }) { return true }
            guard !deadline.hasPassed else {
                // Nobody is left who would hear what came of it.
                state.withLock { state in
                    state.waiting = [:]
                    state.turns = []
                    state.waitingCount = 0
                }
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
            let (taken, isMore, isOver) = state.withLock {
                state -> ((client: String, work: Work)?, Bool, Bool) in
                guard let place = state.next(holding: heldMost) else {
                    return (nil, false, state.isStopping && state.turns.isEmpty)
                }
                let taken = state.take(place)
                return (taken, state.next(holding: heldMost) != nil, false)
            }
            guard let taken else {
                // The others are to see it, too.
                if isOver { return wake.signal() }
                _ = try? Poll.waitForAny([wake.descriptor], timeoutMs: nil)
                wake.drain()
                continue
            }
            // Whoever drained the wake-up of both took one.
            if isMore { wake.signal() }
            taken.work()
            state.withLock { $0.leave(taken.client) }
            idle.signal()
        }
    }
}
