import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// A record that ends the process which answers it: a fault planted by a preloaded library; see
/// Tests/Crash/crash_on.c.
@Suite(
    "records that kill, end to end", .serialized, .blocking,
    .enabled(if: Crash.compiler != nil, Crash.absence))
struct KilledByRecordTests {
    private let marker = "ends-its-reader"

    /// What a delivery needs beside its name; transactions need a real broker.
    private static let deliveries =
        ["delivery: at-least-once"]
        + (TestStream.realBootstrap == nil
            ? [] : ["delivery: exactly-once\ncommit.interval_ms: 100\nscoring_threads: 2"])

    @Test(
        "a record that kills its worker becomes a dead letter, and every other one is answered",
        arguments: deliveries)
    func crash(delivery: String) throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(at: "swerve.yaml", workers: 1, changes: delivery)
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        var requests = stream.requests(0..<400)
        let line = #"{"id":"\#(marker)","method":"GET","path":"/"}"#
        requests[200] = .init(partition: 0, key: Array("k6".utf8), value: Array(line.utf8))
        try stream.send(requests)
        let service = try stream.serve(
            environment: [
                "LD_PRELOAD": try Crash.library("crash_on", in: stream.folder),
                "SWERVE_CRASH_ON": marker,
            ])
        let letter = try #require(try stream.read(stream.deadLetters) { !$0.isEmpty }.first)
        #expect(letter.headers["swerve.error.code"] == "crashed_worker")
        #expect(letter.headers["swerve.source.partition"] == "0")
        #expect(letter.headers["swerve.source.offset"] == "50")
        #expect(letter.value == Array(line.utf8))
        // The worker that found it goes on behind it.
        try stream.send(stream.requests(400..<500))
        let predictions = try stream.read(stream.output) { records in
            Set(records.compactMap { try? Prediction($0).source }).count >= 499
        }.map(Prediction.init)
        #expect(Set(predictions.compactMap(\.id)).count == 499)
        #expect(!predictions.contains { $0.id == marker })
        #expect(try stream.readAll(stream.deadLetters).count == 1)
        let log = service.log
        #expect(log.components(separatedBy: "worker ended by signal 11").count == 4, "\(log)")
        #expect(log.contains("the next one scores each of them by itself"), "\(log)")
        #expect(log.contains("workers die of the record [0] at 50"), "\(log)")
        #expect(try service.stop() == 0)
    }

    @Test("so does one that kills the helper which scores it beside the poll thread")
    func crashOfHelper() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1, changes: "scoring_threads: 2")
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        var requests = stream.requests(0..<400)
        let line = #"{"id":"\#(marker)","method":"GET","path":"/"}"#
        requests[200] = .init(partition: 0, key: Array("k6".utf8), value: Array(line.utf8))
        try stream.send(requests)
        let threads = stream.folder.path("threads")
        let service = try stream.serve(
            environment: [
                "LD_PRELOAD": try Crash.library("crash_reading", in: stream.folder),
                "SWERVE_CRASH_ON": marker, "SWERVE_CRASH_LOG": threads,
            ])
        let letter = try #require(try stream.read(stream.deadLetters) { !$0.isEmpty }.first)
        #expect(letter.headers["swerve.error.code"] == "crashed_worker")
        #expect(letter.headers["swerve.source.offset"] == "50")
        let predictions = try stream.read(stream.output) { records in
            Set(records.compactMap { try? Prediction($0).source }).count >= 399
        }.map(Prediction.init)
        #expect(Set(predictions.compactMap(\.id)).count == 399)
        #expect(!predictions.contains { $0.id == marker })
        // Two over a batch that was divided, and one over the record by itself.
        let died = try String(contentsOfFile: threads, encoding: .utf8).split(separator: "\n")
        #expect(died == ["swerve-score-1", "swerve-score-1", "swerve-poll"])
        #expect(try service.stop() == 0)
    }
}
