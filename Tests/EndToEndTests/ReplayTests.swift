import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Dead letters scored again, on a real broker alone: the development broker keeps no offsets of
/// transactions.
@Suite(
    "Replay of dead letters, end to end", .serialized, .blocking,
    .enabled(if: TestStream.realBootstrap != nil, "needs a broker that keeps transactions"))
struct ReplayTests {
    /// A request whose path stands under another name than the workers' configuration says.
    private func renamed(_ number: Int) -> TestStream.Sent {
        .init(
            partition: Int32(number % 4), key: Array("k\(number)".utf8),
            value: Array(#"{"id":"n-\#(number)","method":"GET","uri":"/\#(number)"}"#.utf8))
    }

    private func replay(
        _ stream: TestStream, _ configuration: String, _ options: String...
    ) throws -> JSONValue {
        let output = try Executable.run(
            [
                "dead-letters", "replay", "http-anomaly", "--json", "--config",
                stream.folder.path(configuration),
            ] + options)
        try #require(output.code == 0, "\(output)")
        return try output.json()
    }

    @Test("each letter that can be scored now has one prediction, with its record's place and key")
    func replays() throws {
        let scene = try Scene.served(versions: 2, workers: 1)
        let stream = scene.stream
        let garbage = TestStream.Sent(partition: 1, key: [7], value: Array("garbage".utf8))
        try stream.send((0..<40).map(renamed) + [garbage])
        let letters = try stream.read(stream.deadLetters) { $0.count >= 41 }
        #expect(letters.count == 41)
        // Nothing has changed: all are dead still, and wait behind the others for the next replay.
        let first = try replay(stream, "swerve.yaml")
        #expect(first["predictions"] == 0)
        #expect(first["still_dead"] == ["missing_field": 40, "not_json": 1])
        _ = try scene.change("promote", "http-anomaly@2")
        try stream.writeConfiguration(
            at: "mended.yaml", workers: 1, changes: "input: {fields: {path: uri}}")
        let second = try replay(stream, "mended.yaml")
        #expect(second["predictions"] == 40 && second["epoch"] == 2)
        #expect(second["still_dead"] == ["not_json": 1])

        let records = try stream.readAll(stream.output)
        let predictions = try records.map(Prediction.init)
        #expect(predictions.count == 40 && Set(predictions.map(\.source)).count == 40)
        #expect(predictions.allSatisfy { $0.version == 2 && $0.epoch == 2 })
        let places = Set(
            letters.filter { $0.key != [7] }.map {
                "\($0.headers["swerve.source.partition"] ?? "") "
                    + "\($0.headers["swerve.source.offset"] ?? "") \($0.key)"
            })
        let told = zip(records, predictions).map { record, prediction in
            "\(record.partition) \(prediction.source.offset) \(record.key)"
        }
        #expect(Set(told) == places)

        // The garbage is there three times, as the same record each time.
        let garbled = try stream.readAll(stream.deadLetters).filter { $0.key == [7] }
        #expect(garbled.count == 3 && Set(garbled.map(\.value)) == [Array("garbage".utf8)])
        let sources = garbled.map { letter in
            ["topic", "partition", "offset"].map { letter.headers["swerve.source.\($0)"] }
        }
        #expect(Set(sources).count == 1)
        #expect(garbled.compactMap { $0.headers["swerve.epoch"] }.sorted() == ["1", "1", "2"])
        #expect(garbled.allSatisfy { $0.headers["original.swerve.epoch"] == nil })

        let third = try replay(stream, "mended.yaml")
        #expect(third["predictions"] == 0 && third["still_dead"] == ["not_json": 1])
        #expect(try stream.readAll(stream.output).count == 40)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a replay that is killed in the middle is gone on with, and nothing is doubled")
    func killed() throws {
        let scene = try Scene.served(versions: 1, workers: 1)
        let stream = scene.stream
        try stream.send((0..<8_000).map(renamed))
        _ = try stream.read(stream.deadLetters) { $0.count >= 8_000 }
        try stream.writeConfiguration(
            at: "mended.yaml", workers: 1, changes: "input: {fields: {path: uri}}")
        let victim = try RunningProcess(
            [
                "dead-letters", "replay", "http-anomaly", "--config",
                stream.folder.path("mended.yaml"),
            ], folder: stream.folder.url)
        _ = try stream.read(stream.output) { !$0.isEmpty }
        _ = try victim.stop(SIGKILL)
        let rest = try replay(stream, "mended.yaml")
        let predictions = try stream.readAll(stream.output).map(Prediction.init)
        #expect(predictions.count == 8_000)
        #expect(Set(predictions.map(\.source)).count == 8_000)
        #expect(rest["predictions"]?.int ?? 0 < 8_000)
        #expect(try scene.service.stop() == 0)
    }

    @Test("letters that no prediction can come of, and such as workers died of, block no others")
    func forged() throws {
        let scene = try Scene.served(versions: 1, workers: 1)
        let stream = scene.stream
        #expect(try scene.service.stop() == 0)
        let request = try #require(stream.requests(0..<1)[0].value)
        var settings = stream.settings
        settings["message.max.bytes"] = "1040000"
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        func forge(
            _ partition: String, _ offset: String, code: String = "not_json", key: [UInt8] = [1]
        ) throws {
            let headers = [
                ("error.code", code), ("error.reason", "why"), ("model", "http-anomaly"),
                ("source.topic", stream.input), ("source.partition", partition),
                ("source.offset", offset), ("epoch", "1"), ("stub", "false"),
            ]
            try writer.write(
                topic: stream.deadLetters, partition: 1, key: key, value: request,
                headers: headers.map { ("swerve.\($0.0)", $0.1) })
        }
        try forge("99", "7")
        try forge("-1", "7")
        try forge("1", "-5")
        try forge("1", "8", key: [UInt8](repeating: 7, count: 999_850))
        try forge("2", "9", code: "crashed_worker")
        try forge("3", "10")
        try writer.flush(milliseconds: 30_000, act: "forging letters")

        func places(_ replay: JSONValue) -> [Int?]? {
            replay["not_replayable"]?["letters"]?.array?.map { $0["offset"]?.int }
        }
        let first = try replay(stream, "swerve.yaml")
        #expect(first["predictions"] == 1 && first["crashed"] == 1, "\(first)")
        #expect(first["not_replayable"]?["count"] == 4)
        #expect(places(first) == [0, 1, 2, 3], "\(first)")
        // What was passed over is behind it; what workers died of waits until somebody says so.
        let second = try replay(stream, "swerve.yaml")
        #expect(second["predictions"] == 0 && second["crashed"] == 1)
        #expect(second["not_replayable"]?["count"] == 0)
        let third = try replay(stream, "swerve.yaml", "--crashed")
        #expect(third["predictions"] == 1 && third["crashed"] == 0)
        let sources = try stream.readAll(stream.output).map { try Prediction($0).source.offset }
        #expect(sources.sorted() == [9, 10])
    }

    @Test("lines of a log that the configuration had wrong are scored once it has them right")
    func logLines() throws {
        let wrong = "input: {format: log, log: vhost_combined, bad_line: dead-letter}"
        let scene = try Scene.served(versions: 1, workers: 1, changes: wrong)
        let stream = scene.stream
        let lines = (0..<20).map { number in
            TestStream.Sent(
                partition: Int32(number % 4), key: Array("k\(number)".utf8),
                value: Array("GET /\(number) HTTP/1.1\t200\tid-\(number)".utf8))
        }
        try stream.send(lines)
        let letters = try stream.read(stream.deadLetters) { $0.count >= 20 }
        #expect(Set(letters.map { $0.headers["swerve.error.code"] }) == ["bad_line"])
        let first = try replay(stream, "swerve.yaml")
        #expect(first["predictions"] == 0 && first["still_dead"] == ["bad_line": 20])
        try stream.writeConfiguration(
            at: "mended.yaml", workers: 1,
            changes: #"input: {format: log, log: {nginx: "$request\t$status\t$request_id"}}"#)
        let second = try replay(stream, "mended.yaml")
        #expect(second["predictions"] == 20 && second["still_dead"] == [:], "\(second)")
        let predictions = try stream.readAll(stream.output).map(Prediction.init)
        #expect(Set(predictions.map(\.id)) == Set((0..<20).map { "id-\($0)" }))
        let lineOfOne = try JSONValue(
            parsing: Array(
                Executable.run(
                    ["score", "http-anomaly@1", "--registry", stream.registry],
                    input: #"{"method":"GET","path":"/7"}"#
                ).out.utf8), act: "reading a score")
        let seventh = predictions.first { $0.id == "id-7" }
        #expect(seventh?.score == lineOfOne["score"]?.double)
        #expect(try scene.service.stop() == 0)
    }
}
