import Platform
import TestSupport
import Testing

@Suite("Certificate file")
struct CertificateFileTests {
    /// Self-signed, of nobody.
    static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIBQDCB86ADAgECAhQXAqjhsQ/R7qGUoUplSneLUVaqGjAFBgMrZXAwFjEUMBIG
        A1UEAwwLc3dlcnZlLXRlc3QwHhcNMjYxMTMwMTMwOTQwWhcNMzYxMTI3MTMwOTQw
        WjAWMRQwEgYDVQQDDAtzd2VydmUtdGVzdDAqMAUGAytlcAMhAIS3fc7Vz+zYhw3c
        WyLZh5e7jCWZfyXgTOsRcWA0GJcLo1MwUTAdBgNVHQ4EFgQUcps51X0rQ0Ih1HdG
        CFdVYX6C4SMwHwYDVR0jBBgwFoAUcps51X0rQ0Ih1HdGCFdVYX6C4SMwDwYDVR0T
        AQH/BAUwAwEB/zAFBgMrZXADQQDfFe1Ddie1WG4CBac4xnp+r8oUT6MRBEgajmRj
        /b/nCkWe6L06MaErGzHZ/avCRibwD2lpyJ1Fey0QMLxYiioC
        -----END CERTIFICATE-----

        """

    @Test("the end of the first certificate is told, also behind other text")
    func end() throws {
        let folder = try TemporaryFolder()
        let alone = CertificateFile(path: try folder.write("alone.pem", Self.pem))
        #expect(alone.endsAt == 2111404180)
        let behind = try folder.write("behind.pem", "subject=CN = swerve-test\n" + Self.pem)
        #expect(CertificateFile(path: behind).endsAt == 2111404180)
    }

    @Test("what is no certificate, cut, empty, a folder or not there has no end")
    func none() throws {
        let folder = try TemporaryFolder()
        for text in ["", "nothing", String(Self.pem.prefix(200))] {
            #expect(CertificateFile(path: try folder.write("x", text)).endsAt == nil)
        }
        #expect(CertificateFile(path: folder.path(".")).endsAt == nil)
        #expect(CertificateFile(path: folder.path("gone")).endsAt == nil)
    }

    @Test("a file that is written anew is read anew")
    func renewed() throws {
        let folder = try TemporaryFolder()
        let file = CertificateFile(path: try folder.write("x", ""))
        #expect(file.endsAt == nil)
        try folder.write("x", Self.pem)
        #expect(file.endsAt != nil)
    }
}
