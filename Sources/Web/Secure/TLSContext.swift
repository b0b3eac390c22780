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

    /// - Throws: `.invalid` for files that are no certificate and its key, both in PEM; `.notFound`
    ///   and `.refused` for those that are not there, or not to be read.
    init(certificate: String, key: String) throws(SwerveError) {
        let act = "loading the certificate \(certificate)"
        for file in [certificate, key] { try Self.requireReadable(file, act: act) }
        guard let made = unsafe swerve_tls_context() else {
            throw SwerveError(.system, act: act, reason: "OpenSSL makes no TLS")
        }
        unsafe pointer = made
        let result = unsafe swerve_tls_load(made, certificate, key)
        let seconds = unsafe swerve_tls_ends(made)
        endsAtMs = seconds < 0 ? .max : Int64(seconds) * 1_000
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

    /// OpenSSL says of a file that is not there what it says of one without a key, and it would
    /// wait without end for the other end of a pipe.
    static func requireReadable(_ file: String, act: String) throws(SwerveError) {
        guard let status = try FileStatus.of(file) else {
            throw SwerveError(
                .notFound, act: act, reason: "there is no file \(file)",
                remedy: "put it there, or correct the name")
        }
        guard status.isRegular else {
            throw SwerveError(
                .refused, act: act, reason: "\(file) is no regular file",
                remedy: "name a file in PEM")
        }
        guard unsafe swerve_tls_can_read(file) != 0 else {
            throw SwerveError(
                .refused, act: act, reason: "this user may not read \(file)",
                remedy: "let the user read it that the process runs as")
        }
    }

    deinit { unsafe SSL_CTX_free(pointer) }
}
