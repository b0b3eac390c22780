import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Ordinary members that come and go; on a real broker alone, since the development broker lets a
/// group wait for the session timeout whenever a member leaves, and keeps no transactions.
@Suite(
    "Dynamic groups, end to end", .serialized, .blocking,
    .enabled(if: TestStream.realBootstrap != nil, "needs a broker with members and transactions"))
struct DynamicGroupTests {
    /// A member that is killed is missed for its session timeout.
    ///
    /// For the one that stays these are 6 s. For the guests it is longer than any test waits: what
    /// they have is free only because they say that they leave.
    private func settings(sessionMs: Int) -> String {
        """
        delivery: exactly-once
        commit.interval_ms: 100
        kafka.consumer: {session.timeout.ms: \(sessionMs)}
        """
    }

    @Test("members come, go and die in quick order: no record is lost, and none is doubled")
    func comeAndGo() throws {
        let stream = try TestStream(partitions: 2)
        try TestModels.register(1, in: stream)
        for (file, sessionMs) in [("swerve.yaml", 6_000), ("guest.yaml", 300_000)] {
            try stream.writeConfiguration(
                at: file, workers: 3, assignment: "dynamic", changes: settings(sessionMs: sessionMs)
            )
        }
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        func member(_ slot: Int, _ file: String) throws -> RunningProcess {
            try stream.serve(
                file, environment: ["SWERVE_SLOTS_FIRST": "\(slot)", "SWERVE_SLOTS_COUNT": "1"])
        }
        var sent = 0
        func feed() throws {
            try stream.send(stream.requests(sent..<(sent + 600)))
            sent += 600
        }
        func wait(_ process: RunningProcess, for words: String) throws {
            _ = try process.wait(for: words) { process.log.contains(words) ? true : nil }
        }
        let staying = try member(0, "swerve.yaml")
        try wait(staying, for: "partitions 0, 1")
        try feed()
        // Three members for two partitions: one has none, and says so.
        let guests = try [member(1, "guest.yaml"), member(2, "guest.yaml")]
        try feed()
        _ = try staying.wait(for: "a member without a partition") {
            ([staying] + guests).contains { $0.log.contains("no partition of") } ? true : nil
        }
        kill(try #require(staying.children.first), SIGKILL)
        try feed()
        #expect(try guests[0].stop() == 0)
        // One that is stopped while it comes.
        let passing = try member(1, "guest.yaml")
        try wait(passing, for: "worker started")
        #expect(try passing.stop() == 0)
        try feed()
        #expect(try guests[1].stop() == 0)
        try feed()
        _ = try stream.read(stream.output) { $0.count >= sent }
        #expect(try staying.stop() == 0)
        let sources = try stream.readAll(stream.output).map { try Prediction($0).source }
        #expect(sources.count == sent && Set(sources).count == sent)
    }
}
