package import Lifecycle
import Platform

/// A worker's trust file, read again whenever it is asked, so that a revocation needs no restart.
///
/// A file that has become unreadable or garbled changes nothing: the last good one goes on, and the
/// fault is told until it is mended. Safe from any thread.
package final class TrustKeeper: Sendable {
    private struct State {
        var bytes: [UInt8]
        var trusted: TrustFile
        var policy: TrustPolicy
        var fault: String?
        var generation = 0
    }

    private let configuration: WorkerConfiguration.Trust
    private let topic: String
    private let isDevelopment: Bool
    private let wording: @Sendable (SwerveError) -> SwerveError
    private let warn: @Sendable (String) -> Void
    private let state: Guarded<State>

    /// - Parameter wording: what a refusal says to its reader, who sees it in a worker's status.
    /// - Throws: where the file cannot be read now, with its line where one is at fault.
    package init(
        _ configuration: WorkerConfiguration.Trust, topic: String, isDevelopment: Bool,
        wording: @escaping @Sendable (SwerveError) -> SwerveError = { $0 },
        warn: @escaping @Sendable (String) -> Void
    ) throws(SwerveError) {
        self.wording = wording
        self.configuration = configuration
        self.topic = topic
        self.isDevelopment = isDevelopment
        self.warn = warn
        let bytes = try Self.read(configuration.file)
        let trusted = try Self.parse(bytes, configuration.file)
        state = Guarded(
            State(
                bytes: bytes, trusted: trusted,
                policy: Self.policy(trusted, topic: topic, isDevelopment), fault: nil))
    }

    /// Whether artifacts need a signature too.
    package var requiresSignedArtifacts: Bool { configuration.requiresSignedArtifacts }

    /// Why the file as it is now is not the one that is used; nil while it is.
    package var fault: String? { state.withLock { $0.fault } }

    /// Another number after each change of what is trusted.
    package var generation: Int { state.withLock { $0.generation } }

    /// Takes the file up as it is now.
    package func refresh() {
        // Read under the lock: the threads of a worker must not put an older reading over a newer.
        let warning = state.withLock { state -> String? in
            do throws(SwerveError) {
                let bytes = try Self.read(configuration.file)
                if bytes != state.bytes {
                    let trusted = try Self.parse(bytes, configuration.file)
                    state.policy = Self.policy(trusted, topic: topic, isDevelopment)
                    state.trusted = trusted
                    state.bytes = bytes
                    state.generation += 1
                }
                state.fault = nil
                return nil
            } catch {
                let fault = "\(error.description); the file as it was before goes on"
                defer { state.fault = fault }
                return state.fault == fault ? nil : fault
            }
        }
        if let warning { warn(warning) }
    }

    /// As `TrustPolicy` believes, by the file as it is now.
    package func believe(
        _ announcement: Announcement, key: [UInt8], appended: RecordTimestamp
    ) throws(SwerveError) -> (record: ControlRecord, signer: String) {
        refresh()
        do throws(SwerveError) {
            return try state.withLock { $0.policy }
                .believe(announcement, key: key, appended: appended)
        } catch {
            throw wording(error)
        }
    }

    /// As `TrustPolicy` judges, by the file as it is now.
    package func judge(
        _ signatures: [ArtifactSignature], of deployed: DeployedVersion, model: ModelName
    ) throws(SwerveError) -> String {
        refresh()
        do throws(SwerveError) {
            return try state.withLock { $0.policy }.judge(signatures, of: deployed, model: model)
        } catch {
            throw wording(error)
        }
    }

    /// Checks a trust file before any worker is started.
    package static func check(_ path: String) throws(SwerveError) {
        _ = try parse(try read(path), path)
    }

    /// The keys of a trust file as it is now.
    package static func file(_ path: String) throws(SwerveError) -> TrustFile {
        try parse(try read(path), path)
    }

    /// Whose heartbeats count by the file as it is now; nil where it does not ask.
    ///
    /// - Parameter topic: the status topic.
    package static func heartbeats(
        of path: String, topic: String
    ) throws(SwerveError) -> HeartbeatTrust? {
        HeartbeatTrust(
            trusted: try file(path), topic: topic,
            verify: SignatureCheck.isValid(publicKey:message:signature:))
    }

    /// The same for a worker that follows the file.
    package func heartbeats(of topic: String) -> HeartbeatTrust? {
        let trusted = state.withLock { $0.trusted }
        return HeartbeatTrust(
            trusted: trusted, topic: topic,
            verify: SignatureCheck.isValid(publicKey:message:signature:))
    }

    /// What the file says as it is now, for those who judge without following it.
    package static func policy(
        of path: String, topic: String, isDevelopment: Bool
    ) throws(SwerveError) -> TrustPolicy {
        policy(try parse(try read(path), path), topic: topic, isDevelopment)
    }

    private static func read(_ path: String) throws(SwerveError) -> [UInt8] {
        do throws(SwerveError) {
            return try StateFile.read(path, limit: Limits.trustFileBytes)
        } catch {
            throw error.during("reading the trust file")
        }
    }

    private static func parse(_ bytes: [UInt8], _ path: String) throws(SwerveError) -> TrustFile {
        do throws(SwerveError) {
            return try TrustFile(parsing: bytes, isUsable: SignatureCheck.isUsable(publicKey:))
        } catch {
            throw SwerveError(
                error.code, act: "\(error.act) \(path.shortened(to: 200))", reason: error.reason,
                remedy: error.remedy)
        }
    }

    private static func policy(
        _ trusted: TrustFile, topic: String, _ isDevelopment: Bool
    ) -> TrustPolicy {
        TrustPolicy(
            trusted: trusted, topic: topic, isDevelopment: isDevelopment,
            verify: SignatureCheck.isValid(publicKey:message:signature:))
    }
}
