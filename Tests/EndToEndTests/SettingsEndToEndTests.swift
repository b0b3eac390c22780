import Foundation
import Kafka
import Lifecycle
import Registry
import TestSupport
import Testing

/// Threshold and labels that change without a new version.
@Suite("Settings, end to end", .serialized, .blocking)
struct SettingsEndToEndTests {
    /// Feeds 100 requests and gives their predictions, by id.
    private func feed(_ scene: Scene, from start: Int) throws -> [Prediction] {
        try scene.feed(start..<start + 100)
        let ids = Set((start..<start + 100).map { "r-\($0)" })
        return try scene.predictions(start + 100).filter { ids.contains($0.id ?? "") }
    }

    private func labels(_ predictions: [Prediction], above threshold: Double) -> Bool {
        predictions.count == 100
            && predictions.allSatisfy {
                $0.label == ($0.score > threshold ? "attack" : "normal")
            }
    }

    /// A threshold in the middle of what version 1 says.
    private func middle(_ scene: Scene) throws -> Double {
        let scores = try scene.offline(version: 1, 0..<400).values.sorted()
        return scores[scores.count / 2]
    }

    @Test(
        "a threshold is taken up, survives a restart, goes with a rollback and comes back with it")
    func threshold() throws {
        var scene = try Scene.served(versions: 2)
        #expect(labels(try feed(scene, from: 0), above: 0))
        let middle = try middle(scene)
        try scene.change(.settings(1, VersionSettings(threshold: middle), isReset: false))
        let raised = try feed(scene, from: 100)
        #expect(labels(raised, above: middle))
        #expect(raised.contains { ($0.score > 0) != ($0.score > middle) }, "no label flips")
        #expect(raised.allSatisfy { $0.version == 1 && $0.epoch == 2 })

        #expect(try scene.service.stop() == 0)
        scene = Scene(stream: scene.stream, service: try scene.stream.serve())
        try scene.waitForSlots(2)
        #expect(labels(try feed(scene, from: 200), above: middle))

        try scene.change(.promote(2))
        #expect(labels(try feed(scene, from: 300), above: 0))
        try scene.change(.rollback)
        let back = try feed(scene, from: 400)
        #expect(labels(back, above: middle))
        #expect(back.allSatisfy { $0.version == 1 && $0.epoch == 4 })
        #expect(try scene.service.stop() == 0)
    }

    @Test("other settings need no artifact: with all of them gone they are taken up")
    func pureSwap() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        let copy = stream.folder.path("artifacts.db")
        try FileManager.default.copyItem(atPath: stream.registry, toPath: copy)
        try stream.writeConfiguration(at: "swerve.yaml", changes: "artifacts: \(copy)")
        let scene = try Scene.serve(stream, promoting: 1)
        try scene.change(.canary(2, try Share("50%")))
        for path in [copy, stream.folder.path("state") + "/artifacts"] {
            try FileManager.default.removeItem(atPath: path)
        }
        let before = try feed(scene, from: 0)
        let changed = VersionSettings(threshold: 1e9, labels: ["bad": "1", "good": "-1"])
        let deployment = try scene.change(.settings(2, changed, isReset: false))
        let after = try feed(scene, from: 100)
        for (predictions, isChanged) in [(before, false), (after, true)] {
            for prediction in predictions {
                let bucket = CanaryBucket.bucket(
                    key: prediction.record.key, salt: deployment.salt)
                #expect(prediction.version == (bucket < 5_000 ? 2 : 1))
                let expected =
                    isChanged && prediction.version == 2
                    ? "good" : prediction.score > 0 ? "attack" : "normal"
                #expect(prediction.label == expected)
            }
        }
        let records = try scene.statusRecords(of: 200)
        #expect(Set(records.counts(2).labels.keys) == ["attack", "normal", "good"])
        // What the two would say has changed, so the comparison began anew.
        #expect(records.comparison?.records == Int64(after.count { $0.version == 2 }))
        #expect(try scene.service.stop() == 0)
    }

    @Test("settings that do not fit the model are rejected with the reason; the old ones serve on")
    func rejected() throws {
        let scene = try Scene.served(versions: 1)
        let stream = scene.stream
        let genuine = try #require(try stream.readAll(stream.control, partitions: 1).last?.value)
        let json = try JSONValue(parsing: genuine, act: "reading")
        let settings: JSONValue = ["versions": ["1": ["labels": ["bad": "7"]]]]
        let wrong = JSONValue.object(
            (json.object ?? [:]).merging(["epoch": 2, "settings": settings]) { $1 })
        try stream.send(
            [.init(partition: 0, key: Array("http-anomaly".utf8), value: wrong.bytes)],
            topic: stream.control)
        func expectRejected(_ scene: Scene) throws {
            let records = try scene.service.wait(for: "the rejection in the status") {
                let records = try scene.statusRecords()
                let rejected = records.filter { $0.rejected?.epoch == 2 && $0.serving?.epoch == 1 }
                return rejected.count == 2 ? records : nil
            }
            for record in records {
                #expect(record.rejected?.reason.contains("names class '7'") == true)
                #expect(!record.ready)
            }
        }
        try expectRejected(scene)
        let before = try feed(scene, from: 0)
        #expect(before.allSatisfy { $0.epoch == 1 } && labels(before, above: 0))
        #expect(try scene.service.stop() == 0)
        let again = Scene(stream: stream, service: try stream.serve())
        try expectRejected(again)
        let after = try feed(again, from: 100)
        #expect(after.allSatisfy { $0.epoch == 1 } && labels(after, above: 0))
        #expect(try again.service.stop() == 0)
    }
}
