package import Lifecycle

/// A deployment as it is asked of each record that was answered under it; any thread.
///
/// A class, so that what is asked of each record copies none of it.
package final class EpochRule: Sendable {
    package let deployment: Deployment
    let epoch: Int64
    let hasCanary: Bool
    private let stable: Int
    private let versions: [Int]

    package init(_ deployment: Deployment) {
        self.deployment = deployment
        epoch = deployment.epoch
        hasCanary = deployment.candidate?.mode == .canary
        stable = deployment.stable.version
        versions = deployment.versions.map(\.version)
    }

    func has(_ version: Int) -> Bool { versions.contains(version) }

    /// Who has to decide a record.
    func decider(
        _ bytes: RecordBytes, at place: StreamPlace
    ) -> (version: Int, role: Role) {
        hasCanary
            ? deployment.decider(bucket: bytes.bucket(at: place, salt: deployment.salt))
            : (stable, .stable)
    }
}
