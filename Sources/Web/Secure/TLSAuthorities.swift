import CTLS
package import Lifecycle
import Platform

/// The certificates that a client believes servers by, in a file.
package enum TLSAuthorities {
    /// Looks at the file before anybody is asked by it; connects to nothing.
    ///
    /// - Throws: `.invalid` for one without a certificate in PEM; `.notFound` and `.refused` for
    ///   one that is not there, or is not to be read.
    package static func check(_ file: String) throws(SwerveError) {
        let act = "loading the certificates in \(file)"
        try TLSContext.requireReadable(file, act: act)
        let result = unsafe swerve_tls_believes(file)
        guard result >= 0 else {
            throw SwerveError(.system, act: act, reason: "OpenSSL makes no TLS")
        }
        guard result == 1 else {
            throw SwerveError(
                .invalid, act: act, reason: "there is no certificate in PEM in \(file)",
                remedy: "give the certificates of those who stand for the server's")
        }
    }
}
