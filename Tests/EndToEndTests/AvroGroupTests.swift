import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Records that wait for their schema while members come and go, and within transactions: on a real
/// broker alone, since the development broker has neither.
@Suite(
    "Avro in groups, end to end", .serialized, .blocking,
    .enabled(
        if: TestStream.realBootstrap != nil && TestSchemas.isPossible,
        "needs a broker with members and transactions, and python3"))
struct AvroGroupTests {
    private func parked(_ stream: TestStream) throws -> Int {
        let slots = try stream.control(["status", "http-anomaly"]).json()["slots"]?.array ?? []
        return slots.compactMap { $0["counts"]?["parked"]?.int }.reduce(0, +)
    }

    private func wait(_ process: RunningProcess, forParked count: Int, _ stream: TestStream) throws
    {
        _ = try process.wait(for: "\(count) parked records") {
            try parked(stream) == count ? true : nil
        }
    }

    /// Each request once, and in order in each partition.
    private func check(_ predictions: [Prediction], _ count: Int, partitions: Int) {
        var order: [Int: [Int]] = [:]
        for prediction in predictions {
            order[prediction.partition, default: []].append(prediction.offset)
        }
        for partition in 0..<partitions {
            #expect(order[partition] == Array(0..<(count / partitions)), "\(partition)")
        }
    }

    @Test("with transactions a stop leaves what is parked to the next process, and all counts once")
    func exactlyOnce() throws {
        let schemas = try TestSchemas.withLateEight()
        let scene = try Scene.served(
            versions: 1, workers: 1,
            changes: schemas.settings() + "delivery: exactly-once\ncommit.interval_ms: 100\n")
        let stream = scene.stream
        let sent = try stream.requests(0..<400).enumerated().map { index, request in
            try TestSchemas.framed(
                request, index % 200 == 100 ? 8 : 7, numbered: index % 200 == 100)
        }
        try stream.send(sent)
        // Of partition 0 what stands before the first late record, and all of the others.
        _ = try scene.predictions(325)
        try wait(scene.service, forParked: 75, stream)
        #expect(try scene.service.stop() == 0)
        let again = try stream.serve()
        try wait(again, forParked: 75, stream)
        kill(try #require(again.children.first), SIGKILL)
        schemas.setBusy(8, false)
        check(try scene.predictions(400), 400, partitions: 4)
        #expect(try again.stop() == 0)
        #expect(try stream.readAll(stream.output).count == 400)
        #expect(try stream.readAll(stream.deadLetters).isEmpty)
    }

    @Test("a second member gets partitions with parked records: each is scored once, in order")
    func secondMember() throws {
        let schemas = try TestSchemas.withLateEight()
        let stream = try TestStream(partitions: 2)
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 2, assignment: "dynamic",
            changes: schemas.settings(", parked_bytes: 65536")
                + "delivery: exactly-once\ncommit.interval_ms: 100\n")
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        func member(_ slot: Int) throws -> RunningProcess {
            try stream.serve(
                environment: ["SWERVE_SLOTS_FIRST": "\(slot)", "SWERVE_SLOTS_COUNT": "1"])
        }
        func wait(_ process: RunningProcess, for words: String) throws {
            _ = try process.wait(for: words) { process.log.contains(words) ? true : nil }
        }
        let first = try member(0)
        try wait(first, for: "partitions 0, 1")
        let requests = try stream.requests(0..<2_000).enumerated().map { index, request in
            try TestSchemas.framed(request, index < 20 ? 7 : 8, numbered: index >= 20)
        }
        try stream.send(Array(requests[..<20]))
        _ = try stream.read(stream.output) { $0.count >= 20 }
        // More than the bound of one worker: it is paused as the second member comes.
        try stream.send(Array(requests[20...]))
        _ = try first.wait(for: "parked records") { try parked(stream) > 0 ? true : nil }
        let second = try member(1)
        _ = try second.wait(for: "a partition each") {
            let slots = try stream.control(["status", "http-anomaly"]).json()["slots"]?.array ?? []
            let shares = slots.map { $0["partitions"]?.array?.count ?? 0 }
            return shares == [1, 1] ? true : nil
        }
        schemas.setBusy(8, false)
        let predictions = try stream.read(stream.output) { $0.count >= 2_000 }
        check(try predictions.map(Prediction.init), 2_000, partitions: 2)
        #expect(try first.stop() == 0)
        #expect(try second.stop() == 0)
        #expect(try stream.readAll(stream.output).count == 2_000)
    }
}
