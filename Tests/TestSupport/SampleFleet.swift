package import Fleet
package import Lifecycle

/// A fleet whose slots tell everything that a slot can tell, and reports on it.
package enum SampleFleet {
    package static func deployment(_ epoch: Int64) throws -> Deployment {
        func version(_ number: Int) -> DeployedVersion {
            DeployedVersion(
                version: number, digest: Digest(sha256: [UInt8](repeating: 7, count: 32)))
        }
        return Deployment(
            model: try ModelName("http-anomaly"), epoch: epoch, stable: version(7),
            candidate: Candidate(
                deployed: version(8), mode: .canary, share: try Share("5%")),
            previous: version(6), salt: 1)
    }

    package static let registry = "5d0c0e0e-0000-4000-8000-000000000001"

    package static func control(_ deployment: Deployment?) -> ControlReading {
        guard let deployment else { return .silent }
        return .announced(
            ControlRecord(
                registry: registry, deployment: deployment, issuedAt: "", issuedBy: "", reason: ""))
    }

    package static func report(
        wanted: Deployment?, announced: Deployment?, _ records: [StatusRecord],
        group: String? = nil
    ) throws -> FleetReport {
        FleetReport(
            board: try Heard.board(records), groups: group.map { [$0] } ?? [],
            wanted: wanted.map { RegisteredDeployment(deployment: $0, registry: registry) },
            control: control(announced), nowMs: Heard.nowMs)
    }

    package static func busy(_ slot: Int) -> StatusRecord {
        var record = Heard.record(slot)
        record.serving?.candidate = 8
        record.serving?.stableDigest = "sha256:" + String(repeating: "07", count: 32)
        record.serving?.signedBy = "release"
        record.serving?.registry = registry
        record.serving?.candidateDigest = "sha256:" + String(repeating: "07", count: 32)
        record.serving?.mode = "canary"
        record.serving?.share = 500
        record.serving?.loadedMs = 12.25
        record.serving?.boundaries = ["10": 5, "2": 17, "0": 42]
        record.incarnation.startedAtMs = record.sentAtMs - 3_700_000
        record.delivery = "exactly-once"
        record.pollGapMs = 4.5
        record.pollGapMaxMs = 61
        record.counts.records = 123_456
        record.counts.byVersion = ["7": 117_000, "8": 6_400]
        record.counts.deadLetters = 56
        record.ready = true
        var (stable, candidate) = (VersionCounts(), VersionCounts())
        (stable.scored, stable.produced) = (123_400, 117_000)
        stable.labels = ["normal": 110_000, "attack": 13_400]
        (candidate.scored, candidate.produced) = (6_400, 6_400)
        for score in [-0.5, 0.25] {
            stable.score.add(score)
            candidate.score.add(score * 2)
            stable.scoringMicros.add(5 + score)
        }
        record.versions = ["7": stable, "8": candidate]
        var comparison = VersionComparison(candidate: 8, stable: 7, mode: "canary", share: 500)
        comparison.records = 6_400
        comparison.flips = ["normal -> attack": 60, "attack -> normal": 4]
        comparison.scoreDifference.add(0.25)
        record.comparison = comparison
        return record
    }
}
