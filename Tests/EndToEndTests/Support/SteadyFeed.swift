import Foundation
import Kafka
import Platform

/// Writes numbered requests to a stream's input, some every few milliseconds, on a thread of its
/// own until it is stopped.
final class SteadyFeed {
    private final class State: Sendable {
        struct Values {
            var sent = 0
            var isStopping = false
            var failure: String?
        }

        let values = Guarded(Values())
    }

    private let state = State()
    private let thread: OSThread

    init(_ stream: TestStream) {
        // Settings and names alone cross over: the stream is the test thread's.
        let (settings, input) = (stream.settings, stream.input)
        let lines = stream.requests(0..<Self.different).map { ($0.partition, $0.key, $0.value) }
        thread = OSThread(name: "feed") { [state] in
            do {
                let writer = try TopicWriter(settings: settings) { _, _ in }
                defer { writer.close() }
                while !state.values.withLock({ $0.isStopping }) {
                    let first = state.values.withLock { $0.sent }
                    for number in first..<(first + Self.together) {
                        let line = lines[number % lines.count]
                        try writer.write(
                            topic: input, partition: line.0, key: line.1, value: line.2)
                    }
                    try writer.flush(milliseconds: 30_000, act: "feeding")
                    state.values.withLock { $0.sent += Self.together }
                    _ = poll(nil, 0, Self.pauseMs)
                }
            } catch {
                state.values.withLock { $0.failure = "\(error)" }
            }
        }
    }

    var sent: Int { state.values.withLock { $0.sent } }

    /// Waits for what is out.
    ///
    /// - Returns: how many records there are.
    func stop() throws -> Int {
        state.values.withLock { $0.isStopping = true }
        thread.join()
        if let failure = state.values.withLock({ $0.failure }) { throw Failure(failure) }
        return sent
    }

    /// Fits the partitions of every stream that has no more than 8.
    private static let different = 840
    private static let together = 8
    private static let pauseMs: Int32 = 20
}
