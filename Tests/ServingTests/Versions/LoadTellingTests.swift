import Lifecycle
import Testing

@testable import Serving

/// What the log says of loads, by a clock of the test's own.
@Suite("What is told of loads")
struct LoadTellingTests {
    private static let minute: UInt64 = 60_000_000_000

    private func load(
        _ epoch: Int64, _ purpose: VersionManager.Load.Purpose = .wanted
    ) throws -> VersionManager.Load {
        let deployment = Deployment(
            model: try TrackedRecords.model(), epoch: epoch,
            stable: DeployedVersion(version: 3, digest: Digest(sha256: Array(0..<32))),
            candidate: nil, previous: nil, salt: 1)
        let record = ControlRecord(
            registry: "r", deployment: deployment, issuedAt: "", issuedBy: "", reason: "why")
        return VersionManager.Load(
            id: UInt64(epoch), record: AcceptedRecord(record), purpose: purpose,
            hasCheckedSignatures: false)
    }

    @Test("the beginning is told once an epoch, also where the last good one is tried between")
    func begins() throws {
        var telling = LoadTelling()
        let manager = try ManagedVersions().manager
        #expect(telling.begins(try load(6), of: manager) == "epoch 6: loading version 3 (why)")
        let resumed = telling.begins(try load(5, .lastGood), of: manager)
        #expect(resumed?.contains("resuming epoch 5") == true)
        for _ in 0..<3 {
            #expect(telling.begins(try load(6), of: manager) == nil)
            #expect(telling.begins(try load(5, .lastGood), of: manager) == nil)
        }
        #expect(telling.begins(try load(7), of: manager) == "epoch 7: loading version 3 (why)")
    }

    /// What is said as a slot that served epoch 5 hears those records, and ends the load of 6 so.
    private func resumed(
        hearing heard: [[UInt8]?], _ outcome: VersionManager.Outcome? = nil
    ) throws -> String? {
        let good = try TrackedRecords.accepted(TrackedRecords.record(5))
        var versions = try ManagedVersions(SlotMemory(highest: good, good: good))
        for value in heard {
            _ = versions.manager.heard(
                key: TrackedRecords.key, value: value, trust: TrackedRecords.trust(value))
        }
        _ = versions.manager.handle(.replayed)
        if let outcome { _ = versions.settle(epoch: 6, outcome) }
        let load = try #require(versions.manager.load)
        #expect(load.purpose == .lastGood && load.record.deployment.epoch == 5)
        var telling = LoadTelling()
        return telling.begins(load, of: versions.manager)
    }

    @Test("why the last good one is served again is told as it is")
    func resumes() throws {
        let tail = "; resuming epoch 5, which this slot served last"
        let newer = try TrackedRecords.record(6).bytes
        #expect(
            try resumed(hearing: [])
                == "the control topic has no record of m: if it lost one, swerve republish m writes "
                + "it again" + tail)
        // A tombstone, and what is older than what the slot has seen.
        let older = try TrackedRecords.record(4).bytes
        for ignored in [[nil], [older]] as [[[UInt8]?]] {
            #expect(
                try resumed(hearing: ignored)
                    == "the control topic has no record of m that this slot may follow, but others, "
                    + "which are ignored" + tail)
        }
        #expect(
            try resumed(hearing: [TrackedRecords.record(6, by: "mallory").bytes])
                == "the control topic has no deployment of m that is to be believed (epoch 6 is "
                + "not)" + tail)
        #expect(
            try resumed(hearing: [newer], .failedFinally("no such version"))
                == "epoch 6, the newest deployment, is rejected" + tail)
        #expect(
            try resumed(hearing: [newer], .failedPassing("away"))
                == "epoch 6 cannot be loaded yet, and is tried again" + tail)
    }

    @Test("a fault that passes is told at once, and then once a minute with how often it was not")
    func failed() throws {
        var telling = LoadTelling()
        let (wanted, good) = (try load(6), try load(5, .lastGood))
        #expect(telling.failed(wanted, "away", now: 1) == "away; trying again")
        #expect(telling.failed(good, "away", now: 2) == "away; trying again")
        for second in 1..<60 as Range<UInt64> {
            #expect(telling.failed(wanted, "away", now: second * 1_000_000_000) == nil)
            #expect(telling.failed(good, "away", now: second * 1_000_000_000) == nil)
        }
        #expect(
            telling.failed(wanted, "away", now: 1 + Self.minute)
                == "away; still trying again (59 more attempts untold)")
        #expect(telling.failed(wanted, "away", now: 2 + Self.minute) == nil)
        #expect(telling.failed(try load(7), "away", now: 3) == "away; trying again")
    }
}
