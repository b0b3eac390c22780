import CTLS
import Lifecycle
import Platform

/// A certificate and its key, ready for connections.
///
/// Any thread. `@unchecked Sendable`: it never changes once it is loaded, and OpenSSL counts its
/// users itself.
@safe
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    /// When the certificate ends, in milliseconds since 1970.
    let endsAtMs: Int64

    /// - Throws: `.invalid` for files that are no certificate and its key, both in PEM; as reading
    ///   them does where they cannot be read.
    init(certificate: String, key: String) throws(SwerveError) {
        let act = "loading the certificate \(certificate)"
        guard let made = unsafe swerve_tls_context() else {
            throw SwerveError(.system, act: act, reason: "OpenSSL makes no TLS")
        }
        unsafe pointer = made
        let result = unsafe swerve_tls_load(made, certificate, key)
        let seconds = unsafe swerve_tls_ends(made)
        endsAtMs = seconds < 0 ? .max : Int64(seconds) * 1_000
        // OpenSSL says the same of a file that is not there.
        if result != 0 { for path in [certificate, key] { try Self.checkReadable(path, act) } }
        let reason: String
        switch result {
        case 0: return
        case 1: reason = "it is no certificate in PEM"
        case 2: reason = "\(key) is no key in PEM, or it has a password"
        default: reason = "\(key) is the key of another certificate"
        }
        throw SwerveError(
            .invalid, act: act, reason: reason,
            remedy: "give a certificate, with those that stand for it behind it, and its key")
    }

    private static func checkReadable(_ path: String, _ act: String) throws(SwerveError) {
        do throws(SwerveError) {
            _ = try StateFile.read(path, limit: bytesMax)
        } catch {
            throw error.during(act)
        }
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Far above any certificate with those that stand for it.
    private static let bytesMax = 4_194_304
}
