import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Headers of records on their predictions, as whoever reads the output topic sees them.
@Suite("Headers copied to predictions, end to end", .serialized, .blocking)
struct CopiedHeadersEndToEndTests {
    private typealias Headers = [(name: String, value: String)]

    private static let named = "output.headers: [traceparent, tracestate]\n"

    private func write(_ records: [(TestStream.Sent, Headers)], to stream: TestStream) throws {
        var settings = stream.settings
        // A real broker's own bound of a batch.
        settings["message.max.bytes"] = "1040000"
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        for (record, headers) in records {
            try writer.write(
                topic: stream.input, partition: record.partition, key: record.key,
                value: record.value ?? [], headers: headers)
        }
        try writer.flush(milliseconds: 30_000, act: "sending records with headers")
    }

    /// The trace of a request; every third has none.
    private func trace(_ number: Int) -> String? {
        number % 3 == 0 ? nil : "00-\(String(repeating: "a", count: 32))-\(number)-01"
    }

    private func traced(_ range: Range<Int>, _ stream: TestStream) -> [(TestStream.Sent, Headers)] {
        zip(range, stream.requests(range)).map { number, request in
            (request, trace(number).map { [("x", "y"), ("traceparent", $0)] } ?? [])
        }
    }

    /// What `count` requests from the first on came to: each has its own trace and no other header,
    /// and in its partition stands behind those that came before it.
    private func expectTraced(_ count: Int, _ scene: Scene) throws {
        let predictions = try scene.predictions(count)
        #expect(predictions.count == count)
        var last: [Int32: Int] = [:]
        for prediction in predictions {
            let number = try #require(prediction.id.flatMap { Int($0.dropFirst(2)) })
            let headers = trace(number).map { ["traceparent": $0] } ?? [:]
            #expect(prediction.record.headers == headers, "\(number)")
            let partition = prediction.record.partition
            #expect(prediction.offset > last[partition] ?? -1, "\(number)")
            last[partition] = prediction.offset
        }
    }

    @Test("with threads that score, at least once: each prediction has its record's, in order")
    func atLeastOnce() throws {
        let scene = try Scene.served(versions: 2, changes: Self.named + "scoring_threads: 2\n")
        try write(traced(0..<3_000, scene.stream), to: scene.stream)
        _ = try scene.predictions(3_000)
        _ = try scene.change("promote", "http-anomaly@2")
        try write(traced(3_000..<4_000, scene.stream), to: scene.stream)
        try expectTraced(4_000, scene)
        #expect(try scene.service.stop() == 0)
    }

    @Test(
        "exactly once, over a worker that is killed: the same, and nothing is doubled",
        .enabled(if: TestStream.realBootstrap != nil, "needs a broker that keeps transactions"))
    func exactlyOnce() throws {
        let scene = try Scene.served(
            versions: 1,
            changes: Self.named + "delivery: exactly-once\ncommit.interval_ms: 100\n")
        try write(traced(0..<4_000, scene.stream), to: scene.stream)
        _ = try scene.predictions(1)
        let victim = try #require(scene.service.children.first)
        try write(traced(4_000..<8_000, scene.stream), to: scene.stream)
        kill(victim, SIGKILL)
        try expectTraced(8_000, scene)
        #expect(try scene.service.stop() == 0)
    }

    @Test(
        "a replay copies what the record of a dead letter had",
        .enabled(if: TestStream.realBootstrap != nil, "needs a broker that keeps transactions"))
    func replay() throws {
        let scene = try Scene.served(versions: 1, workers: 1)
        let stream = scene.stream
        let records = (0..<30).map { number -> (TestStream.Sent, Headers) in
            let line = #"{"id":"r-\#(number)","method":"GET","uri":"/\#(number)"}"#
            let sent = TestStream.Sent(
                partition: Int32(number % 4), key: [], value: Array(line.utf8))
            return (sent, trace(number).map { [("traceparent", $0)] } ?? [("x", "y")])
        }
        try write(records, to: stream)
        _ = try stream.read(stream.deadLetters) { $0.count >= 30 }
        try stream.writeConfiguration(
            at: "mended.yaml", workers: 1, changes: Self.named + "input: {fields: {path: uri}}")
        let replayed = try stream.swerve(
            "dead-letters", "replay", "http-anomaly", "--json", "--config",
            stream.folder.path("mended.yaml"))
        #expect(replayed.code == 0, "\(replayed)")
        try expectTraced(30, scene)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a thousand headers, one of a megabyte, and what the topic does not take: all are scored")
    func hostile() throws {
        let scene = try Scene.served(
            versions: 1, workers: 1,
            changes: Self.named + "kafka.producer: {message.max.bytes: 100000}\n")
        let stream = scene.stream
        let big = String(repeating: "b", count: 990_000)
        let many: Headers = (0..<1_000).map { ("tracestate", "many-\($0)") }
        let hostile: [Headers] = [
            [("tracestate", big), ("traceparent", "behind")],
            many + [("traceparent", "behind")],
            [("tracestate", String(repeating: "c", count: 1_800)), ("traceparent", "behind")],
            [("traceparent", String(repeating: "d", count: 800))],
        ]
        // With its key, the prediction of the third is nearly as large as the producer takes.
        let requests = stream.requests(0..<40).enumerated().map { number, request in
            TestStream.Sent(
                partition: 0,
                key: number == 2 ? [UInt8](repeating: 7, count: 98_000) : request.key,
                value: request.value)
        }
        try write(
            zip(requests, 0...).map { request, number in
                (request, number < hostile.count ? hostile[number] : [("traceparent", "p")])
            }, to: stream)
        let predictions = try scene.predictions(40)
        #expect(predictions.map(\.offset) == Array(0..<40))
        #expect(predictions[0].record.headers == ["traceparent": "behind"])
        let state = predictions[1].record.headers["tracestate"] ?? ""
        let last = try #require(Int(state.dropFirst("many-".count)))
        // As many as fit, from the first on.
        #expect(last > 10 && last < 1_000 && state.hasPrefix("many-"))
        #expect(predictions[2].record.headers == ["traceparent": "behind"])
        #expect(predictions[3].record.headers["traceparent"]?.count == 800)
        #expect(predictions[4...].allSatisfy { $0.record.headers == ["traceparent": "p"] })
        #expect(try stream.readAll(stream.deadLetters).isEmpty)
        #expect(scene.service.log.contains("headers were not copied to predictions"))
        #expect(try scene.service.stop() == 0)
    }

    @Test("names that would be a dead letter's own are refused before anything starts")
    func refused() throws {
        let stream = try TestStream()
        try stream.writeConfiguration(
            at: "swerve.yaml", changes: "output.headers: [traceparent, swerve.epoch]\n")
        let output = try stream.swerve("serve", "--config", stream.folder.path("swerve.yaml"))
        #expect(output.code == 64)
        #expect(
            output.err.contains(
                "output.headers: 'traceparent,swerve.epoch' names swerve.epoch, which begins"),
            "\(output)")
    }
}
