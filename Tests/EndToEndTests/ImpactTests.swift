import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// `swerve impact` and `swerve labels` on what a service wrote under three epochs.
@Suite("Impact and labels, end to end", .serialized, .blocking)
struct ImpactTests {
    /// By id, the label that a version gives its request here.
    private static func labels(
        of version: Int, _ stream: TestStream
    ) throws -> [String: String] {
        let lines = stream.requests(0..<PlantedStream.records).compactMap(\.value)
            .map { String(decoding: $0, as: UTF8.self) }
        let output = try stream.swerve(
            "score", "http-anomaly@\(version)", "--registry", stream.registry,
            input: lines.joined(separator: "\n"))
        var labels: [String: String] = [:]
        for line in try output.jsonLines() {
            labels[line["id"]?.string ?? ""] = line["label"]?.string
        }
        return labels
    }

    private static func run(
        _ planted: PlantedStream, _ arguments: [String], input: String = ""
    ) throws -> Executable.Output {
        try Executable.run(
            arguments + ["--config", planted.stream.folder.path("swerve.yaml")], input: input,
            folder: planted.stream.folder.url)
    }

    private static func back(_ planted: PlantedStream) throws {
        let rolled = try planted.stream.control(["promote", "http-anomaly@1"])
        guard rolled.code == 0 else { throw Failure("\(rolled)") }
    }

    // MARK: - Impact

    @Test("what a version decided is counted, listed, scored again and corrected once")
    func impact() throws {
        let planted = try PlantedStream(copies: 4)
        try Self.back(planted)
        let (stream, truth) = (planted.stream, try Self.labels(of: 1, planted.stream))
        let decided = try planted.output.filter { try $0.field("version")?.int == 2 }
        let wrong = try decided.filter {
            try $0.field("label")?.string != truth[$0.field("id")?.string ?? ""]
        }
        try #require(!wrong.isEmpty && wrong.count < decided.count)
        try checkCounts(planted, decided)

        let file = stream.folder.path("list.jsonl")
        let again = try Self.run(
            planted, ["impact", "http-anomaly@2", "--rescore", "1", "--list", file, "--json"])
        #expect(again.code == 0, "\(again)")
        let rescored = try #require(try again.json()["rescored"])
        #expect(rescored["differing"]?.int == wrong.count, "\(again)")
        #expect(rescored["same"]?.int == decided.count - wrong.count, "\(again)")
        let list = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map {
            try JSONValue(parsing: Array($0.utf8), act: "reading the list")
        }
        #expect(list.count == decided.count)
        #expect(list.filter { $0["rescored"]?["differs"] == true }.count == wrong.count)
        #expect(list.allSatisfy { $0["label"]?.string != nil && $0["id"]?.string != nil })
        try checkCorrections(planted, wrong)
    }

    private func checkCounts(
        _ planted: PlantedStream, _ decided: [TopicRecord]
    ) throws {
        let version = try Self.run(planted, ["impact", "http-anomaly@2", "--json"])
        #expect(version.code == 0, "\(version)")
        let document = try version.json()
        #expect(document["records"]?.int == decided.count, "\(version)")
        let attacks = try decided.filter { try $0.field("label")?.string == "attack" }.count
        #expect(document["by_label"]?["attack"]?.int == attacks, "\(version)")
        let hours = (document["by_hour"]?.array ?? []).flatMap {
            ($0["by_label"]?.object ?? [:]).values.compactMap(\.int)
        }
        #expect(hours.reduce(0, +) == decided.count, "\(version)")
        #expect(document["not_prescribed"]?.int == 0, "\(version)")
        let epoch = try Self.run(planted, ["impact", "http-anomaly", "--epoch", "2", "--json"])
        #expect(try epoch.json()["records"]?.int == 200, "\(epoch)")
        #expect(try epoch.json()["by_version"]?.object?.count == 2, "\(epoch)")
        let part = try Self.run(
            planted, ["impact", "http-anomaly@2", "--from", "100", "--to", "120", "--json"])
        #expect(try part.json()["records"]?.int == 20 * 4, "\(part)")
        let words = try Self.run(planted, ["impact", "http-anomaly@2"])
        #expect(words.out.contains("version 2 decided \(decided.count) records"), "\(words)")
        try checkEpochs(planted)
        for wrong in [
            ["http-anomaly"], ["http-anomaly@2", "--epoch", "1"], ["http-anomaly@2", "--correct"],
            ["http-anomaly@2", "--rescore", "1", "--apply"],
        ] {
            let refused = try Self.run(planted, ["impact"] + wrong)
            #expect(refused.code == 64, "\(wrong): \(refused)")
        }
    }

    /// One that was never announced, and one that decided nothing in the range: no answer of 0.
    private func checkEpochs(_ planted: PlantedStream) throws {
        let file = planted.stream.folder.path("kept.jsonl")
        try "as it was".write(toFile: file, atomically: true, encoding: .utf8)
        let never = try Self.run(
            planted, ["impact", "http-anomaly", "--epoch", "99", "--list", file])
        #expect(never.code == 1 && never.err.contains("never announced"), "\(never)")
        let nothing = try Self.run(
            planted, ["impact", "http-anomaly", "--epoch", "3", "--to", "10"])
        #expect(nothing.code == 1 && nothing.err.contains("no record in the range"), "\(nothing)")
        // A list takes the place of another once it is whole, and leaves nothing beside it.
        let away = try Self.run(
            planted,
            [
                "impact", "http-anomaly@2", "--list", file, "--bootstrap", "127.0.0.1:1",
                "--broker-timeout", "1",
            ])
        #expect(away.code != 0, "\(away)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "as it was")
        let folder = planted.stream.folder.url.path
        let left = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(!left.contains { $0.hasSuffix(".swerve-tmp") }, "\(left)")
        let device = try Self.run(planted, ["impact", "http-anomaly@2", "--list", "/dev/null"])
        #expect(device.code == 1 && device.err.contains("is no file"), "\(device)")
    }

    private func checkCorrections(_ planted: PlantedStream, _ wrong: [TopicRecord]) throws {
        let stream = planted.stream
        let topic = try planted.copy([])
        func correct(_ topic: String, _ arguments: String...) throws -> JSONValue {
            let output = try Self.run(
                planted,
                [
                    "impact", "http-anomaly@2", "--rescore", "1", "--correct", "--json", "--set",
                    "topics.corrections=\(topic)",
                ] + arguments)
            #expect(output.code == 0, "\(output)")
            return try output.json()["corrections"] ?? .null
        }
        let dry = try correct(topic)
        #expect(dry["due"]?.int == wrong.count && dry["written"] == 0, "\(dry.text)")
        #expect(try stream.readAll(topic).isEmpty, "a dry run writes nothing")
        let applied = try correct(topic, "--apply")
        #expect(applied["written"]?.int == wrong.count && applied["standing"] == 0)
        let written = try stream.readAll(topic)
        #expect(written.count == wrong.count)
        for record in written {
            let corrects = try #require(try record.field("corrects"))
            let one = try #require(
                wrong.first {
                    Int($0.partition) == corrects["partition"]?.int
                        && Int($0.offset) == corrects["offset"]?.int
                })
            #expect(one.key == record.key && one.partition == record.partition)
            #expect(corrects["topic"]?.string == stream.output)
            #expect(try corrects["label"] == one.field("label"))
            #expect(try record.field("label") != one.field("label"))
            #expect(try record.field("source") == one.field("source"))
            #expect(try record.field("version") == 1 && record.field("role") == "correction")
        }
        let again = try correct(topic, "--apply")
        #expect(again["written"] == 0 && again["standing"]?.int == wrong.count, "\(again.text)")

        // What a run that was killed in the middle has left, and a stranger's record.
        let half = try planted.copy(Array(written.shuffled().prefix(written.count / 2)))
        try stream.send(
            [TestStream.Sent(partition: 0, key: [], value: Array("hello".utf8))], topic: half)
        let resumed = try correct(half, "--apply")
        #expect(resumed["standing"]?.int == written.count / 2 && resumed["foreign"] == 1)
        let places = try stream.readAll(half).compactMap { record -> String? in
            guard record.value.map({ $0 != Array("hello".utf8) }) == true else { return nil }
            return try record.field("corrects")?.text
        }
        #expect(places.count == wrong.count && Set(places).count == wrong.count)
        try checkStrangers(planted)
        // A dry run needs no topic, and says what is to be made before the other one.
        let nowhere = [
            "impact", "http-anomaly@2", "--rescore", "1", "--correct", "--set",
            "topics.corrections=\(stream.prefix).nowhere",
        ]
        let tried = try Self.run(planted, nowhere + ["--json"])
        #expect(tried.code == 0, "\(tried)")
        #expect(try tried.json()["corrections"]?["due"]?.int == wrong.count, "\(tried)")
        let absent = try Self.run(planted, nowhere + ["--apply"])
        #expect(absent.code == 1, "\(absent)")
        #expect(try tried.json()["corrections"]?["missing_partitions"] == 4, "\(tried)")
        #expect(absent.err.contains("make it with 4 partitions"), "\(absent)")
        let told = try Self.run(planted, nowhere)
        #expect(told.out.contains("--topic \(stream.prefix).nowhere:4"), "\(told)")
    }

    /// A prediction for a record that never was, and what is none: told, and corrected by nobody.
    private func checkStrangers(_ planted: PlantedStream) throws {
        let one = try #require(try planted.output.first { try $0.field("version")?.int == 2 })
        var source = try #require(try one.field("source")?.object)
        source["offset"] = 99_999
        let topic = try planted.copy([one, try one.changed(["source": .object(source)])])
        try planted.stream.send(
            [TestStream.Sent(partition: 1, key: [], value: Array("hello".utf8))], topic: topic)
        let found = try Self.run(
            planted,
            [
                "impact", "http-anomaly@2", "--rescore", "1", "--json", "--set",
                "topics.output=\(topic)",
            ])
        #expect(found.code == 3, "\(found)")
        #expect(try found.json()["rescored"]?["absent"] == 1, "\(found)")
        #expect(try found.json()["others"]?["foreign"] == 1, "\(found)")
    }

    // MARK: - Labels

    @Test("labels that come later are joined with their predictions, from a file and from a topic")
    func labels() throws {
        let planted = try PlantedStream(copies: 1)
        try Self.back(planted)
        let (stream, truth) = (planted.stream, try Self.labels(of: 1, planted.stream))
        var lines = truth.sorted { $0.key < $1.key }.enumerated().map { index, label in
            JSONValue.object([
                "id": .string(label.key), "label": .string(label.value),
                "basis": index % 3 == 0 ? "random" : "alert",
            ])
        }
        lines += [
            ["id": "r-7", "label": .string(truth["r-7"] == "attack" ? "normal" : "attack")],
            ["id": "nobody", "label": "attack"], ["label": "attack"],
            ["source": "0@0", "label": "robot"],
        ]
        let file = try stream.folder.write(
            "labels.jsonl", lines.map(\.text).joined(separator: "\n"))
        let found = try Self.run(planted, ["labels", "http-anomaly", file, "--json"])
        #expect(found.code == 0, "\(found)")
        let document = try found.json()
        #expect(document["contradictions"]?["count"] == 2, "r-7, and r-0 (0@0): \(found)")
        #expect(document["labels"]?["not_found"] == 1, "\(found)")
        #expect(document["labels"]?["unreadable"] == 1, "\(found)")
        #expect(document["labels"]?["matched"]?.int == PlantedStream.records - 2, "\(found)")
        let rows = try #require(document["by_version"]?.array)
        #expect(rows.map { $0["version"]?.int } == [1, 2])
        let first = try #require(rows.first?["classes"]?.array)
        #expect(first.allSatisfy { $0["precision"] == 1 && $0["recall"] == 1 }, "\(found)")
        let second = try #require(rows.last?["classes"]?.array)
        #expect(second.contains { $0["false_positives"]?.int ?? 0 > 0 }, "\(found)")
        #expect(document["labels"]?["by_basis"]?["random"]?.int ?? 0 > 190, "\(found)")

        let topic = try planted.copy([])
        try stream.send(
            lines.map { TestStream.Sent(partition: 0, key: [], value: $0.bytes) }, topic: topic)
        _ = try stream.control(["promote", "http-anomaly@2", "--canary", "10%"])
        let judged = try Self.run(
            planted, ["labels", "http-anomaly", "--topic", topic, "--feedback", "--json"])
        #expect(judged.code == 0, "\(judged)")
        let same = try judged.json()["by_version"] == document["by_version"]
        #expect(same, "\(judged)")
        let counts = try #require(try judged.json()["feedback"]?["counts"])
        let random = try judged.json()["labels"]?["by_basis"]?["random"]?.int
        let sums = ["normal", "attack"].map { counts[$0]?.array?.compactMap(\.int) ?? [] }
        #expect(sums.joined().reduce(0, +) == random, "\(judged)")
        // The labels are what version 1 says: it is never wrong.
        #expect(sums.allSatisfy { $0.count == 4 && $0[2] == 0 && $0[3] == 0 }, "\(judged)")
        #expect(sums.contains { $0[1] > 0 }, "\(judged)")
        let none = try Self.run(planted, ["labels", "http-anomaly"])
        #expect(none.code == 64, "\(none)")
    }
}
