import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Models that read numbers instead of texts, from the command line to the stream.
@Suite("Models over numbers, end to end", .serialized, .blocking)
struct NumericModelTests {
    private static let dense =
        #"{"steps":[{"dense":{}},{"standard_scaler":{"mean":[1,0,0.5],"scale":[2,1,4]}}]}"#
    private static let fields = #"{"steps":[{"fields":["bytes","user.age","tls"]}]}"#
    private static let lexical = #"{"steps":[{"lexical":{}}]}"#

    private func registered(
        _ spec: String, features: Int, _ more: String..., golden: String? = nil
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("spec.json", spec)
        try folder.write("v.model", TestModels.liblinear(seed: 5, features: features))
        if let golden { try folder.write("golden.jsonl", golden) }
        let arguments =
            ["register", "v.model", "--model", "m", "--featurizer", "spec.json"] + more
            + (golden == nil ? [] : ["--golden", "golden.jsonl"])
        let made = try swerve(folder, arguments)
        guard made.code == 0 else { throw Failure("\(made)") }
        return folder
    }

    private func swerve(
        _ folder: TemporaryFolder, _ arguments: [String], input: String = ""
    ) throws -> Executable.Output {
        try Executable.run(
            arguments, input: input, environment: ["SWERVE_REGISTRY": folder.path("swerve.db")],
            folder: folder.url)
    }

    /// The weight of a feature in `TestModels.liblinear(seed: 5)`.
    private func weight(_ index: Int) -> Double {
        Double((index &* 2_654_435_761 &+ 5 &* 40_503) & 0xFFFF) / 32_768 - 1
    }

    private func agree(_ one: Double?, _ other: Double) -> Bool {
        ((one ?? .nan) - other).magnitude <= 1e-9
    }

    @Test("x is scored, and what it lacks is told line by line")
    func scoreDense() throws {
        let folder = try registered(Self.dense, features: 3)
        let lines = [
            #"{"id":"a","x":[3,-1,4.5]}"#, #"{"id":"b","x":[1,2]}"#, #"{"id":"c","x":[1,null,2]}"#,
            #"{"id":"d","method":"GET","path":"/"}"#, #"{"id":"e","x":["inf",0,0]}"#,
        ]
        let output = try swerve(folder, ["score", "m@1"], input: lines.joined(separator: "\n"))
        let answers = try output.jsonLines()
        // Some could not be scored.
        #expect(output.code == 1 && answers.count == 5, "\(output)")
        #expect(agree(answers[0]["score"]?.double, weight(0) - weight(1) + weight(2)))
        #expect(answers[1]["error"] == "x has 2 numbers, the model takes 3")
        #expect(answers[2]["error"] == "x: element 2 is not a number")
        #expect(answers[3]["error"] == "x is missing")
        #expect(answers[4]["error"] == "the score is not a finite number")
        #expect(answers.map { $0["id"]?.string } == ["a", "b", "c", "d", "e"])
        let shown = try swerve(folder, ["show", "m@1", "--json"])
        #expect(shown.out.contains("\"dense\""), "\(shown)")
    }

    @Test("named fields are scored, dotted ones among them")
    func scoreFields() throws {
        let folder = try registered(Self.fields, features: 3)
        let lines = [
            #"{"bytes":2,"user":{"age":-3,"name":"x"},"tls":true}"#, #"{"bytes":2,"tls":false}"#,
            #"{"bytes":"2","user":{"age":1},"tls":true}"#,
        ]
        let output = try swerve(folder, ["score", "m@1"], input: lines.joined(separator: "\n"))
        let answers = try output.jsonLines()
        #expect(
            agree(answers[0]["score"]?.double, 2 * weight(0) - 3 * weight(1) + weight(2)),
            "\(output)")
        #expect(answers[1]["error"] == "the field 'user.age' is missing")
        #expect(answers[2]["error"] == "bytes is not a number, true or false")
    }

    @Test("LIBSVM text is scored; what the model never saw weighs nothing")
    func scoreSparse() throws {
        let folder = try registered(#"{"steps":[{"sparse":{}}]}"#, features: 4)
        let lines = [#"{"svm":"1:2 4:0.5 900:7"}"#, #"{"svm":""}"#, #"{"svm":"2:1 1:1"}"#]
        let output = try swerve(folder, ["score", "m@1"], input: lines.joined(separator: "\n"))
        let answers = try output.jsonLines()
        #expect(agree(answers[0]["score"]?.double, 2 * weight(0) + 0.5 * weight(3)), "\(output)")
        #expect(answers[1]["score"]?.double == 0)
        #expect(answers[2]["error"] == "svm, byte 5: the indices do not ascend")
    }

    @Test("the trainer's decisions are kept for numbers as for texts, and a wrong one is refused")
    func golden() throws {
        let right = weight(0) * 2 - weight(1) * 3 + weight(2)
        let line = #"{"bytes":2,"user":{"age":-3},"tls":1,"decision":[\#(right)]}"# + "\n"
        let folder = try registered(Self.fields, features: 3, golden: line)
        let exported = try swerve(folder, ["export", "m@1", "out"])
        #expect(exported.code == 0, "\(exported)")
        let kept = try String(contentsOfFile: folder.path("out/golden.jsonl"), encoding: .utf8)
        #expect(kept.contains(#""user":{"age":-3}"#), "\(kept)")
        let error = #expect(throws: Failure.self) {
            _ = try registered(
                Self.fields, features: 3,
                golden: #"{"bytes":2,"user":{"age":-3},"tls":1,"decision":[9]}"#)
        }
        #expect("\(String(describing: error))".contains("line 1: expected decision 9.0, got "))
    }

    @Test("a request's parts stay with a golden input where the features tell them apart")
    func goldenParts() throws {
        let record = #""method":"GET","path":"/a?b","query":"c","body":"""#
        let first = try registered(Self.lexical, features: 30)
        let scored = try swerve(first, ["score", "m@1"], input: "{\(record)}")
        let decision = try #require(try scored.jsonLines().first?["score"]?.double)
        let golden = "{\(record),\"decision\":[\(decision)]}\n"
        let folder = try registered(Self.lexical, features: 30, golden: golden)
        _ = try swerve(folder, ["export", "m@1", "out"])
        let kept = try String(contentsOfFile: folder.path("out/golden.jsonl"), encoding: .utf8)
        #expect(
            kept
                == #"{"body":"","decision":[\#(decision)],"method":"GET","path":"/a?b","query":"c"}"#
                + "\n")
        #expect(try swerve(folder, ["verify"]).code == 0)
    }

    @Test("a model over x serves a stream, and a record without x is a dead letter")
    func serveDense() throws {
        let stream = try TestStream()
        try TestModels.register(in: stream, features: 3, spec: Self.dense)
        let scene = try Scene.serve(stream, promoting: 1)
        let records = (0..<200).map { number in
            TestStream.Sent(
                partition: Int32(number % 4), key: Array("k\(number)".utf8),
                value: Array(#"{"id":"r-\#(number)","x":[\#(number),-0.5,\#(number % 7)]}"#.utf8))
        }
        let bad: [(value: String, code: String)] = [
            (#"{"method":"GET","path":"/"}"#, "missing_field"), (#"{"x":[1]}"#, "input_unfit"),
            (#"{"x":[1,"a",2]}"#, "not_a_number"), (#"{"x":7}"#, "wrong_type"),
        ]
        try stream.send(
            records
                + bad.map {
                    .init(partition: 0, key: Array("bad".utf8), value: Array($0.value.utf8))
                })
        let predictions = try scene.predictions(200)
        let lines = records.compactMap(\.value).map { String(decoding: $0, as: UTF8.self) }
        let offline = try stream.swerve(
            "score", "http-anomaly@1", "--registry", stream.registry,
            input: lines.joined(separator: "\n"))
        var expected: [String: Double] = [:]
        for line in try offline.jsonLines() {
            expected[line["id"]?.string ?? ""] = line["score"]?.double
        }
        #expect(expected.count == 200)
        #expect(Set(predictions.compactMap(\.id)).count == 200)
        for prediction in predictions {
            #expect(agree(expected[prediction.id ?? ""], prediction.score))
        }
        let letters = try stream.read(stream.deadLetters) { $0.count >= bad.count }
            .sorted { $0.offset < $1.offset }
        #expect(letters.map { $0.headers["swerve.error.code"] } == bad.map(\.code))
        #expect(letters[1].headers["swerve.error.reason"]?.contains("x has 1 numbers") == true)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a shadow that needs what records lack leaves the stable version alone")
    func shadowOfAnotherInput() throws {
        let stream = try TestStream()
        try TestModels.register(in: stream, features: 30, spec: Self.lexical)
        try TestModels.register(in: stream, features: 3, spec: Self.dense)
        let scene = try Scene.serve(stream, promoting: 1, workers: 2)
        _ = try scene.change("promote", "http-anomaly@2", "--shadow", "100%", "--force")
        try stream.send(stream.requests(0..<300))
        let predictions = try scene.predictions(300)
        #expect(Set(predictions.map(\.source)).count == 300)
        #expect(predictions.allSatisfy { $0.version == 1 && $0.role == "stable" })
        let offline = try scene.offline(version: 1, 0..<300)
        for prediction in predictions {
            #expect(agree(offline[prediction.id ?? ""], prediction.score))
        }
        #expect(try stream.readAll(stream.deadLetters).isEmpty)
        #expect(try scene.service.stop() == 0)
    }
}
