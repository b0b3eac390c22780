import Foundation
import Lifecycle
import Testing

@Suite("TrustFile")
struct TrustFileTests {
    private static func key(_ seed: UInt8) -> String {
        "ed25519:" + Data(repeating: seed, count: 32).base64EncodedString()
    }

    private func read(_ text: String) throws -> TrustFile {
        // A public key of zeros stands for one that nobody can use.
        try TrustFile(parsing: Array(text.utf8)) { $0.contains { $0 != 0 } }
    }

    @Test(
        "keys, roles and revocations are read; comments, blanks and line ends of any kind are not")
    func reads() throws {
        let file = try read(
            """
            # those who may promote

            ops promote \(Self.key(1))
            ci\tregister,promote  \(Self.key(2)) # the build\r
              old-ops promote \(Self.key(3)) revoked:2026-11-23T10:00:00.000Z

            """)
        #expect(file.keys.map(\.name) == ["ops", "ci", "old-ops"])
        #expect(file["ops"]?.roles == [.promote])
        #expect(file["ops"]?.publicKey == [UInt8](repeating: 1, count: 32))
        #expect(file["ops"]?.revokedAtMs == nil)
        #expect(file["ci"]?.roles == [.promote, .register])
        #expect(file["old-ops"]?.revokedAtMs == 1_795_428_000_000)
        #expect(file["nobody"] == nil)
    }

    @Test(
        "what is wrong is named with its line",
        arguments: [
            ("", "no key"), ("# nothing\n\n", "no key"),
            ("ops promote\n", "line 1: 2 words"),
            ("ops promote \(key(1)) revoked:2026-11-23T10:00:00.000Z more\n", "line 1: 5 words"),
            ("\n\nOps promote \(key(1))\n", "line 3: 'Ops' is not the name"),
            ("ops admin \(key(1))\n", "line 1: 'admin' is not a role"),
            ("ops promote, \(key(1))\n", "line 1: '' is not a role"),
            ("ops promote,rollout \(key(1))\n", "line 1: the role rollout stands alone"),
            ("ops rollout,report \(key(1))\n", "line 1: the role report stands alone"),
            ("ops promote rsa:AAAA\n", "line 1: 'rsa:AAAA' is not a public key"),
            ("ops promote ed25519:AAAA\n", "line 1: 'ed25519:AAAA' is not a public key"),
            ("ops promote ed25519:\n", "is not a public key"),
            ("ops promote \(key(0))\n", "is not a public key"),
            ("ops promote \(key(1)) 2026-11-23T10:00:00.000Z\n", "is not a revocation"),
            ("ops promote \(key(1)) revoked:\n", "is not a revocation"),
            ("ops promote \(key(1)) revoked:yesterday\n", "is not a revocation"),
            ("ops promote \(key(1)) revoked:2026-02-30T10:00:00.000Z\n", "is not a revocation"),
            (
                "ops promote \(key(1))\nops promote \(key(2))\n",
                "line 2: key 'ops' stands on line 1"
            ),
            ("ops promote \(key(1))\nci promote \(key(1))\n", "line 2: the same key"),
            ("ops promote \(key(1))\nci promote \(key(2))", "line 2: the file ends in the middle"),
            ("ops promote \(key(1))\nci promote \u{1B}[31m\n", "line 2"),
        ])
    func refuses(text: String, words: String) throws {
        let error = try #require(throws: SwerveError.self) { try read(text) }
        #expect(error.code == .invalid)
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.printable == error.description)
    }

    @Test("bytes that are no text, too many bytes and too many keys are refused before any is kept")
    func bounds() throws {
        let garbled = try #require(throws: SwerveError.self) {
            try TrustFile(parsing: [0x23, 0x0A, 0xFF, 0xFE, 0x0A]) { _ in true }
        }
        #expect(garbled.description.contains("line 2: not UTF-8"))
        let long = try #require(throws: SwerveError.self) {
            try TrustFile(parsing: [UInt8](repeating: 0x0A, count: Limits.trustFileBytes + 1)) {
                _ in true
            }
        }
        #expect(long.code == .tooLarge)
        let lines = (0...Limits.trustedKeys).map { number in
            let bytes = Data((0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 2 * 8)) })
            return "k\(number) promote ed25519:\(bytes.base64EncodedString())\n"
        }
        #expect(throws: Never.self) { try read(lines.dropFirst().joined()) }
        let many = try #require(throws: SwerveError.self) { try read(lines.joined() + "\n") }
        #expect(!many.description.isEmpty)
    }
}
