import Foundation
import Lifecycle
import TestSupport
import Testing
import Verification

/// A group that is whoever is alive; on a real broker alone, since the development broker lets a
/// group wait for the session timeout whenever a member leaves.
@Suite(
    "Elastic groups, end to end", .blocking,
    .enabled(if: TestStream.realBootstrap != nil, "needs a broker whose members come and go"))
struct ElasticGroupTests {
    /// The status once `count` slots serve, each with its part, and the fleet has converged.
    private func waitForSlots(_ count: Int, _ stream: TestStream, _ host: RunningProcess) throws {
        _ = try host.wait(for: "\(count) slots with partitions") {
            let status = try stream.control(["status", "http-anomaly"]).json()
            let shares = (status["slots"]?.array ?? []).map {
                $0["live"] == true ? $0["partitions"]?.array?.count ?? 0 : 0
            }
            return status["converged"] == true && shares.filter { $0 > 0 }.count == count
                ? true : nil
        }
    }

    @Test("two slots, four and two again under load: nothing is lost, and each promotion converges")
    func scales() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        try stream.writeConfiguration(at: "swerve.yaml", assignment: "dynamic")
        func promote(_ version: Int) throws -> JSONValue {
            let output = try stream.control([
                "promote", "http-anomaly@\(version)", "--wait", "--timeout", "60",
            ])
            guard output.code == 0 else { throw Failure("\(output)") }
            return try output.json()
        }
        func host(firstSlot: Int) throws -> RunningProcess {
            try stream.serve(environment: [
                "SWERVE_SLOTS_TOTAL": "auto", "SWERVE_SLOTS_FIRST": "\(firstSlot)",
                "SWERVE_SLOTS_COUNT": "2",
            ])
        }
        let first = try stream.control(["promote", "http-anomaly@1"])
        #expect(first.code == 0, "\(first)")
        let staying = try host(firstSlot: 0)
        try waitForSlots(2, stream, staying)
        let feed = SteadyFeed(stream, rate: 400)
        // Numbers that are not the next ones: nobody waits for slots in between.
        let guest = try host(firstSlot: 6)
        #expect(try promote(2)["converged"] == true)
        try waitForSlots(4, stream, guest)
        #expect(try promote(1)["converged"] == true)
        #expect(try guest.stop() == 0)
        #expect(try promote(2)["converged"] == true)
        try waitForSlots(2, stream, staying)
        try feed.stop()
        let sent = feed.sent
        _ = try stream.read(stream.output) { $0.count >= sent }
        // What was doubled counts among these, so the last answers may still be to come.
        let audit = try staying.wait(for: "an answer to each record") {
            let audit = try StreamAudit(stream)
            return audit.findings[.lost].count == 0 ? audit : nil
        }
        #expect(try staying.stop() == 0)
        #expect(audit.records == sent && sent > 0)
        // A change of assignment may double what was not committed; everything else is a fault.
        #expect(audit.findings.breaches.keys.filter { $0 != .doubled } == [], "\(audit.findings)")
        #expect(audit.findings.doubts.isEmpty, "\(audit.findings)")
        #expect(audit.byEpoch.keys.sorted() == [1, 2, 3, 4])
        #expect(audit.longestWaitMs.count == stream.partitions)
        #expect(audit.longestWaitMs.values.allSatisfy { $0 <= 5_000 }, "\(audit.longestWaitMs)")
    }
}
