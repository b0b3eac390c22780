import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// The commands that look at a stream from outside, on records of Avro: they ask the workers'
/// schema registry, and score as the workers did.
@Suite(
    "Evidence on Avro, end to end", .serialized, .blocking,
    .enabled(if: TestSchemas.isPossible, "needs python3 and openssl"))
struct AvroEvidenceTests {
    private static let guid = "11121314-1516-1718-191a-1b1c1d1e1f20"
    private static let guidHeader = String(
        String.UnicodeScalarView([UnicodeScalar(1)] + (0x11...0x20).map { UnicodeScalar($0) }))

    /// Sends requests by turns as 7 in the value, 8 in the value, and 8 and the GUID in the header.
    private static func send(_ range: Range<Int>, to stream: TestStream) throws {
        let writer = try TopicWriter(settings: stream.settings) { _, _ in }
        defer { writer.close() }
        for (index, request) in stream.requests(range).enumerated() {
            let isNumbered = index % 4 == 1 || index % 4 == 2
            let body = try TestSchemas.body(request, numbered: isNumbered)
            let header: String? = [nil, nil, "\0\0\0\0\u{8}", guidHeader][index % 4]
            try writer.write(
                topic: stream.input, partition: request.partition, key: request.key,
                value: header == nil
                    ? TestSchemas.frame(isNumbered ? 8 : 7) + body : body,
                headers: header.map { [("__value_schema_id", $0)] } ?? [])
        }
        try writer.flush(milliseconds: 30_000, act: "sending test records")
    }

    /// What no version scores: no frame, a frame of no schema, a header of none, a cut body.
    private static func sendBroken(to stream: TestStream) throws {
        let writer = try TopicWriter(settings: stream.settings) { _, _ in }
        defer { writer.close() }
        let values: [([UInt8]?, String?)] = [
            (Array(#"{"method":"GET"}"#.utf8), nil), (TestSchemas.frame(99) + [2, 65], nil),
            (TestSchemas.frame(7) + [2, 65], "no id"), (TestSchemas.frame(7) + [20, 65], nil),
            (nil, nil),
        ]
        for (value, header) in values {
            try writer.write(
                topic: stream.input, partition: 1, key: Array("k".utf8), value: value,
                headers: header.map { [("__value_schema_id", $0)] } ?? [])
        }
        try writer.flush(milliseconds: 30_000, act: "sending test records")
    }

    private static func run(
        _ stream: TestStream, _ arguments: String...
    ) throws -> Executable.Output {
        try Executable.run(
            arguments + ["--config", stream.folder.path("swerve.yaml"), "--json"],
            folder: stream.folder.url)
    }

    @Test("audit, trace, replay and impact score what workers scored, and refuse what they refused")
    func evidence() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        schemas.add(8, TestSchemas.numbered)
        schemas.add(guid: Self.guid)
        let scene = try Scene.served(versions: 2, changes: schemas.settings())
        let stream = scene.stream
        try Self.send(0..<200, to: stream)
        try Self.sendBroken(to: stream)
        _ = try scene.predictions(200)
        _ = try scene.change("promote", "http-anomaly@2")
        try Self.send(200..<400, to: stream)
        _ = try scene.predictions(400)
        _ = try scene.deadLetters(5)
        #expect(try scene.service.stop() == 0)
        try audit(stream)
        try trace(stream)
        let scored = (
            one: try scene.offline(version: 1, 0..<400), two: try scene.offline(version: 2, 0..<400)
        )
        try replay(stream, scored)
        try impact(stream)
    }

    private func audit(_ stream: TestStream) throws {
        let output = try Self.run(stream, "audit", "stream", "http-anomaly")
        #expect(output.code == 0, "\(output)")
        let counts = try output.json()["counts"]
        #expect(counts?["records"] == 405 && counts?["dead_letters"] == 5, "\(output)")
        // Predictions, and letters against what the version says of their records.
        #expect(counts?["scores_compared"] == 405, "\(output)")
    }

    private func trace(_ stream: TestStream) throws {
        // Each partition has every fourth request, so each has one of the four ways.
        for (place, schema) in [
            ("0@0", "schema 7"), ("1@0", "schema 8"), ("2@0", "schema 8"),
            ("3@0", "schema \(Self.guid)"),
        ] {
            let output = try Self.run(stream, "trace", "http-anomaly", place, "--against", "2")
            #expect(output.code == 0, "\(place): \(output)")
            let record = try output.json()["records"]?.array?.first
            #expect(record?["record"]?["schema"]?.string == schema, "\(output)")
            let shown = record?["record"]?["value"]?.string ?? ""
            #expect(shown.contains("/") && !shown.contains("\0"), "\(output)")
            let prediction = record?["predictions"]?.array?.first
            #expect(prediction?["agrees"] == true, "\(output)")
            #expect(record?["explanation"]?["contributions"]?.array?.isEmpty == false, "\(output)")
            #expect(record?["against"]?["verdict"]?["score"]?.double != nil, "\(output)")
        }
        // The broken ones stand behind the fifty of their partition.
        for (offset, code) in [
            "bad_magic", "unknown_schema", "bad_schema_id", "truncated", "null_payload",
        ].enumerated() {
            let refused = try Self.run(stream, "trace", "http-anomaly", "1@\(50 + offset)")
            #expect(refused.code == 0, "\(refused)")
            let letter = try refused.json()["records"]?.array?.first?["dead_letters"]?.array?.first
            // Before or behind the promotion, as it comes: its epoch says who had to decide.
            let stable = letter?["announced"]?["deployment"]?["stable"]?["version"]
            #expect(letter?["code"]?.string == code && stable != nil, "\(refused)")
            #expect(letter?["version"] == stable, "\(refused)")
            #expect(letter?["recomputed"]?["dead_letter"]?.string == code, "\(refused)")
        }
        let byID = try Self.run(stream, "trace", "http-anomaly", "r-250")
        #expect(byID.code == 0, "\(byID)")
        let found = try byID.json()["records"]?.array?.first?["predictions"]?.array?.first
        #expect(found?["agrees"] == true && found?["version"] == 2, "\(byID)")
    }

    private func replay(
        _ stream: TestStream, _ scored: (one: [String: Double], two: [String: Double])
    ) throws {
        let output = try Self.run(
            stream, "replay", "http-anomaly@2", "--against", "1", "--examples", "1")
        #expect(output.code == 0, "\(output)")
        let document = try output.json()
        #expect(document["records"] == 405, "\(output)")
        #expect(document["flips"]?["pairs"] == 400, "\(output)")
        for (index, scores) in [(0, scored.two), (1, scored.one)] {
            let side = document["versions"]?.array?[index]
            let refused = (side?["refused"]?.object ?? [:]).mapValues { $0.int ?? 0 }
            #expect(
                refused == [
                    "bad_magic": 1, "unknown_schema": 1, "bad_schema_id": 1, "truncated": 1,
                    "null_payload": 1,
                ], "\(output)")
            let threshold = side?["threshold"]?.double ?? .nan
            #expect(side?["scored"] == 400, "\(output)")
            #expect(
                side?["alerts"]?.int == scores.values.count { $0 > threshold }, "\(output)")
        }
    }

    private func impact(_ stream: TestStream) throws {
        let output = try Self.run(stream, "impact", "http-anomaly@2", "--rescore", "1")
        #expect(output.code == 0, "\(output)")
        let rescored = try output.json()["rescored"]
        #expect(
            (rescored?["same"]?.int ?? 0) + (rescored?["differing"]?.int ?? 0) == 200, "\(output)")
    }
}
