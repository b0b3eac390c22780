import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// `swerve replay` over a topic that no service reads: its figures against `swerve score`.
@Suite("Replay of retained traffic, end to end", .serialized, .blocking)
struct StreamReplayTests {
    private static let records = 900

    private static func odd() -> [TestStream.Sent] {
        [
            TestStream.Sent(partition: 0, key: [], value: Array("no JSON".utf8)),
            TestStream.Sent(partition: 1, key: Array("k".utf8), value: nil),
            TestStream.Sent(partition: 1, key: Array("k".utf8), value: Array("[]".utf8)),
        ]
    }

    /// What each version says of each request, by the command that scores files.
    private static func scored(
        _ version: Int, _ stream: TestStream
    ) throws -> [String: (score: Double, label: String)] {
        let lines = stream.requests(0..<records).compactMap(\.value)
            .map { String(decoding: $0, as: UTF8.self) }
        let output = try stream.swerve(
            "score", "http-anomaly@\(version)", "--registry", stream.registry,
            input: lines.joined(separator: "\n"))
        guard output.code == 0 else { throw Failure("\(output)") }
        var found: [String: (Double, String)] = [:]
        for line in try output.jsonLines() {
            found[line["id"]?.string ?? ""] = (
                line["score"]?.double ?? .nan, line["label"]?.string ?? ""
            )
        }
        return found
    }

    /// Every third request is one of the attacks that the generator writes.
    private static func labels(_ stream: TestStream) throws -> String {
        var lines: [String] = []
        for number in 0..<300 {
            let label = number % 3 == 0 ? "attack" : "normal"
            lines.append(#"{"id":"r-\#(number)","label":"\#(label)"}"#)
        }
        lines.append(#"{"id":"r-299","label":"attack"}"#)
        lines.append(#"{"id":"x","label":"odd"}"#)
        lines.append(#"{"id":"nobody","label":"attack"}"#)
        return try stream.folder.write("labels.jsonl", lines.joined(separator: "\n") + "\n")
    }

    @Test("both versions, flips, labels, budgets and the page are what the scores of files say")
    func figures() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        try stream.send(stream.requests(0..<Self.records) + Self.odd())
        let one = try Self.scored(1, stream)
        let two = try Self.scored(2, stream)
        let labels = try Self.labels(stream)
        let page = stream.folder.path("replay.html")
        func replay(_ arguments: String...) throws -> Executable.Output {
            try Executable.run(
                ["replay", "http-anomaly@2", "--config", stream.folder.path("swerve.yaml")]
                    + arguments, folder: stream.folder.url)
        }
        let output = try replay(
            "--against", "1", "--labels", labels, "--alerts-per-day", "100000", "--threads", "3",
            "--html", page, "--json")
        #expect(output.code == 0, "\(output)")
        #expect(try replay("--record").code == 64)
        let recorded = try replay("--against", "1", "--record")
        #expect(recorded.code == 0, "\(recorded)")
        let shown = try stream.swerve(
            "show", "http-anomaly@2", "--registry", stream.registry, "--json"
        ).json()
        let words = shown["tags"]?["replay.against.1"]?.string?.split(separator: " ")
        #expect(words?.count == 5 && words?.dropLast().last == "\(Self.records)", "\(shown)")
        let found = try output.json()
        #expect(found["records"]?.int == Self.records + 3, "\(output)")
        let versions = try #require(found["versions"]?.array)
        try Self.check(try #require(versions.first), version: 2, two)
        try Self.check(try #require(versions.last), version: 1, one)
        let up = one.filter { $1.label == "normal" && two[$0]?.label == "attack" }
        let down = one.filter { $1.label == "attack" && two[$0]?.label == "normal" }
        let flips = try #require(found["flips"])
        #expect(flips["pairs"]?.int == Self.records)
        #expect(flips["normal_to_alert"]?.int == up.count)
        #expect(flips["alert_to_normal"]?.int == down.count)
        #expect(up.count + down.count > 0)
        let groups = try #require(flips["groups"]?.array)
        let counted = groups.reduce(0) { $0 + ($1["count"]?.int ?? 0) }
        #expect(counted == min(256, up.count) + min(256, down.count))
        let example = try #require(groups.first?["examples"]?.array?.first)
        let value = try #require(example["value"]?.string)
        let id = try JSONValue(parsing: Array(value.utf8), act: "reading an example")["id"]?.string
        #expect(example["score"]?.double == two[id ?? ""]?.score, "\(example)")
        #expect(example["against_score"]?.double == one[id ?? ""]?.score, "\(example)")
        #expect(example["features"]?.array?.isEmpty == false)
        #expect(
            found["labels"]?["contradictory"]?.int == 1 && found["labels"]?["unknown"]?.int == 1)
        #expect(found["judge"]?["verdict"]?.string == "running", "\(output)")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("<svg") && !html.contains("<script") && html.contains("&#39;"))
        #expect(!html.contains("http://") && !html.contains("https://"))
        try checkAlone(replay, found)
    }

    private static func check(
        _ told: JSONValue, version: Int, _ said: [String: (score: Double, label: String)]
    ) throws {
        let alerts = said.values.filter { $0.label == "attack" }.count
        #expect(told["version"]?.int == version)
        #expect(told["scored"]?.int == records)
        #expect(told["alerts"]?.int == alerts)
        #expect(told["classes"]?["normal"]?.int == records - alerts)
        let highest = said.values.map(\.score).max()
        #expect(told["scores"]?["highest"]?.double == highest)
        var (right, wrong) = (0, 0)
        for number in 0..<299 where said["r-\(number)"]?.label == "attack" {
            if number % 3 == 0 { right += 1 } else { wrong += 1 }
        }
        let labelled = try #require(told["labelled"])
        #expect(labelled["records"]?.int == 299)
        #expect(labelled["true_positives"]?.int == right)
        #expect(labelled["false_positives"]?.int == wrong)
        let refused = told["refused"]?.object?.values.compactMap(\.int).reduce(0, +)
        #expect(refused == 3 && told["refused"]?["null_payload"]?.int == 1, "\(told)")
    }

    /// The version alone, by one thread, has the same figures; nothing joined or left a group.
    private func checkAlone(
        _ replay: (String...) throws -> Executable.Output, _ both: JSONValue
    ) throws {
        let alone = try replay("--threads", "1", "--json")
        #expect(alone.code == 0, "\(alone)")
        let found = try alone.json()
        let (mine, theirs) = (found["versions"]?.array?.first, both["versions"]?.array?.first)
        for field in ["scored", "alerts", "classes", "refused", "scores", "alert_rate_95"] {
            #expect(mine?[field] == theirs?[field], "\(field)")
        }
        #expect(found["by_hour_of_week"]?.array?.count == 168)
        #expect(found["flips"] == .null && found["judge"] == .null)
        let words = try replay("--from", "10", "--to", "60", "--against", "1")
        #expect(words.code == 0 && words.out.contains("over 200 records"), "\(words)")
        #expect(words.out.contains("the judge, had version 2 been the shadow"), "\(words)")
    }

    @Test("what cannot be replayed is refused with what to do")
    func refusals() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        func replay(_ arguments: String...) throws -> Executable.Output {
            try Executable.run(
                ["replay", "http-anomaly@1"] + arguments
                    + ["--config", stream.folder.path("swerve.yaml")], folder: stream.folder.url)
        }
        let empty = try replay("--against", "2")
        #expect(empty.code == 0 && empty.out.contains("over 0 records"), "\(empty)")
        #expect(empty.out.contains("the range holds no record: nothing was scored"), "\(empty)")
        let same = try replay("--against", "1")
        #expect(same.code == 64 && same.err.contains("the same version"), "\(same)")
        let label = try replay("--alert", "none")
        #expect(label.code == 64 && label.err.contains("has no label 'none'"), "\(label)")
        let back = try replay("--from", "9", "--to", "4")
        #expect(back.code == 64 && back.err.contains("before 9"), "\(back)")
        let nowhere = try replay("--set", "topics.input=\(stream.prefix).nowhere")
        #expect(nowhere.code == 1 && nowhere.err.contains("there is no topic"), "\(nowhere)")
        let odd = try stream.folder.write("odd.jsonl", #"{"id":"a","label":"odd"}"# + "\n")
        let unknown = try replay("--labels", odd)
        #expect(unknown.code == 1 && unknown.err.contains("'odd'"), "\(unknown)")
    }
}
