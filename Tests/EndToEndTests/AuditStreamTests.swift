import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// `swerve audit stream` and `swerve trace` on what a service wrote, and on copies of it in which
/// something is wrong.
@Suite("Evidence, end to end", .serialized, .blocking)
struct AuditStreamTests {
    @Test("an honest stream is kept, and every fault that is planted is found where it is")
    func planted() throws {
        let planted = try PlantedStream(copies: 12)
        let honest = try planted.audit("--json")
        #expect(honest.code == 0, "\(honest)")
        let document = try honest.json()
        #expect(document["verdict"] == "kept", "\(honest)")
        #expect(document["counts"]?["records"]?.int == PlantedStream.records)
        #expect(document["counts"]?["scores_compared"]?.int == PlantedStream.records)
        #expect(document["chain"]?["sound"] == true)
        #expect(document["counts"]?["by_epoch"]?.object?.count == 3)
        let words = try planted.audit()
        #expect(words.code == 0 && words.out.contains("every promise was kept"), "\(words)")

        for fault in Self.faults {
            let records = try fault.plant(planted.output)
            let topic = try planted.copy(records.records)
            let found = try planted.audit("--json", "--set", "topics.output=\(topic)")
            #expect(found.code == 1, "\(fault.name): \(found)")
            let broken = try PlantedStream.broken(found)
            #expect(
                broken[fault.kind]?.contains(records.place) == true,
                "\(fault.name): \(broken), not \(fault.kind) at \(records.place)")
        }
        try checkLedgers(planted)
    }

    private func checkLedgers(_ planted: PlantedStream) throws {
        let cut = try planted.ledger.filter { try $0.field("epoch")?.int != 2 }
        let unended = try planted.ledger.filter {
            try $0.field("epoch")?.int != 1 || $0.field("event")?.string != "superseded"
        }
        let forged = try planted.ledger.map { record in
            guard try record.field("epoch")?.int == 3 else { return record }
            return try record.changed(["stable": 7])
        }
        let expected = [
            (cut, "outside_ledger"), (unended, "wrong_ledger"), (forged, "wrong_ledger"),
        ]
        for (records, kind) in expected {
            let topic = try planted.copy(records)
            let found = try planted.audit("--json", "--set", "topics.ledger=\(topic)")
            #expect(found.code == 1, "\(kind): \(found)")
            #expect(try PlantedStream.broken(found)[kind] != nil, "\(kind): \(found)")
        }
    }

    // MARK: - Faults

    struct Fault {
        let name: String
        let kind: String
        let plant: ([TopicRecord]) throws -> (records: [TopicRecord], place: String)
    }

    /// The record of the output that is changed, by its number among those of partition 1.
    private static func index(_ number: Int, _ records: [TopicRecord]) -> Int {
        records.indices.filter { records[$0].partition == 1 }[number]
    }

    private static func place(_ record: TopicRecord) throws -> String {
        let source = try record.field("source")
        return "\(source?["partition"]?.int ?? -1)@\(source?["offset"]?.int ?? -1)"
    }

    private static func changing(
        _ number: Int, _ change: @escaping (TopicRecord) throws -> TopicRecord
    ) -> ([TopicRecord]) throws -> ([TopicRecord], String) {
        { records in
            var records = records
            let index = index(number, records)
            let place = try place(records[index])
            records[index] = try change(records[index])
            return (records, place)
        }
    }

    static var faults: [Fault] {
        [
            Fault(name: "lose", kind: "lost") { records in
                var records = records
                let place = try place(records.remove(at: index(40, records)))
                return (records, place)
            },
            Fault(name: "double", kind: "doubled") { records in
                let again = records[index(40, records)]
                return (records + [again], try place(again))
            },
            Fault(
                name: "wrong version", kind: "wrong_version",
                plant: changing(120) { try $0.changed(["version": 1]) }),
            Fault(
                name: "wrong score", kind: "wrong_score",
                plant: changing(60) {
                    try $0.changed(["score": .double(($0.field("score")?.double ?? 0) + 1e-6)])
                }),
            Fault(name: "swapped keys", kind: "wrong_key") { records in
                var records = records
                let (one, other) = (index(10, records), index(11, records))
                let key = records[one].key
                records[one] = try records[one].changed(key: records[other].key)
                records[other] = try records[other].changed(key: key)
                return (records, try place(records[one]))
            },
            Fault(
                name: "stale epoch", kind: "epoch_went_back",
                plant: changing(140) { try $0.changed(["epoch": 1]) }),
            Fault(name: "forged prediction", kind: "unfounded") { records in
                let source: JSONValue = try #require(try records[index(3, records)].field("source"))
                var fields = source.object ?? [:]
                fields["offset"] = 9_999
                let forged = try records[index(3, records)].changed(["source": .object(fields)])
                return (records + [forged], "1@9999")
            },
            Fault(
                name: "another partition", kind: "wrong_partition",
                plant: changing(70) { try $0.changed(partition: 2) }),
            Fault(
                name: "another epoch than announced", kind: "unknown_epoch",
                plant: changing(149) { try $0.changed(["epoch": 17]) }),
        ]
    }

    // MARK: - Kills

    @Test("what is answered again after a kill is counted and placed, and nothing is broken")
    func killed() throws {
        let scene = try Scene.served(versions: 1, changes: "commit.interval_ms: 1000\n")
        let stream = scene.stream
        var sent = 0
        for round in 0..<3 {
            try stream.send(stream.requests(sent..<(sent + 3_000)))
            sent += 3_000
            _ = try scene.predictions(round * 3_000 + 1_000)
            kill(try #require(scene.service.children.first), SIGKILL)
        }
        _ = try scene.predictions(sent)
        try scene.waitForSlots(2)
        #expect(try scene.service.stop() == 0)
        let audit = try Executable.run(
            [
                "audit", "stream", "http-anomaly", "--config", stream.folder.path("swerve.yaml"),
                "--json",
            ], folder: stream.folder.url)
        let document = try audit.json()
        #expect(audit.code == 0, "\(audit)")
        let counts = try #require(document["counts"])
        let again = (counts["predictions"]?.int ?? 0) - sent
        #expect(counts["records"]?.int == sent && counts["repeated"]?.int == again, "\(audit)")
        #expect((document["repeated"]?.array ?? []).isEmpty == (again == 0))
    }

    @Test("dead letters, strangers on every topic, and brokers that are away")
    func strangers() throws {
        let scene = try Scene.served(versions: 1)
        let stream = scene.stream
        try stream.send(stream.requests(0..<100))
        let odd = [
            TestStream.Sent(partition: 0, key: [], value: Array("no JSON".utf8)),
            TestStream.Sent(partition: 1, key: Array("k".utf8), value: nil),
            TestStream.Sent(partition: 1, key: Array("k".utf8), value: Array("[]".utf8)),
        ]
        try stream.send(odd)
        _ = try scene.predictions(100)
        _ = try stream.read(stream.deadLetters) { $0.count >= 3 }
        #expect(try scene.service.stop() == 0)
        let stranger = [TestStream.Sent(partition: 0, key: [], value: Array("hello".utf8))]
        for topic in [stream.output, stream.deadLetters, stream.ledger] {
            try stream.send(stranger, topic: topic)
        }
        func audit(_ arguments: String...) throws -> Executable.Output {
            try Executable.run(
                [
                    "audit", "stream", "http-anomaly", "--config",
                    stream.folder.path("swerve.yaml"), "--json",
                ] + arguments, folder: stream.folder.url)
        }
        let found = try audit()
        #expect(found.code == 0, "\(found)")
        let document = try found.json()
        #expect(document["counts"]?["dead_letters"]?.int == 3, "\(found)")
        #expect(document["counts"]?["foreign"]?.int == 2, "\(found)")
        #expect(document["ledger"]?["foreign"]?.int == 1, "\(found)")
        let elsewhere = try audit("--set", "topics.output=\(stream.prefix).nowhere")
        #expect(elsewhere.code == 64 && elsewhere.err.contains("there is no topic"), "\(elsewhere)")
        let nobody = try Executable.run(
            [
                "audit", "stream", "nobody", "--config", stream.folder.path("swerve.yaml"),
            ], folder: stream.folder.url)
        #expect(nobody.code == 64 && nobody.err.contains("there is no model nobody"), "\(nobody)")
        #expect(nobody.err.contains("http-anomaly"), "\(nobody)")
        let away = try audit("--bootstrap", "127.0.0.1:1", "--broker-timeout", "1")
        #expect(away.code == 3, "\(away)")
    }

    // MARK: - Ranges

    @Test("a range by offsets and by times, and one that makes no sense")
    func ranges() throws {
        let planted = try PlantedStream(copies: 0)
        let part = try planted.audit("--from", "40", "--to", "90", "--json")
        #expect(part.code == 0, "\(part)")
        #expect(try part.json()["counts"]?["records"]?.int == 4 * 50)
        let all = try planted.audit("--from", "1h ago", "--to", "now", "--sample", "0", "--json")
        #expect(all.code == 0, "\(all)")
        #expect(try all.json()["counts"]?["records"]?.int == PlantedStream.records)
        #expect(try all.json()["counts"]?["scores_compared"]?.int == 0)
        let none = try planted.audit("--from", "2d", "--to", "1d", "--json")
        // Of nothing no promise is known to be kept.
        #expect(try none.code == 3 && none.json()["counts"]?["records"]?.int == 0, "\(none)")
        let back = try planted.audit("--from", "90", "--to", "40")
        #expect(back.code == 64 && back.err.contains("before 90"), "\(back)")
        let odd = try planted.audit("--from", "yesterday")
        #expect(odd.code == 64 && odd.err.contains("neither a time nor an offset"), "\(odd)")

        try checkTraces(planted)
    }

    // MARK: - Traces

    private func checkTraces(_ planted: PlantedStream) throws {
        func trace(_ arguments: String...) throws -> Executable.Output {
            try Executable.run(
                ["trace", "http-anomaly"] + arguments
                    + ["--config", planted.stream.folder.path("swerve.yaml")],
                folder: planted.stream.folder.url)
        }
        let byID = try trace("r-599", "--against", "1", "--json")
        #expect(byID.code == 0, "\(byID)")
        let record = try #require(try byID.json()["records"]?.array?.first)
        #expect(record["record"]?["value"]?.string?.contains("r-599") == true, "\(byID)")
        let prediction = try #require(record["predictions"]?.array?.first)
        #expect(prediction["version"]?.int == 2 && prediction["epoch"]?.int == 3, "\(byID)")
        #expect(prediction["prescribed"] == true && prediction["agrees"] == true, "\(byID)")
        #expect(prediction["announced"]?["reason"] == "it is better", "\(byID)")
        #expect(record["taken"]?.array?.count == 1, "\(byID)")
        #expect(record["against"]?["version"]?.int == 1, "\(byID)")
        #expect(record["against"]?["features"]?.array?.isEmpty == false, "\(byID)")
        #expect(record["explanation"]?["contributions"]?.array?.isEmpty == false, "\(byID)")

        let place = record["record"]?["offset"]?.int ?? 0
        let byPlace = try trace("\(599 % 4)@\(place)")
        #expect(byPlace.code == 0 && byPlace.out.contains("as prescribed"), "\(byPlace)")
        #expect(byPlace.out.contains("the same score"), "\(byPlace)")
        let nobody = try trace("r-7777")
        #expect(nobody.code == 1 && nobody.err.contains("none of the 600 records"), "\(nobody)")
        let beyond = try trace("0@99999")
        #expect(beyond.code == 1 && beyond.err.contains("ends with offset 149"), "\(beyond)")
    }
}
