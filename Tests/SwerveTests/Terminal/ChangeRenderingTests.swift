import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Fleet
@testable import Operations
@testable import swerve

/// What people and pipes are told of a change.
@Suite("a change as it is told")
struct ChangeRenderingTests {
    private func result(
        committedAtMs: Int64? = 1_000, already: String? = nil, isAnnounced: Bool = true,
        warnings: [ChangeWarning] = []
    ) throws -> ChangeResult {
        let deployment = try SampleFleet.deployment(2)
        return ChangeResult(
            Promoter.Outcome(
                deployment: deployment, committedAtMs: committedAtMs, already: already,
                publications: [], isAnnounced: isAnnounced, fault: nil),
            of: ChangeOrder(
                .change(.promote(7)), of: deployment.model, note: ChangeNote(by: "ada", at: "")),
            warnings: warnings)
    }

    private func convergence(atMs: Int64?) -> ConvergenceResult {
        ConvergenceResult(
            .init(verdict: .converged, convergedAtMs: atMs, unawaited: ["old: gone"]),
            HeartbeatStanding(areSigned: true))
    }

    @Test("said twice, committed for later, in doubt: a line each")
    func notes() throws {
        #expect(try result().notes(.laterCommands) == [])
        #expect(
            try result(committedAtMs: nil, already: "stable already").notes(.laterCommands)
                == ["promoting http-anomaly@7: stable already"])
        #expect(
            try result(isAnnounced: false).notes(.laterCommands)
                == [
                    "http-anomaly epoch 2 is committed, not announced: the next command that writes "
                        + "and reaches the brokers announces it, or: swerve republish http-anomaly"
                ])
        #expect(
            try result(isAnnounced: false).notes(.hub)
                == [
                    "http-anomaly epoch 2 is committed, not announced: the hub announces it by itself "
                        + "once it reaches the brokers"
                ])
        let doubts: [ChangeWarning] = [
            .comparedNothing(candidate: 2, stable: 1), .comparisonsUnknown(candidate: 2),
        ]
        let remedy =
            "if that was not meant, go back (swerve rollback http-anomaly), make it a candidate again "
            + "(swerve promote http-anomaly@2 --canary 5%), and complete it once swerve status "
            + "http-anomaly shows records scored by both"
        #expect(
            try result(warnings: doubts).notes(.laterCommands)
                == [
                    "warning: candidate 2 has compared 0 records with version 1: nothing that was "
                        + "seen speaks for it or against it; " + remedy,
                    "warning: how many records candidate 2 was compared on is not known: the status "
                        + "topic was not read; " + remedy,
                ])
        // Nothing was changed: there is nothing to doubt.
        #expect(try result(committedAtMs: nil, warnings: doubts).notes(.laterCommands) == [])
    }

    @Test("slots that ignore what was announced are told with the command that helps")
    func ahead() throws {
        let model = try ModelName("m")
        #expect(
            ChangeWarning.slotAhead(slot: "g/0", epoch: 4).line(of: model)
                == "slot g/0 has seen epoch 4, and ignores this one; to go above it: swerve registry "
                + "adopt m")
        let highest = ChangeWarning.slotAhead(slot: "g/0", epoch: Int64(Limits.epoch))
        #expect(highest.line(of: model).hasSuffix("remove their state folders, and start them"))
        #expect(ChangeWarning.slotsUnheard.line(of: model).contains("adopt m --above EPOCH"))
    }

    @Test("the document tells what was changed, and of the wait only where somebody waited")
    func document() throws {
        var result = try result(isAnnounced: false)
        let document = result.document
        #expect(document["changed"] == true && document["announced"] == false)
        #expect(document["committed_at_ms"] == 1_000 && document["warnings"] == [])
        #expect(document["epoch"] == 2 && document["converged"] == nil)
        result.convergence = convergence(atMs: 1_250)
        #expect(result.document["converged"] == true)
        #expect(result.document["converged_at_ms"] == 1_250)
        #expect(result.document["waiting_for"] == [])
        #expect(result.document["not_waited_for"] == ["old: gone"])
        #expect(try self.result(committedAtMs: nil).document["changed"] == false)
    }

    @Test("the time until convergence is told where both clocks make sense")
    func converged() throws {
        let line = "converged: every slot serves epoch 2"
        let spans: [(Int64?, String)] = [
            (1_250, ", 250 ms after the change"), (900, ", 0 ms after the change"), (nil, ""),
            (.min, ""),
        ]
        for (atMs, words) in spans {
            #expect(convergence(atMs: atMs).line(of: try result()) == line + words)
        }
        #expect(convergence(atMs: 5).line(of: try result(committedAtMs: nil)) == line)
    }
}
