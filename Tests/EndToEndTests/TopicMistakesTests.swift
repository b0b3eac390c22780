import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Topics that do not fit, and brokers that are not there, as a service meets them at its start.
@Suite("Topic mistakes, end to end", .serialized, .blocking)
struct TopicMistakesTests {
    @Test("an output with fewer partitions than the input is refused by name")
    func tooFewPartitions() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        // The ledger has one partition: too few for an output.
        let text = try String(contentsOfFile: stream.folder.path("swerve.yaml"), encoding: .utf8)
            .replacingOccurrences(of: "output: \(stream.output)", with: "output: OTHER")
            .replacingOccurrences(of: "ledger: \(stream.ledger)", with: "ledger: none")
            .replacingOccurrences(of: "OTHER", with: stream.ledger)
        try stream.folder.write("wrong.yaml", text)
        let service = try stream.serve("wrong.yaml")
        #expect(try service.waitForExit() == 1)
        #expect(service.log.contains("1 partitions"), "\(service.log)")
        #expect(service.log.contains(stream.ledger))
    }

    @Test("an input that is not there is named, and not made by looking for it")
    func missingInput() throws {
        let stream = try TestStream()
        let typo = "\(stream.prefix).typo"
        let service = try RunningProcess([
            "serve", "--config", stream.folder.path("swerve.yaml"), "--set",
            "topics.input=\(typo)",
        ])
        #expect(try service.waitForExit() == 1)
        #expect(service.log.contains("it does not exist"), "\(service.log)")
        let administrator = try TopicAdministrator(settings: stream.settings) { _, _ in }
        defer { administrator.close() }
        let counts = try administrator.partitionCounts(
            of: [typo, stream.input], timeoutMs: 30_000)
        #expect(counts == [typo: 0, stream.input: stream.partitions])
    }

    @Test(
        "a control topic that is not there is named, and nothing is changed",
        .enabled(
            if: TestStream.realBootstrap != nil,
            "the development broker makes every topic that somebody asks for by name"))
    func missingControlTopic() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        let refused = try Executable.run([
            "promote", "http-anomaly@1", "--registry", stream.registry, "--bootstrap",
            stream.bootstrap, "--control-topic", "\(stream.prefix).typo",
        ])
        #expect(refused.code == 1)
        #expect(refused.err.contains("there is no such topic"), "\(refused.err)")
        #expect(try stream.control(["promote", "http-anomaly@1"]).out.contains("\"epoch\":1,"))
    }

    @Test("a service whose brokers are away waits for them, says so, and stops when asked")
    func brokersAway() throws {
        let stream = try TestStream()
        let text = try String(contentsOfFile: stream.folder.path("swerve.yaml"), encoding: .utf8)
            .replacingOccurrences(of: stream.bootstrap, with: "127.0.0.1:1")
        try stream.folder.write("away.yaml", text)
        let service = try stream.serve("away.yaml")
        _ = try service.wait(for: "the words on the brokers") {
            service.log.contains("brokers away or busy, retrying") ? true : nil
        }
        #expect(service.log.contains("check kafka.bootstrap.servers"), "\(service.log)")
        #expect(service.process.isRunning)
        #expect(try service.stop() == 0)
        #expect(service.log.contains("stopping, before the topics were found"), "\(service.log)")
    }

    @Test(
        "with the broker gone for good a stop still ends, and so does the supervisor's death",
        .enabled(if: TestStream.realBootstrap == nil, "the tests do not stop a real broker"),
        arguments: [SIGTERM, SIGKILL])
    func brokerGone(signal: Int32) throws {
        let scene = try Scene.served(
            versions: 1, assignment: "static", changes: "limits: {drain_ms: 500}")
        try scene.stream.send(scene.stream.requests(0..<200))
        _ = try scene.predictions(200)
        let workers = scene.service.children
        #expect(workers.count == 2)
        try scene.stream.killBroker()
        _ = try scene.service.stop(signal)
        let end = Date() + Deadlines.hang
        while workers.contains(where: Scene.isAlive), Date() < end { _ = poll(nil, 0, 10) }
        #expect(!workers.contains(where: Scene.isAlive))
        // Each of them says once that it ends without the brokers, and nothing more of it.
        let log = scene.service.log
        #expect(log.matches(of: /ending without the brokers/).count == 2, "\(log)")
        #expect(!log.contains("taking the slot's status away"), "\(log)")
    }

    @Test(
        "an offset that is gone from the topic stops the service instead of losing records silently",
        .enabled(if: TestStream.realBootstrap == nil, "only the development broker drops so soon"))
    func offsetGone() throws {
        let scene = try Scene.served(versions: 1, workers: 1)
        let stream = scene.stream
        try stream.send(stream.requests(0..<400))
        _ = try scene.predictions(400)
        #expect(try scene.service.stop() == 0)
        // More than the 5 MiB that a partition of the development broker keeps.
        let large = Array(
            #"{"method":"GET","path":"/\#(String(repeating: "a", count: 50_000))"}"#.utf8)
        for _ in 0..<4 {
            try stream.send(
                Array(repeating: TestStream.Sent(partition: 1, key: [], value: large), count: 40))
        }
        let again = try stream.serve()
        #expect(try again.waitForExit() == 1)
        #expect(again.log.contains("the next offset is gone"), "\(again.log)")
    }

    @Test(
        "a stop with as much out as may be, and no broker to acknowledge it, is no crash",
        .enabled(if: TestStream.realBootstrap == nil, "the tests do not stop a real broker"))
    func stopWithEverythingOut() throws {
        let scene = try Scene.served(versions: 1, workers: 1, changes: "limits: {drain_ms: 500}")
        try scene.stream.send(scene.stream.requests(0..<60_000))
        _ = try scene.predictions(1)
        try scene.stream.killBroker()
        _ = try scene.service.stop()
        #expect(!scene.service.log.contains("precondition"), "\(scene.service.log)")
        #expect(!scene.service.log.contains("SIGILL"), "\(scene.service.log)")
    }

    @Test(
        "a development broker is named at once where topics are to be made or described",
        .enabled(if: TestStream.realBootstrap == nil, "it is about the development broker"))
    func developmentBroker() throws {
        let stream = try TestStream()
        let made = try stream.swerve(
            "topics", "create", "--config", stream.folder.path("swerve.yaml"), "--partitions", "4")
        #expect(made.code == 1)
        #expect(made.err.contains("development broker"), "\(made)")
        #expect(made.err.contains("--topic \(stream.input):4"), "\(made)")
        let service = try RunningProcess([
            "serve", "--config", stream.folder.path("swerve.yaml"), "--set", "development=false",
        ])
        #expect(try service.waitForExit() == 1)
        #expect(service.log.contains("development: true"), "\(service.log)")
    }

    @Test("with start: latest nothing is lost over stops and kills, and nothing before it is read")
    func startLatest() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        let text = try String(contentsOfFile: stream.folder.path("swerve.yaml"), encoding: .utf8)
            .replacingOccurrences(of: "start: earliest", with: "start: latest")
        try stream.folder.write("swerve.yaml", text)
        try stream.send(stream.requests(0..<40))
        var scene = try Scene.serve(stream, promoting: 1)
        // Killed before any record came, with records behind it.
        _ = try scene.service.stop(SIGKILL)
        try stream.send(stream.requests(40..<80))
        scene = Scene(stream: stream, service: try stream.serve())
        #expect(Set(try scene.predictions(40).compactMap(\.id)) == ids(40..<80))
        #expect(try scene.service.stop() == 0)
        try stream.send(stream.requests(80..<120))
        scene = Scene(stream: stream, service: try stream.serve())
        #expect(Set(try scene.predictions(80).compactMap(\.id)) == ids(40..<120))
        #expect(try scene.service.stop() == 0)
        #expect(Set(try scene.predictions(80).compactMap(\.id)) == ids(40..<120))
    }

    private func ids(_ range: Range<Int>) -> Set<String> { Set(range.map { "r-\($0)" }) }
}
