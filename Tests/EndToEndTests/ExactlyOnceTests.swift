import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Exactly-once delivery as whoever reads committed records sees it: on a real broker alone, since
/// the development broker keeps no offsets of transactions and takes nothing back.
@Suite(
    "Exactly-once, end to end", .serialized, .blocking,
    .enabled(if: TestStream.realBootstrap != nil, "needs a broker that keeps transactions"))
struct ExactlyOnceTests {
    /// Requests, and every fiftieth of them no JSON.
    private func records(_ range: Range<Int>, _ stream: TestStream) -> [TestStream.Sent] {
        zip(range, stream.requests(range)).map { number, record in
            guard number % 50 == 0 else { return record }
            return .init(
                partition: record.partition, key: record.key, value: Array("no JSON".utf8))
        }
    }

    /// Where each dead letter comes from, as its headers say; the development reader has none, so
    /// they are counted alone.
    private func committed(_ stream: TestStream) throws -> (sources: [Prediction.Source], dead: Int)
    {
        (
            try stream.readAll(stream.output).map { try Prediction($0).source },
            try stream.readAll(stream.deadLetters).count
        )
    }

    @Test("workers killed under load, a stop and a start: no record is lost, and none is doubled")
    func kills() throws {
        let scene = try Scene.served(
            versions: 2, changes: "delivery: exactly-once\ncommit.interval_ms: 100\n")
        let stream = scene.stream
        var sent = 0
        func feed(_ count: Int) throws {
            try stream.send(records(sent..<(sent + count), stream))
            sent += count
        }
        for round in 0..<3 {
            try feed(4_000)
            // Some of this round is out, and most of it is to come.
            _ = try scene.predictions(round * 3_900 + 1)
            let victim = try #require(scene.service.children.first)
            try feed(4_000)
            kill(victim, SIGKILL)
        }
        _ = try scene.change("promote", "http-anomaly@2")
        _ = try scene.predictions(sent - sent / 50)
        #expect(try scene.service.stop() == 0)
        let again = try stream.serve()
        try feed(1_000)
        _ = try scene.predictions(sent - sent / 50)
        #expect(try again.stop() == 0)

        let (sources, dead) = try committed(stream)
        #expect(Set(sources).count == sent - sent / 50)
        #expect(sources.count == Set(sources).count, "doubled")
        #expect(dead == sent / 50)
        // A killed worker is the only crash; none that had to abort counts as one.
        #expect(!scene.service.log.contains("ended with 3"), "\(scene.service.log.suffix(4_000))")
    }

    @Test("a second service in the same slots ends the first, whose open work counts for nothing")
    func secondService() throws {
        let scene = try Scene.served(
            versions: 1, workers: 1, changes: "delivery: exactly-once\ncommit.interval_ms: 200\n")
        let stream = scene.stream
        try stream.send(stream.requests(0..<5_000))
        _ = try scene.predictions(1)
        try stream.writeConfiguration(
            at: "second.yaml", workers: 1,
            changes: "delivery: exactly-once\ncommit.interval_ms: 200\n", state: "second")
        let second = try stream.serve("second.yaml")
        #expect(try scene.service.waitForExit() != 0)
        try stream.send(stream.requests(5_000..<6_000))
        _ = try scene.predictions(6_000)
        #expect(try second.stop() == 0)
        let (sources, dead) = try committed(stream)
        #expect(Set(sources).count == 6_000 && sources.count == 6_000 && dead == 0)
    }
}
