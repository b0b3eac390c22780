import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Lines of logs, texts, and JSON with bytes that are no UTF-8, from the stream to the prediction.
@Suite("Input formats, end to end", .serialized, .blocking)
struct InputFormatTests {
    private func record(_ bytes: [UInt8], partition: Int32 = 0) -> TestStream.Sent {
        TestStream.Sent(partition: partition, key: [], value: bytes)
    }

    private func predictions(_ scene: Scene, _ count: Int) throws -> [JSONValue] {
        try scene.stream.read(scene.stream.output) { $0.count >= count }.map {
            try JSONValue(parsing: $0.value ?? [], act: "reading a prediction")
        }
    }

    /// What `swerve score` gives for requests in JSON, apart from the stream's configuration.
    private func answers(_ registry: String, to lines: [String]) throws -> [JSONValue] {
        let output = try Executable.run(
            ["score", "http-anomaly@1", "--registry", registry],
            input: lines.joined(separator: "\n"))
        guard output.code == 0 else { throw Failure("\(output)") }
        return try output.jsonLines()
    }

    /// The scores of texts, which stand for what records come to.
    private func scores(_ registry: String, of texts: [[UInt8]]) throws -> [Double?] {
        let lines = texts.map { #"{"text_b64":"\#(Data($0).base64EncodedString())"}"# }
        return try answers(registry, to: lines).map { $0["score"]?.double }
    }

    @Test("a line of nginx's log gets the score of the same request in JSON, under its own id")
    func log() throws {
        let scene = try Scene.served(
            versions: 1,
            changes: #"""
                input:
                  format: log
                  log: {nginx: '$remote_addr [$time_local] "$request" $status $request_id'}
                """#)
        let requests = scene.stream.requests(0..<60).compactMap(\.value)
        var offline: [String: Double] = [:]
        let registry = scene.stream.registry
        let asJSON = requests.map { String(decoding: $0, as: UTF8.self) }
        for answer in try answers(registry, to: asJSON) {
            offline[answer["id"]?.string ?? ""] = answer["score"]?.double
        }
        #expect(offline.count == 60)
        let lines = try scene.stream.requests(0..<60).map { sent in
            let request = try JSONValue(parsing: sent.value ?? [], act: "reading a request")
            func part(_ name: String) -> String { request[name]?.string ?? "" }
            let line =
                "192.0.2.7 [29/Nov/2026:18:00:00 +0000] \"\(part("method")) \(part("path"))?"
                + "\(part("query")) HTTP/1.1\" 200 \(part("id"))"
            return TestStream.Sent(
                partition: sent.partition, key: sent.key, value: Array(line.utf8))
        }
        try scene.stream.send(lines)
        for prediction in try predictions(scene, 60) {
            let id = prediction["id"]?.string ?? ""
            #expect(prediction["score"]?.double == offline[id], "\(prediction)")
            #expect(prediction["marks"] == nil)
        }
        // One that is not of the format is scored all the same, and marked; two at once are not.
        let odd = Array("no line of that kind".utf8)
        try scene.stream.send([record(odd), record(Array("a\nb".utf8), partition: 1)])
        let marked = try predictions(scene, 61).filter { $0["marks"] != nil }
        #expect(marked.count == 1 && marked.first?["marks"] == ["malformed"])
        #expect(
            try marked.first?["score"]?.double == scores(scene.stream.registry, of: [odd + [0x0A]])
                .first ?? nil)
        let letters = try scene.stream.read(scene.stream.deadLetters) { !$0.isEmpty }
        #expect(letters.map { $0.headers["swerve.error.code"] } == ["many_lines"])
    }

    @Test("`swerve score` reads lines of a log as the workers do, and names those that are none")
    func scoreLines() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(
            at: "swerve.yaml",
            changes: #"""
                input:
                  format: log
                  log: {nginx: '$remote_addr "$request" $status $request_id'}
                  bad_line: dead-letter
                """#)
        let lines = [
            #"192.0.2.7 "GET /a?b=1 HTTP/1.1" 200 id-1"#,
            #"192.0.2.7 "GET /\xFF\"c HTTP/1.1" 404 id-2"#, #"192.0.2.7 "-" 400 -"#,
            "no line of that kind",
        ]
        let texts = [
            Array("GET /a?b=1\n".utf8), Array("GET /".utf8) + [0xFF] + Array("\"c\n".utf8),
            Array("-\n".utf8),
        ]
        let output = try stream.swerve(
            "score", "http-anomaly@1", "--config", stream.folder.path("swerve.yaml"),
            input: lines.joined(separator: "\n"))
        #expect(output.code == 1, "\(output)")
        let answers = try output.jsonLines()
        #expect(answers.count == 4)
        #expect(answers.map { $0["id"]?.string } == ["id-1", "id-2", nil, nil])
        #expect(
            try answers.prefix(3).map { $0["score"]?.double }
                == scores(stream.registry, of: texts))
        #expect(
            answers.last?["error"]?.string?.contains("the line is not of the log's format") == true)
    }

    @Test("a text is scored as it is, whatever its bytes are")
    func text() throws {
        let scene = try Scene.served(versions: 1, changes: "input: {format: text}")
        let texts: [[UInt8]] = [Array("GET /a?b=1\n".utf8), [0xFF, 0x00, 0x0A, 0xC3], [0x7B]]
        try scene.stream.send(texts.map { record($0) })
        let got = try predictions(scene, 3).map { $0["score"]?.double }
        #expect(try got == scores(scene.stream.registry, of: texts))
    }

    @Test("bytes of a JSON string that are no UTF-8 are scored as they are, or refused")
    func invalidUTF8() throws {
        let path: [UInt8] = Array("/a".utf8) + [0xFF, 0xC3, 0x28]
        let json =
            Array(#"{"id":"i","method":"GET","path":""#.utf8) + path + Array(#"","body":""}"#.utf8)
        let scene = try Scene.served(versions: 1)
        try scene.stream.send([record(json)])
        let prediction = try predictions(scene, 1).first
        let text = Array("GET ".utf8) + path + [0x0A]
        #expect(prediction?["id"] == "i")
        #expect(
            try prediction?["score"]?.double == scores(scene.stream.registry, of: [text]).first
                ?? nil)

        let strict = try Scene.served(versions: 1, changes: "input: {invalid_utf8: dead-letter}")
        try strict.stream.send([record(json)])
        let letters = try strict.stream.read(strict.stream.deadLetters) { !$0.isEmpty }
        #expect(letters.map { $0.headers["swerve.error.code"] } == ["not_utf8"])
        #expect(letters.first?.value == json)
    }

    @Test(
        "above the bound the beginning is scored and marked, in every format, no UTF-8 as it is",
        arguments: ["json", "log", "text"])
    func aboveTheBound(_ format: String) throws {
        let limit = 1_000
        let log = format == "log" ? #", log: {apache: '%h "%r" %s'}"# : ""
        let scene = try Scene.served(
            versions: 1, workers: 1,
            changes: """
                input: {format: \(format)\(log)}
                limits: {request_bytes: \(limit)}
                """)
        let pieces: [[UInt8]] = [Array("a".utf8), [0xFF], [0xC3, 0xA9]]
        var texts: [[UInt8]] = []
        for (number, piece) in pieces.enumerated() {
            let tail = [UInt8]((0..<3_000).flatMap { _ in piece })
            let path = Array("/\(number)".utf8) + tail
            let (before, after) =
                switch format {
                case "json": (#"{"method":"GET","path":""#, #"","body":"x"}"#)
                case "log": ("h \"GET ", " HTTP/1.1\" 200")
                default: ("GET ", "\n")
                }
            try scene.stream.send(
                [record(Array(before.utf8) + path + Array(after.utf8), partition: Int32(number))])
            let text = Array("GET ".utf8) + path
            // `GET /0` has six bytes, so that an é ends at the bound.
            texts.append(Array(text.prefix(limit)))
        }
        let found = try predictions(scene, pieces.count)
        #expect(found.allSatisfy { $0["marks"] == ["truncated"] })
        let got = found.sorted {
            ($0["source"]?["partition"]?.int ?? 0) < ($1["source"]?["partition"]?.int ?? 0)
        }
        #expect(
            try got.map { $0["score"]?.double } == scores(scene.stream.registry, of: texts))
        #expect(try scene.service.stop() == 0)
        #expect(try scene.stream.readAll(scene.stream.deadLetters).isEmpty)
    }
}
