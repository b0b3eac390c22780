import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// What workers write down of their work, and who took a record by it.
@Suite("The ledger, end to end", .blocking)
struct LedgerTests {
    @Test("each record's epoch and slot are those of its prediction, also when all have ended")
    func whoTook() throws {
        let scene = try Scene.served(versions: 2)
        try scene.feed(0..<40)
        _ = try scene.change("promote", "http-anomaly@2")
        try scene.feed(40..<80)
        let predictions = try scene.predictions(80)
        // The newest record is in a span whose end nobody knows yet.
        let newest = try #require(predictions.first { $0.id == "r-79" })
        let open = try taken(newest, scene.stream)
        #expect(open["ended"] == false && open["epoch"]?.int == 2, "\(open)")
        #expect(try scene.service.stop() == 0)

        for id in ["r-0", "r-39", "r-40", "r-79"] {
            let prediction = try #require(predictions.first { $0.id == id })
            let taken = try taken(prediction, scene.stream)
            #expect(taken["ended"] == true, "\(taken)")
            #expect(taken["epoch"]?.int == prediction.epoch, "\(taken)")
            #expect(taken["stable"]?.int == prediction.version, "\(taken)")
            #expect(taken["registry"]?.string?.count == 36, "\(taken)")
            #expect(taken["record"]?.string?.hasPrefix("sha256:") == true, "\(taken)")
        }
        let beyond = try ledger("0:999999", scene.stream)
        #expect(beyond.code == 1 && beyond.err.contains("newest offset is"), "\(beyond)")
        let elsewhere = try ledger("99:0", scene.stream)
        #expect(elsewhere.code == 1 && elsewhere.err.contains("has the partitions 0 to"))
        let nobody = try ledger("0:0", scene.stream, ["--group", "another"])
        #expect(nobody.code == 1 && nobody.out.contains("does not tell"), "\(nobody)")
        let missing = try ledger(
            "0:0", scene.stream, ["--ledger-topic", "\(scene.stream.prefix).no"])
        #expect(missing.code == 1 && missing.err.contains("swerve topics create"), "\(missing)")
    }

    @Test(
        "a ledger that is made while workers run is written to without a restart",
        .enabled(
            if: TestStream.realBootstrap != nil, "the development broker's topics are as it began"))
    func madeLater() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(at: "swerve.yaml", workers: 1)
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        let late = ["SWERVE_TOPICS_LEDGER": "\(stream.prefix).late"]
        let scene = Scene(stream: stream, service: try stream.serve(environment: late))
        try scene.feed(0..<40)
        let first = try #require(try scene.predictions(40).first { $0.id == "r-39" })
        #expect(scene.service.log.contains("there is no topic \(stream.prefix).late"))
        let workers = scene.service.children

        let made = try Executable.run(
            ["topics", "create", "--config", stream.folder.path("swerve.yaml")],
            environment: late)
        #expect(made.code == 0, "\(made)")
        _ = try scene.service.wait(for: "the ledger to be taken up") {
            scene.service.log.contains("\(stream.prefix).late is there now") ? true : nil
        }
        try scene.feed(40..<80)
        let second = try #require(try scene.predictions(80).first { $0.id == "r-79" })
        #expect(scene.service.children == workers)
        #expect(try scene.service.stop() == 0)
        // The records before it, too: what took them had not ended.
        for prediction in [first, second] {
            let taken = try taken(
                prediction, stream, "--ledger-topic", "\(stream.prefix).late")
            #expect(taken["ended"] == true && taken["epoch"]?.int == 1, "\(taken)")
        }
    }

    private func ledger(
        _ place: String, _ stream: TestStream, _ arguments: [String] = []
    ) throws -> Executable.Output {
        try Executable.run(
            ["ledger", place, "--config", stream.folder.path("swerve.yaml")] + arguments,
            folder: stream.folder.url)
    }

    private func taken(
        _ prediction: Prediction, _ stream: TestStream, _ arguments: String...
    ) throws -> JSONValue {
        let place = "\(prediction.partition):\(prediction.offset)"
        let output = try ledger(place, stream, arguments + ["--json"])
        guard output.code == 0, let taken = try output.json()["taken"]?.array,
            taken.count == 1, let only = taken.first
        else { throw Failure("\(output)") }
        return only
    }
}
