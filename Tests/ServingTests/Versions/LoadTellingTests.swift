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
        #expect(telling.begins(try load(6)) == "epoch 6: loading version 3 (why)")
        #expect(telling.begins(try load(5, .lastGood))?.contains("resuming epoch 5") == true)
        for _ in 0..<3 {
            #expect(telling.begins(try load(6)) == nil)
            #expect(telling.begins(try load(5, .lastGood)) == nil)
        }
        #expect(telling.begins(try load(7)) == "epoch 7: loading version 3 (why)")
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
