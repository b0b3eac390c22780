package import Lifecycle
import Platform

/// The private key of a worker's heartbeats, checked before anything is signed with it.
package enum HeartbeatKey {
    /// Reads the key that `status.sign_with` names.
    ///
    /// - Returns: the key, nil where it names none; and why others do not believe these heartbeats,
    ///   as far as the trust file at hand tells.
    /// - Throws: `.refused` where the file is not one's own, where the trust file has the key in
    ///   another role, or another key under its name: nobody would believe what it signs.
    package static func read(
        _ configuration: WorkerConfiguration
    ) throws(SwerveError) -> (signer: HeartbeatSigner?, doubt: String?) {
        guard let path = configuration.signWith else {
            return (nil, try doubtOfUnsigned(configuration))
        }
        let act = "signing heartbeats with \(path.shortened(to: 200)) (status.sign_with)"
        let key: SigningKey
        do throws(SwerveError) {
            key = try SigningKey.read(path)
        } catch {
            throw error.during("status.sign_with")
        }
        let signer = HeartbeatSigner(
            key.signer, topic: configuration.topics.status, slot: configuration.slotID)
        guard let file = configuration.trust?.file else { return (signer, nil) }
        let name = key.name.description
        guard let known = try TrustKeeper.file(file)[name] else {
            return (
                signer,
                "key '\(name)', which signs the heartbeats, is not in the trust file: nobody who has "
                    + "that file believes them"
            )
        }
        guard known.publicKey == key.publicKey else {
            throw SwerveError(
                .refused, act: act,
                reason: "the trust file has another key under the name '\(name)'",
                remedy: "use the private key that belongs to it")
        }
        guard known.roles.contains(.report) else {
            let roles = known.roles.sorted().map(\.rawValue).joined(separator: ", ")
            throw SwerveError(
                .refused, act: act,
                reason: "key '\(name)' has the role \(roles), not report",
                remedy: "make one for the workers: swerve keys generate NAME --role report, and "
                    + "bring the trust file up to date")
        }
        guard known.revokedAtMs == nil else {
            return (signer, "key '\(name)', which signs the heartbeats, is revoked")
        }
        return (signer, nil)
    }

    private static func doubtOfUnsigned(
        _ configuration: WorkerConfiguration
    ) throws(SwerveError) -> String? {
        guard let file = configuration.trust?.file,
            try TrustKeeper.file(file).keys.contains(where: { $0.roles.contains(.report) })
        else { return nil }
        return
            "the trust file has a key of the role report, and status.sign_with names no key: the "
            + "heartbeats are not signed, and none of them counts for those who have that file"
    }
}
