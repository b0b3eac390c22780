import Kafka
import Lifecycle
import Platform
import TestSupport

/// Numbered records at a steady pace, from a thread of its own.
///
/// What the brokers do not take at once is kept and sent again, each record once.
final class SteadyFeed {
    private struct State {
        var sent = 0
        var isStopping = false
        /// Whether nobody waits for the last acknowledgements.
        var isAbandoned = false
        var poisonEvery: Int?
        var failure: String?
    }

    private final class Shared: Sendable {
        let state = Guarded(State())
    }

    private let shared = Shared()
    private let thread: OSThread
    private var isStopped = false

    /// - Parameters:
    ///   - poisonEvery: every so manieth record cannot be scored; nil for none.
    ///   - record: makes record number so and so of a stream of so many partitions.
    init(
        _ stream: TestStream, rate: Int, poisonEvery: Int? = nil,
        record: @escaping @Sendable (_ number: Int, _ partitions: Int) -> TestStream.Sent = {
            TestStream.request($0, partitions: $1)
        }
    ) {
        let shared = shared
        let (settings, topic, partitions) = (stream.settings, stream.input, stream.partitions)
        shared.state.withLock { $0.poisonEvery = poisonEvery }
        thread = OSThread(name: "feed") {
            do throws(SwerveError) {
                try Self.run(shared, settings, topic, partitions, rate, record)
            } catch {
                shared.state.withLock { $0.failure = "\(error)" }
            }
        }
    }

    deinit {
        shared.state.withLock { $0.isAbandoned = true }
        try? stop()
    }

    var sent: Int { shared.state.withLock { $0.sent } }

    func setPoison(every count: Int?) { shared.state.withLock { $0.poisonEvery = count } }

    /// Waits until `count` records more were sent.
    func awaitSent(_ count: Int) throws {
        let target = sent + count
        let deadline = Deadline(afterMs: Int(Deadlines.hang * 1_000))
        while sent < target {
            if let failure = shared.state.withLock({ $0.failure }) { throw Failure(failure) }
            guard !deadline.hasPassed else { throw Failure("the feed does not go on") }
            FaultTrial.pause(5)
        }
    }

    /// Ends the feed once all records are acknowledged.
    func stop() throws {
        guard !isStopped else { return }
        isStopped = true
        shared.state.withLock { $0.isStopping = true }
        thread.join()
        if let failure = shared.state.withLock({ $0.failure }) { throw Failure(failure) }
    }

    private static func run(
        _ shared: Shared, _ settings: KafkaSettings, _ topic: String, _ partitions: Int,
        _ rate: Int, _ make: (Int, Int) -> TestStream.Sent
    ) throws(SwerveError) {
        let writer = try TopicWriter(
            settings: settings.withDefaults([
                "message.timeout.ms": "600000", "linger.ms": "2",
                "reconnect.backoff.max.ms": "500",
            ])
        ) { _, _ in }
        defer { writer.close() }
        let began = MonotonicClock.now
        var number = 0
        while true {
            let state = shared.state.withLock { $0 }
            if state.isStopping { break }
            let due = Int(MonotonicClock.now &- began) / 1_000 * rate / 1_000_000
            while number < due {
                let isPoison = state.poisonEvery.map { number % $0 == $0 - 1 } ?? false
                let record =
                    isPoison
                    ? poison(number, partitions)
                    : make(number, partitions)
                try writer.write(
                    topic: topic, partition: record.partition, key: record.key, value: record.value)
                number += 1
            }
            let sent = number
            shared.state.withLock { $0.sent = sent }
            writer.serve(milliseconds: 5)
        }
        guard !shared.state.withLock({ $0.isAbandoned }) else { return }
        try writer.flush(milliseconds: 120_000, act: "feeding \(topic)")
    }

    private static let poisons: [[UInt8]?] = [
        Array("no JSON".utf8), nil, [], [0xFF, 0xFE, 0x00], Array("{}".utf8), Array("[1,2]".utf8),
        Array(#"{"method":"GET","path":17}"#.utf8),
        Array(String(repeating: "[", count: 5_000).utf8),
    ]

    private static func poison(_ number: Int, _ partitions: Int) -> TestStream.Sent {
        let plain = TestStream.request(number, partitions: partitions)
        return TestStream.Sent(
            partition: plain.partition, key: plain.key,
            value: poisons[number / 5 % poisons.count])
    }
}
