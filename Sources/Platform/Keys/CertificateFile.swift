import CCrypto

/// A file with a certificate in PEM, read whenever it is asked about: certificates are renewed by
/// writing them there.
package struct CertificateFile: Sendable, Equatable {
    package let path: String

    package init(path: String) { self.path = path }

    /// Until when the first certificate in the file holds, in seconds since 1970; nil where there
    /// is none at the moment.
    package var endsAt: Int64? {
        guard let bytes = try? StateFile.read(path, limit: Self.bytesMax), !bytes.isEmpty else {
            return nil
        }
        let end = unsafe bytes.withUnsafeBytes { bytes in
            unsafe swerve_certificate_end(bytes.baseAddress, Int32(bytes.count))
        }
        return end >= 0 ? end : nil
    }

    private static let bytesMax = 1 << 20
}
