import Lifecycle

@testable import Verification

/// Predictions of partition 0, each on the output at ten times its record's offset.
enum ImpactFixture {
    static func answer(
        _ offset: Int64, version: Int = 2, epoch: Int64 = 3, label: String? = "attack",
        score: Double = 1, role: Role = .stable, key: [UInt8]? = nil, atMs: Int64? = 3_600_000,
        id: String? = nil
    ) -> StandingAnswer {
        StandingAnswer(
            prediction: Verification.Prediction(
                version: version, epoch: epoch, role: role, score: score,
                label: label.map { Array($0.utf8) }, partition: 0, offset: offset,
                id: id.map { Array($0.utf8) }),
            key: key, at: StreamPlace(partition: 0, offset: offset * 10), atMs: atMs)
    }

    static func score(_ label: String?, _ score: Double = -1) -> ExpectedScore {
        ExpectedScore(score: score, label: label.map { Array($0.utf8) })
    }

    static func digest(_ number: Int) -> Digest {
        Digest(sha256: [UInt8](repeating: UInt8(number), count: 32))
    }

    static func source(
        _ version: Int = 1, settings: VersionSettings = VersionSettings()
    ) -> CorrectionSource {
        CorrectionSource(
            DeployedVersion(version: version, digest: digest(version)), epoch: 4,
            settings: settings, positive: "attack",
            sha256: { bytes in digest(bytes.reduce(version) { ($0 &* 31 &+ Int($1)) & 0x7F }) })
    }
}
