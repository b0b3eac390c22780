import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// What workers write down of their work, and who scored a record by it.
@Suite("The ledger, end to end", .blocking)
struct LedgerTests {
    @Test("each record's epoch and slot are those of its prediction, also when all have ended")
    func whoScored() throws {
        let scene = try Scene.served(versions: 2)
        try scene.feed(0..<40)
        _ = try scene.change("promote", "http-anomaly@2")
        try scene.feed(40..<80)
        let predictions = try scene.predictions(80)
        // The newest record is in a span whose end nobody knows yet.
        let newest = try #require(predictions.first { $0.id == "r-79" })
        let open = try scored(newest, scene.stream)
        #expect(open["ended"] == false && open["epoch"]?.int == 2, "\(open)")
        #expect(try scene.service.stop() == 0)

        for id in ["r-0", "r-39", "r-40", "r-79"] {
            let prediction = try #require(predictions.first { $0.id == id })
            let scored = try scored(prediction, scene.stream)
            #expect(scored["ended"] == true, "\(scored)")
            #expect(scored["epoch"]?.int == prediction.epoch, "\(scored)")
            #expect(scored["stable"]?.int == prediction.version, "\(scored)")
            #expect(scored["registry"]?.string?.count == 36, "\(scored)")
            #expect(scored["record"]?.string?.hasPrefix("sha256:") == true, "\(scored)")
        }
        let nobody = try ledger("0:999999", scene.stream)
        #expect(nobody.code == 0 && nobody.out.contains("does not tell"), "\(nobody)")
    }

    private func ledger(
        _ place: String, _ stream: TestStream, _ arguments: String...
    ) throws -> Executable.Output {
        try Executable.run(
            ["ledger", place, "--config", stream.folder.path("swerve.yaml")] + arguments,
            folder: stream.folder.url)
    }

    private func scored(_ prediction: Prediction, _ stream: TestStream) throws -> JSONValue {
        let output = try ledger("\(prediction.partition):\(prediction.offset)", stream, "--json")
        guard output.code == 0, let scored = try output.json()["scored"]?.array,
            scored.count == 1, let only = scored.first
        else { throw Failure("\(output)") }
        return only
    }
}
