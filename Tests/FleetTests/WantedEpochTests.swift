import Lifecycle
import TestSupport
import Testing

@testable import Fleet

/// An epoch's number is anybody's; whose it is and what it says decides.
@Suite("convergence to a deployment, not to a number")
struct WantedEpochTests {
    private static let ours = String(repeating: "a", count: 64)
    private static let forged = String(repeating: "b", count: 64)

    private func wanted(record: String? = WantedEpochTests.ours) throws -> WantedEpoch {
        func deployed(_ version: Int) -> DeployedVersion {
            DeployedVersion(
                version: version,
                digest: Digest(sha256: [UInt8](repeating: UInt8(version), count: 32)))
        }
        let deployment = Deployment(
            model: try ModelName("http-anomaly"), epoch: 12, stable: deployed(7),
            candidate: Candidate(
                deployed: deployed(8), mode: .canary, share: try Share(tenThousandths: 500)),
            salt: 1)
        return WantedEpoch(
            deployment, registry: "r1", record: try record.map { try Digest("sha256:" + $0) })
    }

    /// What an honest worker says of itself.
    private func served(_ change: (inout StatusRecord.Served) -> Void) -> StatusRecord {
        var record = Heard.record(0, of: 1)
        record.serving?.candidate = 8
        record.serving?.registry = "r1"
        record.serving?.record = "sha256:" + Self.ours
        record.serving?.stableDigest = "sha256:" + String(repeating: "07", count: 32)
        record.serving?.candidateDigest = "sha256:" + String(repeating: "08", count: 32)
        record.serving?.mode = "canary"
        record.serving?.share = 500
        if var serving = record.serving {
            change(&serving)
            record.serving = serving
        }
        return record
    }

    private func verdict(
        _ record: StatusRecord, _ wanted: WantedEpoch
    ) throws -> Convergence.Verdict {
        Convergence(board: try Heard.board([record]), wanted: wanted).verdict(nowMs: Heard.nowMs)
    }

    static let others: [(String, @Sendable (inout StatusRecord.Served) -> Void)] = [
        ("another registry's", { $0.registry = "r2" }),
        ("another stable version", { $0.stableDigest = "sha256:" + ours }),
        ("another candidate", { $0.candidateDigest = "sha256:" + ours }),
        ("no candidate", { $0.candidateDigest = nil }),
        ("a shadow", { $0.mode = "shadow" }),
        ("another share", { $0.share = 501 }),
    ]

    @Test("the bytes decide where both sides know them")
    func bytes() throws {
        #expect(try verdict(served { _ in }, wanted()) == .converged)
        let other = served { $0.record = "sha256:" + Self.forged }
        #expect(
            try verdict(other, wanted())
                == .waiting(["slot 0: serves another epoch 12 of registry r1 with version 7"]))
    }

    @Test("where they do not, registry and digests do", arguments: others.indices)
    func contents(index: Int) throws {
        for told in [nil, "sha256:" + Self.ours] {
            let wanted = try wanted(record: told == nil ? Self.ours : nil)
            #expect(try verdict(served { $0.record = told }, wanted) == .converged)
            let other = served { served in
                served.record = told
                Self.others[index].1(&served)
            }
            guard case .waiting(let stragglers) = try verdict(other, wanted) else {
                Issue.record("not waited for")
                return
            }
            #expect(stragglers.count == 1 && stragglers[0].contains("another epoch 12"))
        }
    }

    @Test("an older worker says its epoch alone, and that is all there is to go by")
    func olderWorker() throws {
        #expect(try verdict(Heard.record(0, of: 1), wanted()) == .converged)
        #expect(try verdict(Heard.record(0, of: 1), WantedEpoch(epoch: 12)) == .converged)
    }

    @Test("a refusal of a forgery under the same number is not a refusal of the deployment")
    func refusals() throws {
        func refusing(_ record: String?, _ registry: String?) -> StatusRecord {
            var status = Heard.record(0, of: 1, epoch: 11)
            status.rejected = .init(
                epoch: 12, reason: "it is not signed", registry: registry,
                record: record.map { "sha256:" + $0 })
            return status
        }
        let slot = SlotID(group: "g", slot: 0)
        let rejected = Convergence.Verdict.rejected(slot, "it is not signed")
        let waiting = Convergence.Verdict.waiting(["slot 0: serves epoch 11"])
        #expect(try verdict(refusing(Self.forged, "r1"), wanted()) == waiting)
        #expect(try verdict(refusing(Self.ours, "r1"), wanted()) == rejected)
        #expect(try verdict(refusing(Self.forged, "r1"), wanted(record: nil)) == rejected)
        #expect(try verdict(refusing(Self.forged, "r2"), wanted(record: nil)) == waiting)
        #expect(try verdict(refusing(nil, nil), wanted()) == rejected)
    }

    @Test("a forgery that is refused does not hide that the deployment cannot be loaded")
    func unloadable() throws {
        var status = Heard.record(0, of: 1, epoch: 11)
        status.rejected = .init(
            epoch: 13, reason: "it is not signed", registry: "r1", record: "sha256:" + Self.forged)
        status.unloadable = .init(
            epoch: 12, reason: "differs", registry: "r1", record: "sha256:" + Self.ours)
        #expect(
            try verdict(status, wanted()) == .rejected(SlotID(group: "g", slot: 0), "differs"))
    }

    @Test("a slot that has seen a higher epoch, or this one otherwise, ignores it; no other does")
    func obstacles() throws {
        func obstacle(_ record: StatusRecord) throws -> Int64? {
            try wanted(record: nil).obstacle(in: record)
        }
        #expect(try obstacle(served { _ in }) == nil)
        #expect(try obstacle(served { $0.epoch = 11 }) == nil)
        #expect(try obstacle(served { $0.epoch = 13 }) == 13)
        #expect(try obstacle(served { $0.registry = "r2" }) == 12)
        #expect(try obstacle(served { $0.stableDigest = "sha256:00" }) == 12)
        #expect(try obstacle(Heard.record(0, epoch: nil)) == nil)
        var failing = served { $0.epoch = 11 }
        failing.unloadable = .init(epoch: 14, reason: "differs")
        // What was not believed was not seen.
        failing.rejected = .init(epoch: 99, reason: "it is not signed")
        #expect(try obstacle(failing) == 14)
    }

    @Test("of the live slots the one that is furthest ahead is told, of those within reason")
    func ahead() throws {
        let wanted = try wanted(record: nil)
        let board = try Heard.board([
            Heard.record(0, of: 4, epoch: 13), Heard.record(1, of: 4, epoch: 15),
            Heard.record(2, of: 4, epoch: 1 << 50), Heard.record(3, of: 4, epoch: 20, ageMs: 9_000),
        ])
        #expect(board.ahead(of: wanted, nowMs: Heard.nowMs)?.epoch == 1 << 50)
        let plausible = board.ahead(of: wanted, atMost: 1 << 40, nowMs: Heard.nowMs)
        #expect(plausible?.epoch == 15 && plausible?.slot.slot == 1)
        let fine = try Heard.board([Heard.record(0, of: 1, epoch: 11)])
        #expect(fine.ahead(of: wanted, nowMs: Heard.nowMs) == nil)
    }
}
