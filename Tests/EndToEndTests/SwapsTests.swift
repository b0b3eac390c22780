import Fleet
import Foundation
import Kafka
import Lifecycle
import Operations
import Registry
import TestSupport
import Testing

/// Many swaps under load leave nothing behind; `Benchmarks/swaps` makes ten thousand.
@Suite("Many swaps, end to end", .blocking)
struct SwapsTests {
    /// Of half a megabyte each: a scorer that is kept at every swap is seen.
    private static let features = 65_536
    private static let warmUp = 24
    private static let swaps = 120

    @Test("threads and descriptors stay, and memory does not grow by what one scorer a swap takes")
    func leavesNothing() throws {
        let stream = try TestStream()
        let spec = TestModels.spec.replacingOccurrences(of: "64", with: "\(Self.features)")
        for version in 1...3 {
            try TestModels.register(
                in: stream, features: Self.features, spec: spec, changed: (version, "2.5"))
        }
        try stream.writeConfiguration(at: "swerve.yaml", workers: 1)
        let scene = try Scene.serve(stream, promoting: 1, workers: 1)
        let worker = try #require(scene.service.children.first)
        let feed = SteadyFeed(stream, rate: 500)
        let swapper = try Swapper(stream)
        defer { swapper.close() }
        try swapper.swap(Self.warmUp)
        let before = try Usage(of: worker)
        try swapper.swap(Self.swaps)
        let after = try Usage(of: worker)
        try feed.stop()
        #expect(after.descriptors <= before.descriptors && after.threads <= before.threads)
        // All of them together would be 60 MB.
        let grown = after.kilobytes - before.kilobytes
        #expect(grown < Self.swaps * Self.features * 8 / 1_024 / 4, "\(before) \(after)")
        #expect(try scene.rebalances() == [0])
        #expect(try scene.service.stop() == 0)
    }

    /// What a process has.
    private struct Usage {
        let kilobytes: Int
        let threads: Int
        let descriptors: Int

        init(of pid: Int32) throws {
            let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            func number(_ name: String) throws -> Int {
                let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
                let digits = try #require(line).filter(\.isNumber)
                return try #require(Int(digits))
            }
            kilobytes = try number("VmRSS")
            threads = try number("Threads")
            descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
                .count
        }
    }
}

/// Promotes versions 1 … 3 in turn, each once the fleet serves the one before.
private final class Swapper {
    private let registry: Registry
    private let topic: KafkaControlTopic
    private let relay: OutboxRelay
    private let listener: FleetListener
    private var version = 1

    init(_ stream: TestStream) throws {
        registry = try Registry.open(path: stream.registry, access: .readWrite(create: false))
        topic = KafkaControlTopic(
            settings: stream.settings, topic: stream.control, timeoutMs: 30_000
        ) { _, _ in }
        relay = OutboxRelay(registry: registry, topic: topic)
        try relay.prepare()
        listener = FleetListener(
            feed: try KafkaStatusFeed(settings: stream.settings, topic: stream.status) { _, _ in })
    }

    func close() {
        listener.close()
        topic.close()
    }

    func swap(_ count: Int) throws {
        let model = try ModelName("http-anomaly")
        for _ in 0..<count {
            version = version % 3 + 1
            let outcome = try Promoter(registry: registry, relay: relay).change(
                ChangeOrder(
                    .change(.promote(version)), of: model,
                    note: ChangeNote(by: "test", at: "2026-01-01T00:00:00.000Z")))
            try outcome.check()
            let wait = ConvergenceWait(
                for: WantedEpoch(epoch: outcome.deployment.epoch), of: model,
                deadlineMs: listener.nowMs + Int64(Deadlines.hang * 1_000))
            var ended: ConvergenceWait.Outcome?
            while ended == nil {
                try listener.listen(milliseconds: 10)
                ended = wait.outcome(listener.watcher, nowMs: listener.nowMs)
            }
            guard ended?.isConverged == true else { throw Failure("\(String(describing: ended))") }
        }
    }
}
