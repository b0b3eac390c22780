import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Slots that leave a static group; on a real broker alone, since the development broker knows no
/// static members.
@Suite(
    "swerve leave, end to end", .serialized, .blocking,
    .enabled(if: TestStream.realBootstrap != nil, "needs a broker with static members"))
struct LeaveTests {
    /// The session timeout is longer than any test waits: a slot's partitions are free only because
    /// it has left.
    private let settings = """
        delivery: exactly-once
        commit.interval_ms: 100
        kafka.consumer: {session.timeout.ms: 300000}
        """

    @Test("a slot leaves, alive and dead, and the other gets its partitions; nothing is doubled")
    func leave() throws {
        let stream = try TestStream(partitions: 2)
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(at: "swerve.yaml", assignment: "static", changes: settings)
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        func service(_ slot: Int) throws -> RunningProcess {
            try stream.serve(environment: [
                "SWERVE_SLOTS_FIRST": "\(slot)", "SWERVE_SLOTS_COUNT": "1",
            ])
        }
        func wait(_ process: RunningProcess, for words: String, times: Int) throws {
            _ = try process.wait(for: words) {
                process.log.components(separatedBy: words).count > times ? true : nil
            }
        }
        func leave(_ slot: Int) throws -> String? {
            let output = try stream.swerve(
                "leave", stream.prefix, "--slot", "\(slot)", "--config",
                stream.folder.path("swerve.yaml"), "--json")
            #expect(output.code == 0, "\(output)")
            return try output.json()["found"]?.string
        }
        let staying = try service(0)
        try wait(staying, for: "partitions 0, 1", times: 1)
        let live = try service(1)
        try wait(live, for: "partitions 1", times: 1)
        try stream.send(stream.requests(0..<2_000))

        #expect(try leave(1) == "live")
        #expect(try live.waitForExit() == 69, "its only slot has left")
        #expect(live.log.contains("slot 1 has left its group"))
        try wait(staying, for: "partitions 0, 1", times: 2)

        let dead = try service(1)
        try wait(dead, for: "partitions 1", times: 1)
        try stream.send(stream.requests(2_000..<3_000))
        // A stop keeps the place.
        #expect(try dead.stop() == 0)
        #expect(try leave(1) == "dead")
        try wait(staying, for: "partitions 0, 1", times: 3)
        #expect(try leave(1) == "absent")

        _ = try stream.read(stream.output) { $0.count >= 3_000 }
        #expect(try staying.stop() == 0)
        let sources = try stream.readAll(stream.output).map { try Prediction($0).source }
        #expect(sources.count == 3_000 && Set(sources).count == 3_000)
    }

    @Test("a slot leaves also while its worker holds, or waits for a deployment")
    func leaveWhileWaiting() throws {
        let stream = try TestStream(partitions: 2)
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1, assignment: "static",
            changes: settings + "\ndead_letters: {at_bound: hold}")
        func leave() throws -> String? {
            let output = try stream.swerve(
                "leave", stream.prefix, "--slot", "0", "--config",
                stream.folder.path("swerve.yaml"), "--json")
            #expect(output.code == 0, "\(output)")
            return try output.json()["found"]?.string
        }
        func isMember() throws -> Bool {
            let administrator = try TopicAdministrator(settings: stream.settings) { _, _ in }
            defer { administrator.close() }
            return try administrator.hasStaticMember(
                "\(stream.prefix)-0", in: stream.prefix, timeoutMs: 30_000)
        }
        func end(_ service: RunningProcess) throws {
            #expect(try leave() == "live")
            #expect(try service.waitForExit() == 69, "its only slot has left")
            #expect(service.log.contains("slot 0 has left its group"))
            #expect(try !isMember())
        }
        let waiting = try stream.serve()
        _ = try waiting.wait(for: "a slot that waits") {
            waiting.log.contains("no deployment of http-anomaly yet") ? true : nil
        }
        try end(waiting)

        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        try stream.send(
            (0..<1_200).map { number in
                .init(partition: 0, key: [], value: Array("garbage \(number)".utf8))
            })
        let holding = try stream.serve()
        _ = try holding.wait(for: "the slot to hold") {
            holding.log.contains("reading nothing more") ? true : nil
        }
        #expect(try isMember(), "a close keeps the place")
        try end(holding)
    }
}
