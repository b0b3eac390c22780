import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// SIGHUP to a service under load.
@Suite("Rolling restart, end to end", .serialized, .blocking)
struct RollingRestartEndToEndTests {
    @Test("one slot after the other takes up a changed file; nothing is lost, doubled, rebalanced")
    func restart() throws {
        let delivery =
            TestStream.realBootstrap == nil
            ? "delivery: at-least-once\n" : "delivery: exactly-once\n"
        let scene = try Scene.served(versions: 1, changes: delivery)
        let (stream, service) = (scene.stream, scene.service)
        let before = service.children
        var sent = 0
        func feed() throws {
            try stream.send(stream.requests(sent..<(sent + 500)))
            sent += 500
        }
        try feed()
        _ = try scene.predictions(1)

        try stream.folder.write("swerve.yaml", "slots: [")
        kill(service.pid, SIGHUP)
        _ = try service.wait(for: "the refusal of the file") {
            service.log.contains("SIGHUP: nothing is restarted") ? true : nil
        }
        #expect(service.children == before)

        try stream.writeConfiguration(
            at: "swerve.yaml", changes: delivery + "commit.interval_ms: 200\n")
        let logged = service.log.utf8.count
        kill(service.pid, SIGHUP)
        var isMixed = false
        _ = try service.wait(for: "the restart of both slots") {
            try feed()
            let children = service.children
            isMixed = isMixed || children.contains(before[0]) != children.contains(before[1])
            return service.log.contains("2 slots were restarted") ? true : nil
        }
        #expect(isMixed)
        #expect(Set(service.children).isDisjoint(with: before))
        let log = String(decoding: service.log.utf8.dropFirst(logged), as: UTF8.self)
        #expect(log.contains("the configuration is another one"), "\(log)")
        #expect(log.components(separatedBy: " partitions ").count == 3, "\(log)")
        #expect(!log.contains("worker ended by signal 9"), "\(log)")

        try feed()
        _ = try scene.predictions(sent)
        #expect(try service.stop() == 0)
        let sources = try stream.readAll(stream.output).map { try Prediction($0).source }
        #expect(sources.count == sent && Set(sources).count == sent)
    }
}
