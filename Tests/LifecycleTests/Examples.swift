import Lifecycle

/// Values that the tables of this folder are told with.
enum Examples {
    static func model() throws -> ModelName { try ModelName("http-anomaly") }

    static func version(_ number: Int) -> DeployedVersion {
        DeployedVersion(
            version: number, digest: Digest(sha256: [UInt8](repeating: UInt8(number), count: 32)))
    }

    static func canary(_ number: Int, _ tenThousandths: Int) throws -> Candidate {
        Candidate(
            deployed: version(number), mode: .canary,
            share: try Share(tenThousandths: tenThousandths))
    }

    static func shadow(_ number: Int, _ tenThousandths: Int) throws -> Candidate {
        Candidate(
            deployed: version(number), mode: .shadow,
            share: try Share(tenThousandths: tenThousandths))
    }

    static func deployment(
        epoch: Int64 = 5, stable: Int, candidate: Candidate? = nil, previous: Int? = nil,
        salt: UInt32 = 7
    ) throws -> Deployment {
        Deployment(
            model: try model(), epoch: epoch, stable: version(stable), candidate: candidate,
            previous: previous.map(version), salt: salt)
    }
}
