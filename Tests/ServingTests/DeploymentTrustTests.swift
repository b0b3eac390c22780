import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// What a tracker makes of records that the trust refuses.
@Suite("DeploymentTracker with a trust file")
struct DeploymentTrustTests {
    private static let highestEpoch = Int64(Limits.epoch)

    private func tracker(remembered: AcceptedRecord? = nil) throws -> DeploymentTracker {
        DeploymentTracker(
            model: try TrackedRecords.model(),
            highestEpoch: remembered?.deployment.epoch ?? 0, remembered: remembered)
    }

    private func hear(
        _ tracker: inout DeploymentTracker, _ record: ControlRecord
    ) -> DeploymentTracker.Action {
        tracker.heard(
            key: TrackedRecords.key, value: record.bytes, trust: TrackedRecords.trust)
    }

    /// A tracker that serves the honest epoch 5.
    private func serving() throws -> DeploymentTracker {
        var tracker = try tracker()
        _ = tracker.replayed()
        _ = hear(&tracker, try TrackedRecords.record(5))
        tracker.settle(epoch: 5, .served)
        return tracker
    }

    @Test(
        "a refused record of any epoch changes nothing, and the next honest one is taken up",
        arguments: [6, 7, 1_000_000, highestEpoch])
    func refusedChangesNothing(epoch: Int64) throws {
        var tracker = try serving()
        let forged = try TrackedRecords.record(epoch, version: 2, by: "mallory")
        guard case .ignore(let reason) = hear(&tracker, forged) else {
            Issue.record("not ignored")
            return
        }
        #expect(reason.contains("epoch \(epoch)") && reason.contains("not signed"))
        #expect(tracker.wanted?.deployment.epoch == 5 && tracker.highestEpoch == 5)
        #expect(tracker.standing == .served && tracker.isSettled)
        #expect(
            tracker.rejected
                == StatusRecord.Rejected(
                    epoch: epoch, reason: reason, registry: "r1",
                    record: ContentHash.sha256(forged.bytes).description))

        let next = try TrackedRecords.record(6, version: 3)
        #expect(try hear(&tracker, next) == .load(TrackedRecords.accepted(next)))
        // A forgery must not be what an operator sees once honest word has come.
        #expect(tracker.rejected == nil)
        tracker.settle(epoch: 6, .rejected("differs"))
        #expect(
            tracker.rejected
                == StatusRecord.Rejected(
                    epoch: 6, reason: "differs", registry: "r1",
                    record: ContentHash.sha256(next.bytes).description))
        #expect(tracker.unloadable == nil)
    }

    @Test("a forgery of an epoch that is served already says nothing about that epoch")
    func sameEpoch() throws {
        var tracker = try serving()
        for epoch in [3, 5] as [Int64] {
            let forged = try TrackedRecords.record(epoch, version: 2, by: "mallory")
            guard case .ignore = hear(&tracker, forged) else {
                Issue.record("not ignored")
                return
            }
            #expect(tracker.rejected == nil)
        }
        #expect(tracker.wanted?.deployment.stable.version == 1)
    }

    @Test("a refusal does not hide that the wanted epoch is rejected by the loader")
    func both() throws {
        var tracker = try tracker()
        _ = tracker.replayed()
        _ = hear(&tracker, try TrackedRecords.record(5))
        tracker.settle(epoch: 5, .rejected("the self-test differs"))
        _ = hear(&tracker, try TrackedRecords.record(9, by: "mallory"))
        let rejected = try #require(tracker.rejected)
        #expect(rejected.epoch == 9)
        #expect(rejected.reason.contains("not signed"))
        #expect(rejected.reason.contains("epoch 5: the self-test differs"))
        #expect(tracker.unloadable?.epoch == 5)
        #expect(tracker.unloadable?.reason == "the self-test differs")
    }

    @Test("what is refused while the topic is replayed is told at its end; honest words count")
    func replay() throws {
        var tracker = try tracker()
        #expect(hear(&tracker, try TrackedRecords.record(2)) == .none)
        #expect(hear(&tracker, try TrackedRecords.record(8, by: "mallory")) == .none)
        let honest = try TrackedRecords.accepted(TrackedRecords.record(2))
        #expect(tracker.replayed() == .load(honest))
        #expect(tracker.rejected?.epoch == 8)
        #expect(tracker.highestEpoch == 2)
    }

    @Test("a late joiner follows the highest epoch believed, whatever was said again behind it")
    func replayedRecords() throws {
        var tracker = try tracker()
        for epoch in [4, 6, 5, 6, 4] as [Int64] {
            #expect(hear(&tracker, try TrackedRecords.record(epoch)) == .none)
        }
        #expect(tracker.replayed() == .load(try TrackedRecords.accepted(TrackedRecords.record(6))))
        guard case .ignore(let reason) = hear(&tracker, try TrackedRecords.record(5)) else {
            Issue.record("not ignored")
            return
        }
        #expect(reason.contains("below 6") && reason.contains("swerve republish m"))
    }

    @Test("a late joiner that finds only a forgery wants nothing and says why")
    func lateJoiner() throws {
        var tracker = try tracker()
        _ = hear(&tracker, try TrackedRecords.record(8, by: "mallory"))
        guard case .ignore(let reason) = tracker.replayed() else {
            Issue.record("nothing is said")
            return
        }
        #expect(reason.contains("not signed"))
        #expect(tracker.wanted == nil && tracker.isSettled)
        #expect(tracker.rejected?.epoch == 8)
    }

    /// The key was revoked, or taken out of the file, since.
    private func refuseAll(_ record: ControlRecord) throws(SwerveError) -> String {
        throw SwerveError(.refused, act: "believing", reason: "key 'ops' was revoked")
    }

    @Test("after a restart the very bytes believed before are resumed without being judged")
    func resumes() throws {
        let record = try TrackedRecords.record(5)
        let remembered = try TrackedRecords.accepted(record)
        var tracker = try tracker(remembered: remembered)
        #expect(
            tracker.heard(key: TrackedRecords.key, value: record.bytes, trust: refuseAll) == .none)
        #expect(tracker.replayed() == .load(remembered))
        #expect(tracker.wanted?.signedBy == "ops")
        // A new epoch of the same key is judged.
        let next = try TrackedRecords.record(6)
        guard
            case .ignore(let reason) = tracker.heard(
                key: TrackedRecords.key, value: next.bytes, trust: refuseAll)
        else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("revoked"))
    }

    @Test(
        "after a restart other bytes, or bytes that no trust file was asked about, are judged",
        arguments: ["other white space", "never judged", "an older swerve's state"])
    func judgedAgain(what: String) throws {
        let record = try TrackedRecords.record(5)
        var remembered = try TrackedRecords.accepted(record)
        var value = record.bytes
        switch what {
        case "other white space": value += [0x20]
        case "never judged": remembered = try TrackedRecords.accepted(record, signedBy: nil)
        default: remembered = AcceptedRecord(record)
        }
        var refusing = try tracker(remembered: remembered)
        _ = refusing.heard(key: TrackedRecords.key, value: value, trust: refuseAll)
        #expect(refusing.wanted == nil)
        #expect(refusing.highestEpoch == 5)
        var believing = try tracker(remembered: remembered)
        _ = believing.heard(key: TrackedRecords.key, value: value, trust: TrackedRecords.trust)
        #expect(believing.wanted?.signedBy == "ops")
    }

    @Test("after a restart an honest record of the same epoch with other content is a conflict")
    func conflict() throws {
        var tracker = try tracker(remembered: TrackedRecords.accepted(TrackedRecords.record(5)))
        _ = hear(&tracker, try TrackedRecords.record(5, version: 2))
        guard case .ignore(let reason) = tracker.replayed() else {
            Issue.record("not ignored")
            return
        }
        #expect(reason.contains("conflict"))
    }

    @Test("another registry that a trusted key signed for takes over by a higher epoch")
    func adoption() throws {
        var tracker = try serving()
        let adopted = try TrackedRecords.record(6, version: 4, registry: "r2")
        #expect(try hear(&tracker, adopted) == .load(TrackedRecords.accepted(adopted)))
    }

    @Test(
        "random honest and forged records: epochs never go back, nothing forged is ever wanted",
        arguments: 0..<200)
    func model(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var tracker = try tracker()
        var kept: AcceptedRecord?
        var published: Int64 = 0
        var served: Int64 = 0
        var isReplaying = true
        for _ in 0..<80 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2:
                published += 1
                let record = try TrackedRecords.record(
                    published, version: Int.random(in: 1...3, using: &random))
                _ = hear(&tracker, record)
                #expect(try tracker.wanted == TrackedRecords.accepted(record))
            case 3...5:
                let epochs = [published, published + 1, Self.highestEpoch, 1]
                let epoch = max(1, epochs.randomElement(using: &random) ?? 1)
                _ = hear(&tracker, try TrackedRecords.record(epoch, version: 9, by: "mallory"))
            case 6:
                let garbage: [[UInt8]?] = [nil, [], Array("{}".utf8), [0xFF], Array("[1".utf8)]
                _ = tracker.heard(
                    key: TrackedRecords.key, value: garbage.randomElement(using: &random) ?? nil,
                    trust: TrackedRecords.trust)
            case 7:
                let standings: [DeploymentTracker.Standing] = [
                    .served, .rejected("x"), .retrying("y"),
                ]
                guard let wanted = tracker.wanted, !isReplaying else { continue }
                let epoch = wanted.deployment.epoch
                tracker.settle(epoch: epoch, standings.randomElement(using: &random) ?? .served)
                if tracker.standing == .served {
                    #expect(epoch >= served)
                    served = epoch
                }
                kept = wanted
            case 8:
                _ = tracker.replayed()
                isReplaying = false
            default:
                tracker = try self.tracker(remembered: kept)
                isReplaying = true
                served = 0
            }
            #expect(tracker.highestEpoch <= published)
            #expect(
                tracker.wanted.map { $0.signedBy == "ops" && $0.record.issuedBy == "ops" } ?? true)
            if tracker.wanted?.deployment.epoch == tracker.rejected?.epoch {
                #expect(tracker.standing != .served || tracker.rejected == nil)
            }
        }
    }
}
