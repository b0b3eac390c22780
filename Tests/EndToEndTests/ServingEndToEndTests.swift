import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// The main job from the outside: records in, promotions while they flow, predictions out.
@Suite("Serving, end to end", .serialized, .blocking)
struct ServingEndToEndTests {
    @Test("canary, promotion and rollback while records flow lose, double and mix up nothing")
    func swapsUnderTraffic() throws {
        let scene = try Scene.served(versions: 2, assignment: "static")
        let stream = scene.stream
        let rebalancesBefore = try scene.rebalances()
        var sent = 0
        func feed(_ count: Int) throws {
            try stream.send(stream.requests(sent..<(sent + count)))
            sent += count
        }
        try feed(1_000)
        _ = try scene.predictions(1)
        let canary = try scene.change("promote", "http-anomaly@2", "--canary", "20%")
        try feed(1_000)
        _ = try scene.predictions(sent)
        _ = try scene.change("promote", "http-anomaly@2")
        try feed(1_000)
        _ = try scene.predictions(sent)
        _ = try scene.change("rollback", "http-anomaly")
        try feed(1_000)
        let predictions = try scene.predictions(sent)

        #expect(predictions.count == sent)
        #expect(Set(predictions.map(\.source)).count == sent)
        #expect(Set(predictions.compactMap(\.id)).count == sent)
        let offline = [
            1: try scene.offline(version: 1, 0..<sent), 2: try scene.offline(version: 2, 0..<sent),
        ]
        let salt = try #require(try scene.announced(epoch: 2)["salt"]?.int)
        #expect(canary["candidate"]?["share"]?.double == 0.2)
        for prediction in predictions {
            let expected = try #require(offline[prediction.version]?[prediction.id ?? ""])
            #expect(abs(prediction.score - expected) <= 1e-9 * max(1, abs(expected)))
            #expect(prediction.label == (prediction.score > 0 ? "attack" : "normal"))
            let bucket = CanaryBucket.bucket(
                key: prediction.record.key, salt: UInt32(salt))
            let isCanary = prediction.epoch == 2 && bucket < 2_000
            #expect(prediction.role == (isCanary ? "canary" : "stable"))
            let stable = [1: 1, 2: 1, 3: 2, 4: 1][prediction.epoch]
            #expect(prediction.version == (isCanary ? 2 : stable))
        }
        for (_, ofPartition) in Dictionary(grouping: predictions, by: \.partition) {
            let epochs = ofPartition.sorted { $0.offset < $1.offset }.map(\.epoch)
            #expect(epochs == epochs.sorted(), "an epoch went back")
        }
        // A group whose members came one by one had one more; no swap may add any.
        #expect(try scene.rebalances() == rebalancesBefore)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a prediction keeps key and partition and names its source, version, epoch and id")
    func predictionForm() throws {
        let scene = try Scene.served(versions: 1, workers: 1)
        let id = #"quote" back\ umlaut ü \#u{1}"#
        let request: JSONValue = ["id": .string(id), "method": "POST", "path": "/a", "body": "x=1"]
        try scene.stream.send([
            .init(partition: 2, key: Array("some key".utf8), value: request.bytes),
            .init(
                partition: 2, key: [], value: Array(#"{"method":"GET","path":"/","id":77}"#.utf8)),
            .init(partition: 2, key: [], value: Array(#"{"text":"GET /\n"}"#.utf8)),
        ])
        let predictions = try scene.predictions(3)
        let first = predictions[0]
        #expect(first.record.key == Array("some key".utf8))
        #expect(predictions.allSatisfy { $0.record.partition == 2 && $0.partition == 2 })
        #expect(predictions.map(\.offset) == [0, 1, 2])
        #expect(predictions.map(\.id) == [id, "77", nil])
        #expect(
            Set(first.json.object?.keys.map { $0 } ?? []) == [
                "model", "version", "epoch", "role", "score", "label", "of", "source", "id",
            ])
        #expect(first.json["model"] == "http-anomaly")
        #expect(first.json["source"]?["topic"]?.string == scene.stream.input)
        // The same text, once in fields and once as it is.
        #expect(predictions[1].score == predictions[2].score)
    }

    @Test("without a deployment records wait; the first promotion takes them up, and all are heard")
    func waitsForDeployment() throws {
        let stream = try TestStream(statusPartitions: 4)
        try TestModels.register(1, in: stream)
        try stream.send(stream.requests(0..<100))
        let service = try stream.serve()
        _ = try service.wait(for: "the words on waiting") {
            service.log.contains("no record is taken") ? true : nil
        }
        #expect(try stream.readAll(stream.output).isEmpty)
        let promoted = try stream.control(["promote", "http-anomaly@1", "--wait"])
        #expect(promoted.code == 0, "\(promoted)")
        let places = try stream.readAll(stream.status, partitions: 4).map(\.partition)
        let slots = (0..<2).map { SlotID(group: stream.prefix, slot: $0) }
        #expect(
            Set(places) == Set(slots.map { StatusPartitions(count: 4).partition(of: $0) }))
        #expect(try stream.read(stream.output) { $0.count >= 100 }.count == 100)
        #expect(try service.stop() == 0)
    }

    @Test("after a stop and a start nothing is scored again and nothing is missed")
    func restart() throws {
        let scene = try Scene.served(versions: 1)
        let stream = scene.stream
        try stream.send(stream.requests(0..<500))
        _ = try scene.predictions(500)
        #expect(try scene.service.stop() == 0)
        try stream.send(stream.requests(500..<1_000))
        let again = try stream.serve()
        let predictions = try scene.predictions(1_000)
        #expect(Set(predictions.map(\.source)).count == 1_000)
        #expect(try again.stop(SIGINT) == 0)
        #expect(try stream.readAll(stream.output).count == 1_000)
        #expect(try stream.readAll(stream.status, partitions: 1).last?.value == nil)
    }
}
