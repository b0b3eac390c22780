import Lifecycle
import Platform

/// The files that settings name, certificates and keys.
extension KafkaSettings {
    /// What is wrong with the first of them that cannot be read; nil where all can, or none is
    /// named.
    ///
    /// librdkafka names the setting alone, in OpenSSL's words.
    func unreadableFile(act: String) -> SwerveError? {
        for key in Self.files {
            // Authorities may be a folder, or be looked for (`probe`).
            guard let path = values[key], path != "probe" else { continue }
            do throws(SwerveError) {
                _ = try StateFile.read(path, limit: Limits.trustFileBytes)
            } catch {
                guard error.code == .notFound || error.code == .system else { continue }
                return SwerveError(
                    .unavailable, act: "\(act), for \(key)",
                    reason: "\(error.act): \(error.reason)", remedy: error.remedy,
                    problem: Problem(
                        .namedFileUnusable, [.path: path, .remedy: error.remedy]))
            }
        }
        return nil
    }

    private static let files = [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location",
        "ssl.keystore.location", "ssl.crl.location", TokenSource.ca,
    ]
}
