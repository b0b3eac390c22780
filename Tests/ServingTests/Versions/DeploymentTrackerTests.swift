import Lifecycle
import Serving
import Testing

@Suite("DeploymentTracker")
struct DeploymentTrackerTests {
    private static let model = Result { try ModelName("m") }

    private func record(
        _ epoch: Int64, version: Int = 1, registry: String = "r1"
    ) throws -> ControlRecord {
        let digest = Digest(sha256: [UInt8](repeating: UInt8(version), count: 32))
        return ControlRecord(
            registry: registry,
            deployment: Deployment(
                model: try Self.model.get(), epoch: epoch,
                stable: DeployedVersion(version: version, digest: digest), salt: 7),
            issuedAt: "2026-01-01T00:00:00.000Z", issuedBy: "test", reason: "")
    }

    private func tracker(
        highest: Int64 = 0, remembered: ControlRecord? = nil
    ) throws -> DeploymentTracker {
        DeploymentTracker(
            model: try Self.model.get(), highestEpoch: highest,
            remembered: remembered.map { AcceptedRecord($0) })
    }

    private func hear(
        _ tracker: inout DeploymentTracker, _ record: ControlRecord
    ) -> DeploymentTracker.Answer {
        tracker.heard(key: Array("m".utf8), value: record.bytes)
    }

    private func isIgnored(_ action: DeploymentTracker.Answer, _ word: String) -> Bool {
        guard case .ignore(let reason) = action else { return false }
        return reason.contains(word)
    }

    private func epoch(_ action: DeploymentTracker.Answer) -> Int64? {
        guard case .want(let record) = action else { return nil }
        return record.deployment.epoch
    }

    @Test("while the topic is replayed nothing is wanted yet; at its end the newest is")
    func replay() throws {
        var tracker = try tracker()
        for epoch in [1, 2, 3] as [Int64] {
            #expect(hear(&tracker, try record(epoch)) == .none)
            #expect(tracker.isReplaying)
        }
        #expect(tracker.replayed().news?.deployment.epoch == 3)
        #expect(!tracker.isReplaying)
    }

    @Test("an empty topic wants nothing and ignores nothing")
    func empty() throws {
        var tracker = try tracker()
        let (wanted, ignored) = tracker.replayed()
        #expect(wanted == nil && ignored == nil && !tracker.isReplaying)
    }

    @Test("a newer epoch is loaded, an older one and a repeated one are not")
    func order() throws {
        var tracker = try tracker()
        _ = tracker.replayed()
        #expect(epoch(hear(&tracker, try record(5))) == 5)
        #expect(hear(&tracker, try record(5)) == .none)
        #expect(isIgnored(hear(&tracker, try record(4)), "below 5"))
        #expect(epoch(hear(&tracker, try record(6, version: 2))) == 6)
    }

    @Test("the same epoch with other content, or from another registry, is a conflict")
    func conflict() throws {
        var tracker = try tracker()
        _ = tracker.replayed()
        _ = hear(&tracker, try record(5))
        #expect(isIgnored(hear(&tracker, try record(5, version: 2)), "conflict"))
        #expect(isIgnored(hear(&tracker, try record(5, registry: "r2")), "conflict"))
        #expect(isIgnored(hear(&tracker, try record(5, registry: "r2")), "adopt m --above 5"))
        #expect(tracker.wanted?.deployment.stable.version == 1)
    }

    @Test("after a restart an epoch below the highest ever seen is ignored and said")
    func belowHighest() throws {
        var tracker = try tracker(highest: 9, remembered: try record(9))
        _ = hear(&tracker, try record(4))
        let ignored = tracker.replayed().ignored
        #expect(ignored?.contains("below 9") == true)
        // Either helps: the registry has epoch 9 and the topic not, or it has never had it.
        #expect(ignored?.contains("swerve republish m,") == true)
        #expect(ignored?.hasSuffix("swerve registry adopt m --above 9") == true)
        #expect(tracker.wanted == nil)
    }

    @Test("after a restart the same epoch is the one to resume, unless its content differs")
    func resumes() throws {
        var same = try tracker(highest: 9, remembered: try record(9))
        _ = hear(&same, try record(9))
        #expect(same.replayed().news?.deployment.epoch == 9)

        var other = try tracker(highest: 9, remembered: try record(9))
        _ = hear(&other, try record(9, version: 2))
        let (wanted, ignored) = other.replayed()
        #expect(wanted == nil && ignored?.contains("conflict") == true)
    }

    @Test(
        "garbage is ignored and said",
        arguments: [
            "", "{", "[]", "null", "{}", "{\"schema\":1}", "\u{FFFD}\u{0}",
            #"{"schema":3,"registry":"r","model":"m","epoch":1,"salt":1,"stable":{}}"#,
            #"{"schema":1,"registry":"r","model":"other","epoch":1,"salt":1,"stable":{"version":1,"digest":"x"}}"#,
            #"{"schema":1,"registry":"r","model":"m","epoch":-1,"salt":1,"stable":{"version":1,"digest":"x"}}"#,
            #"{"schema":1,"registry":"r","model":"m","epoch":1,"salt":1,"stable":{"version":1,"digest":"x"}}"#,
        ])
    func garbage(value: String) throws {
        var tracker = try tracker()
        _ = tracker.replayed()
        guard
            case .ignore(let reason) = tracker.heard(key: Array("m".utf8), value: Array(value.utf8))
        else {
            Issue.record("not ignored: \(value)")
            return
        }
        #expect(!reason.isEmpty)
        #expect(tracker.wanted == nil)
    }

    @Test("a tombstone changes nothing and is said; other models are not this worker's business")
    func tombstonesAndOthers() throws {
        var tracker = try tracker()
        _ = tracker.replayed()
        _ = hear(&tracker, try record(2))
        #expect(isIgnored(tracker.heard(key: Array("m".utf8), value: nil), "tombstone"))
        #expect(tracker.heard(key: Array("other".utf8), value: [1, 2, 3]) == .none)
        #expect(tracker.wanted?.deployment.epoch == 2)
    }
}
