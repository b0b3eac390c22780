package import Lifecycle

/// A file that holds one secret, a password or a token, on one line.
///
/// Read whenever the secret is needed, so that one that was changed is the one that is used.
package struct SecretFile: Sendable, Equatable {
    package let path: String

    package init(path: String) { self.path = path }

    /// The secret, without the end of its line.
    ///
    /// - Throws: `.unavailable` for a file that is missing, empty, or not one line of text: whoever
    ///   changes secrets may be in the middle of it. Never with what is in the file.
    package func read(act: String) throws(SwerveError) -> String {
        func unusable(_ reason: String, _ remedy: String) -> SwerveError {
            SwerveError(
                .unavailable, act: act, reason: reason, remedy: remedy,
                problem: Problem(.namedFileUnusable, [.path: path, .remedy: remedy]))
        }
        func wrong(_ reason: String) -> SwerveError {
            unusable("the file \(path) \(reason)", "write the secret into it, on one line")
        }
        var bytes: [UInt8]
        do throws(SwerveError) {
            bytes = try StateFile.read(path, limit: Limits.secretFileBytes)
        } catch {
            throw unusable("\(error.act): \(error.reason)", error.remedy)
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty else { throw wrong("is empty") }
        // It becomes a header line or a setting: what ends a line there would begin another.
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            let secret = String(validating: bytes, as: UTF8.self)
        else { throw wrong("is not one line of text") }
        return secret
    }
}
