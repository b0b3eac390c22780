import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Records of Avro, from the stream to the prediction, with a schema registry that is there, late,
/// or away.
@Suite(
    "Avro, end to end", .serialized, .blocking,
    .enabled(if: TestSchemas.isPossible, "needs python3 and openssl"))
struct AvroTests {
    private func served(
        _ schemas: TestSchemas, versions: Int = 1, workers: Int = 1, more: String = "",
        changes: String = ""
    ) throws -> Scene {
        try Scene.served(
            versions: versions, workers: workers, changes: schemas.settings(more) + changes)
    }

    /// The scores that these requests have as JSON, by id.
    private func scores(_ scene: Scene, _ range: Range<Int>) throws -> [String: Double] {
        let lines = scene.stream.requests(range).compactMap(\.value)
            .map { String(decoding: $0, as: UTF8.self) }
        let output = try Executable.run(
            ["score", "http-anomaly@1", "--registry", scene.stream.registry],
            input: lines.joined(separator: "\n"))
        guard output.code == 0 else { throw Failure("\(output)") }
        return Dictionary(
            uniqueKeysWithValues: try output.jsonLines().map {
                ($0["id"]?.string ?? "", $0["score"]?.double ?? .nan)
            })
    }

    /// Offsets by partition, in the order of the output topic.
    private func order(_ predictions: [Prediction]) -> [Int: [Int]] {
        predictions.reduce(into: [:]) { $0[$1.partition, default: []].append($1.offset) }
    }

    private func waitUntilParked(_ scene: Scene, _ count: Int) throws {
        _ = try scene.service.wait(for: "\(count) parked records") {
            let slots = try scene.status()["slots"]?.array ?? []
            let parked = slots.compactMap { $0["counts"]?["parked"]?.int }.reduce(0, +)
            return parked >= count ? true : nil
        }
    }

    @Test("ids in the value and in headers, two schemas: each record has the score of its JSON")
    func identities() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        schemas.add(8, TestSchemas.numbered)
        schemas.add(guid: "11121314-1516-1718-191a-1b1c1d1e1f20")
        let scene = try served(schemas, workers: 2)
        let requests = scene.stream.requests(0..<40)
        try scene.stream.send(
            try requests[..<20].enumerated().map { index, request in
                try TestSchemas.framed(request, index % 2 == 0 ? 7 : 8, numbered: index % 2 == 1)
            })
        let writer = try TopicWriter(settings: scene.stream.settings) { _, _ in }
        for (index, request) in requests[20...].enumerated() {
            let value =
                index % 2 == 0
                ? "\u{0}\u{0}\u{0}\u{0}\u{8}"
                : "\u{1}"
                    + (0x11...0x20).map {
                        String(UnicodeScalar(UInt8($0)))
                    }.joined()
            try writer.write(
                topic: scene.stream.input, partition: request.partition, key: request.key,
                value: try TestSchemas.body(request, numbered: index % 2 == 0),
                headers: [
                    ("__value_schema_id", "no id at all"), ("other", "x"),
                    ("__value_schema_id", value),
                ])
        }
        try writer.flush(milliseconds: 30_000, act: "sending test records")
        writer.close()
        let offline = try scores(scene, 0..<40)
        let predictions = try scene.predictions(40)
        #expect(predictions.count == 40)
        for prediction in predictions {
            #expect(prediction.score == offline[prediction.id ?? ""], "\(prediction.json)")
        }
    }

    @Test("bytes behind a value are accepted, and counted")
    func trailing() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        let scene = try served(schemas)
        try scene.stream.send(
            try scene.stream.requests(0..<8).enumerated().map { index, request in
                let framed = try TestSchemas.framed(request, 7)
                return TestStream.Sent(
                    partition: framed.partition, key: framed.key,
                    value: (framed.value ?? []) + (index < 3 ? [0xDE, 0xAD] : []))
            })
        #expect(try scene.predictions(8).count == 8)
        let counted = try scene.service.wait(for: "the count of trailing bytes") { () -> Int? in
            let slots = try scene.status()["slots"]?.array ?? []
            let count = slots.compactMap { $0["counts"]?["trailing"]?.int }.reduce(0, +)
            return count > 0 ? count : nil
        }
        #expect(counted == 3)
    }

    @Test("records wait in order for a schema that comes late; other partitions go on")
    func late() throws {
        let schemas = try TestSchemas.withLateEight()
        let scene = try served(schemas)
        let requests = scene.stream.requests(0..<40)
        // The second record of partition 0, and the third of partition 1, have the late schema.
        let sent = try requests.enumerated().map { index, request in
            let isLate = index == 4 || index == 9
            return try TestSchemas.framed(request, isLate ? 8 : 7, numbered: isLate)
        }
        try scene.stream.send(sent)
        // Of four partitions with ten records each: one, two, ten and ten.
        var predictions = try scene.predictions(23)
        #expect(order(predictions) == [0: [0], 1: [0, 1], 2: Array(0..<10), 3: Array(0..<10)])
        try waitUntilParked(scene, 17)
        try scene.stream.send(
            try scene.stream.requests(40..<44).map { try TestSchemas.framed($0, 7) })
        predictions = try scene.predictions(25)
        #expect(order(predictions)[0] == [0] && order(predictions)[1] == [0, 1])
        schemas.setBusy(8, false)
        predictions = try scene.predictions(44)
        for partition in 0..<4 { #expect(order(predictions)[partition] == Array(0..<11)) }
        let offline = try scores(scene, 0..<44)
        for prediction in predictions {
            #expect(prediction.score == offline[prediction.id ?? ""], "\(prediction.json)")
        }
        #expect(try scene.service.stop() == 0)
        // What was parked is committed once it is done: nothing comes twice.
        let again = try scene.stream.serve()
        try scene.stream.send([try TestSchemas.framed(requests[0], 7)])
        #expect(try scene.predictions(45).count == 45)
        #expect(try again.stop() == 0)
    }

    @Test("what was parked is scored by the version of the moment it is released")
    func promotedMeanwhile() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        schemas.setBusy(7, true)
        let scene = try served(schemas, versions: 2)
        try scene.stream.send(
            try scene.stream.requests(0..<8).map { try TestSchemas.framed($0, 7) })
        try waitUntilParked(scene, 8)
        _ = try scene.change("promote", "http-anomaly@2")
        schemas.setBusy(7, false)
        #expect(try scene.predictions(8).allSatisfy { $0.version == 2 && $0.epoch == 2 })
    }

    @Test("an id that the registry does not know is a dead letter, whole; what follows is scored")
    func unknown() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        let scene = try served(schemas)
        let requests = scene.stream.requests(0..<12)
        let sent = try requests.enumerated().map { index, request in
            try TestSchemas.framed(request, index == 4 ? 99 : 7)
        }
        try scene.stream.send(sent)
        let predictions = try scene.predictions(11)
        #expect(order(predictions)[0] == [0, 2])
        let letters = try scene.stream.read(scene.stream.deadLetters) { !$0.isEmpty }
        #expect(letters.count == 1)
        #expect(letters.first?.headers["swerve.error.code"] == "unknown_schema")
        #expect(letters.first?.headers["swerve.source.offset"] == "1")
        #expect(letters.first?.value == sent[4].value && letters.first?.key == sent[4].key)
    }

    @Test("a registry that is away makes no dead letter, not even of ids that it would not know")
    func awayAtStart() throws {
        let schemas = try TestSchemas()
        schemas.setDown(true)
        let scene = try served(schemas)
        let requests = scene.stream.requests(0..<8)
        try scene.stream.send(
            try requests.enumerated().map { index, request in
                try TestSchemas.framed(request, index == 3 ? 99 : 7)
            })
        try waitUntilParked(scene, 8)
        // Ten seconds are long enough to be told.
        let words = try scene.service.wait(for: "the reason of the wait") {
            try scene.status()["slots"]?.array?.first?["retrying"]?.string
        }
        #expect(words.contains("wait for their schema"), "\(words)")
        #expect(words.contains("7") || words.contains("99"), "\(words)")
        #expect(try scene.stream.readAll(scene.stream.deadLetters).isEmpty)
        schemas.add(7)
        schemas.setDown(false)
        #expect(try scene.predictions(7).count == 7)
        _ = try scene.service.wait(for: "an end of the wait") {
            let slot = try scene.status()["slots"]?.array?.first
            return slot?["retrying"]?.string == nil && slot?["counts"]?["parked"] == 0 ? true : nil
        }
    }

    @Test("a restart without a registry goes on with the schemas that it knew")
    func restart() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        let scene = try served(schemas)
        try scene.stream.send(
            try scene.stream.requests(0..<8).map { try TestSchemas.framed($0, 7) })
        _ = try scene.predictions(8)
        #expect(try scene.service.stop() == 0)
        schemas.setDown(true)
        let again = try scene.stream.serve()
        try scene.stream.send(
            try scene.stream.requests(8..<16).map { try TestSchemas.framed($0, 7) })
        #expect(try scene.predictions(16).count == 16)
        #expect(try again.stop() == 0)
    }

    @Test("a stop does not wait for a schema, and the next process scores what was parked, once")
    func stopWhileParked() throws {
        let schemas = try TestSchemas.withLateEight()
        let scene = try served(schemas)
        let requests = scene.stream.requests(0..<40)
        try scene.stream.send(
            try requests.enumerated().map { index, request in
                try TestSchemas.framed(request, index == 4 ? 8 : 7, numbered: index == 4)
            })
        _ = try scene.predictions(31)
        try waitUntilParked(scene, 9)
        #expect(try scene.service.stop() == 0)
        schemas.setBusy(8, false)
        let again = try scene.stream.serve()
        let predictions = try scene.predictions(40)
        for partition in 0..<4 { #expect(order(predictions)[partition] == Array(0..<10)) }
        #expect(try again.stop() == 0)
        #expect(try scene.stream.readAll(scene.stream.output).count == 40)
    }

    @Test("a killed worker's parked records are read again by the next one")
    func killedWhileParked() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        schemas.setBusy(7, true)
        let scene = try served(schemas)
        try scene.stream.send(
            try scene.stream.requests(0..<40).map { try TestSchemas.framed($0, 7) })
        try waitUntilParked(scene, 40)
        kill(try #require(scene.service.children.first), SIGKILL)
        schemas.setBusy(7, false)
        let predictions = try scene.predictions(40)
        for partition in 0..<4 { #expect(order(predictions)[partition] == Array(0..<10)) }
    }

    @Test("at the bound the worker takes no more, stays a member, and loses and doubles nothing")
    func bound() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        schemas.setBusy(7, true)
        let scene = try served(
            schemas, more: ", parked_bytes: 65536",
            changes: "kafka.consumer: {max.poll.interval.ms: 8000, session.timeout.ms: 6000}\n")
        let total = 2_000
        try scene.stream.send(
            try scene.stream.requests(0..<total).map { try TestSchemas.framed($0, 7) })
        // Ten seconds and more, beyond the time that a member may leave between two polls.
        let words = try scene.service.wait(for: "the bound") {
            try scene.status()["slots"]?.array?.first?["retrying"]?.string
        }
        #expect(words.contains("schema_registry.parked_bytes"), "\(words)")
        let parked =
            try scene.status()["slots"]?.array?.first?["counts"]?["parked"]?.int ?? 0
        #expect(parked > 0 && parked < total / 2)
        #expect(try scene.rebalances() == [0])
        schemas.setBusy(7, false)
        let predictions = try scene.predictions(total)
        #expect(predictions.count == total)
        for partition in 0..<4 {
            #expect(order(predictions)[partition] == Array(0..<(total / 4)))
        }
        #expect(try scene.rebalances() == [0])
    }

    @Test("predictions in Avro say what those in JSON say, under the schema that was registered")
    func predictions() throws {
        let schemas = try TestSchemas()
        schemas.add(7)
        let output = "output: {format: avro, register: true}\n"
        let scene = try served(schemas, changes: output)
        let requests = scene.stream.requests(0..<8)
        try scene.stream.send(try requests.map { try TestSchemas.framed($0, 7) })
        let offline = try scores(scene, 0..<8)
        let records = try scene.stream.read(scene.stream.output) { $0.count >= 8 }
        #expect(records.count == 8)
        let registered = try schemas.registered()
        #expect(registered.map(\.path) == ["/subjects/\(scene.stream.output)-value/versions"])
        #expect(registered.map(\.schema) == [PredictionSchema.text])
        for record in records {
            let sent = try #require(
                requests.first { $0.partition == record.partition && $0.key == record.key })
            let id =
                try JSONValue(parsing: sent.value ?? [], act: "reading a request")["id"]?
                .string ?? ""
            let prediction = try TestSchemas.prediction(record.value ?? [])
            #expect(prediction.schema == 9_001 && prediction.left == 0)
            #expect(prediction.model == "http-anomaly" && prediction.role == "stable")
            #expect(prediction.version == 1 && prediction.epoch == 1)
            #expect(prediction.id == id && prediction.score == offline[id])
            #expect(prediction.partition == Int(record.partition))
            #expect(["attack", "normal", "1", "-1"].contains(prediction.label))
        }
        #expect(try scene.service.stop() == 0)
        // It is looked up at the next start, and not registered again.
        let again = try scene.stream.serve()
        try scene.stream.send([try TestSchemas.framed(requests[0], 7)])
        #expect(try scene.stream.read(scene.stream.output) { $0.count >= 9 }.count == 9)
        #expect(try schemas.registered().count == 1)
        #expect(try again.stop() == 0)
    }

    @Test("without the schema of predictions, and without the order to register it, none is served")
    func unregistered() throws {
        let schemas = try TestSchemas()
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1,
            changes: "schema_registry: {url: \"\(schemas.url)\"}\noutput: {format: avro}\n")
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        let service = try stream.serve()
        #expect(try service.waitForExit() == 1)
        #expect(service.log.contains("output.register: true"), "\(service.log)")
    }
}
