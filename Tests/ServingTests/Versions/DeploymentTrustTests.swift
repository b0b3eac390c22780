import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// What a manager makes of records that the trust refuses.
@Suite("VersionManager with a trust file")
struct DeploymentTrustTests {
    private static let highestEpoch = Int64(Limits.epoch)

    private func managed(remembered: AcceptedRecord? = nil) throws -> ManagedVersions {
        try ManagedVersions(SlotMemory(highest: remembered))
    }

    @Test("of an unsigned record larger than any deployment nothing is read")
    func largeUnsigned() throws {
        var tracker = try ManagedVersions.serving()
        let small = try TrackedRecords.record(7, version: 2, by: "mallory")
        let forged = ControlRecord(
            registry: small.registry, deployment: small.deployment, issuedAt: small.issuedAt,
            issuedBy: small.issuedBy, reason: String(repeating: "r", count: 20_000))
        let reason = try #require(tracker.hear(forged).ignored)
        #expect(!reason.contains("epoch 7"), "\(reason)")
        #expect(tracker.manager.rejected == nil)
    }

    @Test(
        "a refused record of any epoch changes nothing, and the next honest one is taken up",
        arguments: [6, 7, 1_000_000, highestEpoch])
    func refusedChangesNothing(epoch: Int64) throws {
        var tracker = try ManagedVersions.serving()
        let forged = try TrackedRecords.record(epoch, version: 2, by: "mallory")
        guard let reason = tracker.hear(forged).ignored else {
            Issue.record("not ignored")
            return
        }
        #expect(reason.contains("epoch \(epoch)") && reason.contains("not signed"))
        #expect(
            tracker.manager.wanted?.deployment.epoch == 5
                && tracker.manager.tracker.highestEpoch == 5)
        #expect(tracker.manager.standing == .served && tracker.manager.isSettled)
        #expect(
            tracker.manager.rejected
                == StatusRecord.Rejected(
                    epoch: epoch, reason: reason, registry: "r1",
                    record: ContentHash.sha256(forged.bytes).description))

        let next = try TrackedRecords.record(6, version: 3)
        #expect(try tracker.hear(next).begun == TrackedRecords.accepted(next))
        // A forgery must not be what an operator sees once honest word has come.
        #expect(tracker.manager.rejected == nil)
        _ = tracker.settle(epoch: 6, .failedFinally("differs"))
        #expect(
            tracker.manager.rejected
                == StatusRecord.Rejected(
                    epoch: 6, reason: "differs", registry: "r1",
                    record: ContentHash.sha256(next.bytes).description))
        #expect(tracker.manager.unloadable == nil)
    }

    @Test("a value that nobody signed is refused for that, not for what it says")
    func unsignedGarbage() throws {
        var tracker = try ManagedVersions.serving()
        let refuse: DeploymentTracker.Trust = { () throws(SwerveError) in
            throw SwerveError(.refused, act: "believing", reason: "it is not signed")
        }
        let nested =
            Array(#"{"schema":1,"epoch":9,"x":"#.utf8) + [UInt8](repeating: 0x5B, count: 9_000)
        for value in [nested, Array("{".utf8), [0xFF]] {
            let actions = tracker.manager.heard(
                key: TrackedRecords.key, value: value, trust: refuse)
            #expect(actions.ignored?.contains("not signed") == true)
            #expect(tracker.manager.rejected == nil && tracker.manager.standing == .served)
        }
    }

    @Test("a forgery of an epoch that is served already says nothing about that epoch")
    func sameEpoch() throws {
        var tracker = try ManagedVersions.serving()
        for epoch in [3, 5] as [Int64] {
            let forged = try TrackedRecords.record(epoch, version: 2, by: "mallory")
            guard tracker.hear(forged).ignored != nil else {
                Issue.record("not ignored")
                return
            }
            #expect(tracker.manager.rejected == nil)
        }
        #expect(tracker.manager.wanted?.deployment.stable.version == 1)
    }

    @Test("a refusal does not hide that the wanted epoch is rejected by the loader")
    func both() throws {
        var tracker = try managed()
        _ = tracker.manager.handle(.replayed)
        _ = tracker.hear(try TrackedRecords.record(5))
        _ = tracker.settle(epoch: 5, .failedFinally("the self-test differs"))
        _ = tracker.hear(try TrackedRecords.record(9, by: "mallory"))
        let rejected = try #require(tracker.manager.rejected)
        #expect(rejected.epoch == 9)
        #expect(rejected.reason.contains("not signed"))
        #expect(rejected.reason.contains("epoch 5: the self-test differs"))
        #expect(tracker.manager.unloadable?.epoch == 5)
        #expect(tracker.manager.unloadable?.reason == "the self-test differs")
    }

    @Test("what is refused while the topic is replayed is told at its end; honest words count")
    func replay() throws {
        var tracker = try managed()
        #expect(tracker.hear(try TrackedRecords.record(2)) == [])
        #expect(tracker.hear(try TrackedRecords.record(8, by: "mallory")) == [])
        let honest = try TrackedRecords.accepted(TrackedRecords.record(2))
        #expect(tracker.manager.handle(.replayed).begun == honest)
        #expect(tracker.manager.rejected?.epoch == 8)
        #expect(tracker.manager.tracker.highestEpoch == 2)
    }

    /// Believes whatever ops or the new key signed: the file as it is after its change.
    private func hearTrustingBoth(
        _ versions: inout ManagedVersions, _ record: ControlRecord
    ) -> [VersionManager.Action] {
        versions.manager.heard(key: TrackedRecords.key, value: record.bytes) {
            () throws(SwerveError) in
            guard ["ops", "newcomer"].contains(record.issuedBy) else {
                throw SwerveError(.refused, act: "believing", reason: "it is not signed")
            }
            return (record, record.issuedBy)
        }
    }

    @Test("once a key is trusted, what it signed is taken up, whatever was refused after it")
    func trustedLater() throws {
        var versions = try ManagedVersions.serving()
        let early = try TrackedRecords.record(6, version: 2, by: "newcomer")
        let junk = try TrackedRecords.record(1_000, version: 3, by: "mallory")
        _ = versions.hear(early)
        _ = versions.hear(junk)
        #expect(versions.manager.wanted?.deployment.epoch == 5)

        #expect(versions.manager.handle(.trustChanged) == [])
        #expect(!versions.manager.isSettled)
        let honest = try TrackedRecords.record(5)
        for record in [honest, early, junk] {
            #expect(hearTrustingBoth(&versions, record) == [])
            #expect(versions.manager.wanted?.deployment.epoch == 5)
            #expect(versions.manager.standing == .served)
        }
        let actions = versions.manager.handle(.replayed)
        #expect(actions.begun?.deployment.epoch == 6)
        #expect(actions.ignored?.contains("epoch 1000") == true)
        #expect(versions.manager.rejected?.epoch == 1_000)
        _ = versions.settle(epoch: 6, .ready)
        #expect(versions.manager.serving?.signedBy == "newcomer")
    }

    @Test("a refusal is told on while the topic is heard again")
    func refusalKept() throws {
        var versions = try ManagedVersions.serving()
        _ = versions.hear(try TrackedRecords.record(9, by: "mallory"))
        _ = versions.manager.handle(.trustChanged)
        #expect(versions.manager.rejected?.epoch == 9)
        _ = versions.hear(try TrackedRecords.record(5))
        _ = versions.manager.handle(.replayed)
        #expect(versions.manager.rejected == nil, "it is gone from the topic")
    }

    @Test("a topic heard again that has nothing new changes nothing")
    func heardAgain() throws {
        var versions = try ManagedVersions.serving()
        let memory = versions.manager.memory
        _ = versions.manager.handle(.trustChanged)
        _ = versions.hear(try TrackedRecords.record(3))
        _ = versions.hear(try TrackedRecords.record(5))
        #expect(versions.manager.handle(.replayed) == [])
        #expect(versions.manager.standing == .served && versions.manager.isSettled)
        #expect(versions.manager.memory == memory)
    }

    /// Whoever waits for a fleet gives up at what it tells as rejected.
    @Test("of a topic heard again, what was refused before the newest deployment is never told")
    func refusedBefore() throws {
        var versions = try managed()
        _ = versions.manager.handle(.replayed)
        let forged = try TrackedRecords.record(1_000, version: 2, by: "mallory")
        let honest = try TrackedRecords.record(5)
        for isAgain in [false, true] {
            if isAgain { _ = versions.manager.handle(.trustChanged) }
            #expect(versions.manager.rejected == nil)
            _ = versions.hear(forged)
            #expect(versions.manager.rejected?.epoch == (isAgain ? nil : 1_000))
            _ = versions.hear(honest)
            #expect(versions.manager.rejected == nil)
            if isAgain { #expect(versions.manager.handle(.replayed) == []) }
            _ = versions.settle(epoch: 5, .ready)
        }
        #expect(versions.manager.standing == .served && versions.manager.rejected == nil)
    }

    @Test("a deployment whose artifact was not trusted is loaded again once the trust changes")
    func artifactTrustedLater() throws {
        var versions = try managed()
        _ = versions.manager.handle(.replayed)
        let record = try TrackedRecords.record(5)
        _ = versions.hear(record)
        _ = versions.settle(epoch: 5, .failedFinally("key 'ci' is not in the trust file"))
        #expect(versions.manager.rejected?.epoch == 5)
        _ = versions.manager.handle(.trustChanged)
        _ = versions.hear(record)
        #expect(
            try versions.manager.handle(.replayed).begun == TrackedRecords.accepted(record))
        #expect(versions.manager.rejected == nil)
        _ = versions.settle(epoch: 5, .ready)
        #expect(versions.manager.standing == .served)
    }

    @Test("a late joiner follows the highest epoch believed, whatever was said again behind it")
    func replayedRecords() throws {
        var tracker = try managed()
        for epoch in [4, 6, 5, 6, 4] as [Int64] {
            #expect(tracker.hear(try TrackedRecords.record(epoch)) == [])
        }
        #expect(
            try tracker.manager.handle(.replayed).begun
                == TrackedRecords.accepted(TrackedRecords.record(6)))
        guard let reason = tracker.hear(try TrackedRecords.record(5)).ignored else {
            Issue.record("not ignored")
            return
        }
        #expect(reason.contains("below 6") && reason.contains("swerve republish m"))
    }

    @Test("a late joiner that finds only a forgery wants nothing and says why")
    func lateJoiner() throws {
        var tracker = try managed()
        _ = tracker.hear(try TrackedRecords.record(8, by: "mallory"))
        guard let reason = tracker.manager.handle(.replayed).ignored else {
            Issue.record("nothing is said")
            return
        }
        #expect(reason.contains("not signed"))
        #expect(tracker.manager.wanted == nil && tracker.manager.isSettled)
        #expect(tracker.manager.rejected?.epoch == 8)
    }

    /// The key was revoked, or taken out of the file, since.
    private func refuseAll() throws(SwerveError) -> (record: ControlRecord, signer: String) {
        throw SwerveError(.refused, act: "believing", reason: "key 'ops' was revoked")
    }

    @Test("after a restart the very bytes believed before are resumed without being judged")
    func resumes() throws {
        let record = try TrackedRecords.record(5)
        let remembered = try TrackedRecords.accepted(record)
        var tracker = try managed(remembered: remembered)
        #expect(
            tracker.manager.heard(key: TrackedRecords.key, value: record.bytes, trust: refuseAll)
                == [])
        #expect(tracker.manager.handle(.replayed).begun == remembered)
        #expect(tracker.manager.wanted?.signedBy == "ops")
        // A new epoch of the same key is judged.
        let next = try TrackedRecords.record(6)
        guard
            let reason = tracker.manager.heard(
                key: TrackedRecords.key, value: next.bytes, trust: refuseAll
            ).ignored
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
        var refusing = try managed(remembered: remembered)
        _ = refusing.manager.heard(key: TrackedRecords.key, value: value, trust: refuseAll)
        #expect(refusing.manager.wanted == nil)
        #expect(refusing.manager.tracker.highestEpoch == 5)
        var believing = try managed(remembered: remembered)
        _ = believing.manager.heard(
            key: TrackedRecords.key, value: value, trust: TrackedRecords.trust(value))
        #expect(believing.manager.wanted?.signedBy == "ops")
    }

    @Test("after a restart an honest record of the same epoch with other content is a conflict")
    func conflict() throws {
        var tracker = try managed(remembered: TrackedRecords.accepted(TrackedRecords.record(5)))
        _ = tracker.hear(try TrackedRecords.record(5, version: 2))
        guard let reason = tracker.manager.handle(.replayed).ignored else {
            Issue.record("not ignored")
            return
        }
        #expect(reason.contains("conflict"))
    }

    @Test("another registry that a trusted key signed for takes over by a higher epoch")
    func adoption() throws {
        var tracker = try ManagedVersions.serving()
        let adopted = try TrackedRecords.record(6, version: 4, registry: "r2")
        #expect(try tracker.hear(adopted).begun == TrackedRecords.accepted(adopted))
    }

    @Test(
        "random honest and forged records: epochs never go back, nothing forged is ever wanted",
        arguments: 0..<200)
    func model(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var tracker = try managed()
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
                _ = tracker.hear(record)
                #expect(try tracker.manager.wanted == TrackedRecords.accepted(record))
            case 3...5:
                let epochs = [published, published + 1, Self.highestEpoch, 1]
                let epoch = max(1, epochs.randomElement(using: &random) ?? 1)
                _ = tracker.hear(try TrackedRecords.record(epoch, version: 9, by: "mallory"))
            case 6:
                let garbage: [[UInt8]?] = [nil, [], Array("{}".utf8), [0xFF], Array("[1".utf8)]
                let value = garbage.randomElement(using: &random) ?? nil
                _ = tracker.manager.heard(
                    key: TrackedRecords.key, value: value, trust: TrackedRecords.trust(value))
            case 7:
                let outcomes: [VersionManager.Outcome] = [
                    .ready, .failedFinally("x"), .failedPassing("y"),
                ]
                guard let wanted = tracker.manager.wanted, !isReplaying else { continue }
                let epoch = wanted.deployment.epoch
                _ = tracker.settle(
                    epoch: epoch, outcomes.randomElement(using: &random) ?? .ready)
                if tracker.manager.standing == .served {
                    #expect(epoch >= served)
                    served = epoch
                }
                kept = wanted
            case 8:
                _ = tracker.manager.handle(.replayed)
                isReplaying = false
            default:
                tracker = try self.managed(remembered: kept)
                isReplaying = true
                served = 0
            }
            #expect(tracker.manager.tracker.highestEpoch <= published)
            #expect(
                tracker.manager.wanted.map { $0.signedBy == "ops" && $0.record.issuedBy == "ops" }
                    ?? true)
            if tracker.manager.wanted?.deployment.epoch == tracker.manager.rejected?.epoch {
                #expect(tracker.manager.standing != .served || tracker.manager.rejected == nil)
            }
        }
    }
}
