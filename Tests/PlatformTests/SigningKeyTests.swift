import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("signing keys")
struct SigningKeyTests {
    private func key() throws -> SigningKey { try SigningKey.generate(ModelName("ada")) }

    private func mode(_ path: String) throws -> Int {
        try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("a signature holds for its key and its bytes, and for nothing else")
    func signatures() throws {
        let key = try key()
        let message = Array("the very bytes".utf8)
        let signature = try key.signature(over: message)
        func holds(_ publicKey: [UInt8], _ message: [UInt8], _ signature: [UInt8]) -> Bool {
            SignatureCheck.isValid(publicKey: publicKey, message: message, signature: signature)
        }
        #expect(holds(key.publicKey, message, signature))
        #expect(try key.signer.signature(over: message).keyName == "ada")
        #expect(!holds(try self.key().publicKey, message, signature))
        #expect(!holds(key.publicKey, message + [0], signature))
        for index in [0, 31, 32, 63] {
            var changed = signature
            changed[index] ^= 1
            #expect(!holds(key.publicKey, message, changed))
        }
        #expect(!holds(key.publicKey, message, []))
        #expect(!holds([], message, signature))
        #expect(!holds([UInt8](repeating: 7, count: 33), message, signature))
    }

    @Test("the test vector of RFC 8032 holds")
    func vector() throws {
        let publicKey = try bytes(
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        let signature = try bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        #expect(
            SignatureCheck.isValid(publicKey: publicKey, message: [0x72], signature: signature))
    }

    @Test(
        "public keys that sign everything are of no use",
        arguments: [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        ])
    func smallOrder(hex: String) throws {
        #expect(SignatureCheck.isUsable(publicKey: try bytes(hex)) == false)
    }

    @Test("a public key of its own is of use, one of another length is not")
    func usable() throws {
        #expect(SignatureCheck.isUsable(publicKey: try key().publicKey))
        #expect(!SignatureCheck.isUsable(publicKey: try key().publicKey.dropLast()))
    }

    @Test("a key comes back from its file, which its owner alone may read")
    func file() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("ada.key")
        let key = try key()
        try key.write(to: path)
        #expect(try mode(path) == 0o600)
        let read = try SigningKey.read(path)
        #expect(read.name == key.name)
        #expect(read.publicKey == key.publicKey)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("swerve-private-key ed25519 ada ") && text.hasSuffix("=\n"))
    }

    @Test("no file is ever written over, nor a link followed to one")
    func refusesToOverwrite() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("there", "precious")
        let link = folder.path("link")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: folder.path("elsewhere"))
        for taken in [path, link] {
            #expect {
                try key().write(to: taken)
            } throws: { ($0 as? SwerveError)?.code == .refused }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        #expect(!FileManager.default.fileExists(atPath: folder.path("elsewhere")))
    }

    @Test(
        "a key that others may use is refused, with the remedy", arguments: [0o640, 0o604, 0o620])
    func permissions(mode: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("ada.key")
        try key().write(to: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect {
            try SigningKey.read(path)
        } throws: { error in
            (error as? SwerveError)?.code == .refused && "\(error)".contains("chmod 600")
        }
    }

    @Test("a link to a key is followed, as mounted secrets are links")
    func link() throws {
        let folder = try TemporaryFolder()
        try key().write(to: folder.path("real"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: "real")
        #expect(try SigningKey.read(folder.path("link")).name == ModelName("ada"))
    }

    @Test("what is no key is refused, and nothing of it is shown")
    func garbage() throws {
        let folder = try TemporaryFolder()
        let secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U"
        let texts = [
            "", "\n", secret, "swerve-private-key ed25519 ada \(secret)",
            "swerve-private-key ed25519 ADA \(secret)=\n",
            "swerve-private-key rsa ada \(secret)=\n",
            "swerve-private-key ed25519 ada \(secret)=\n\n", String(repeating: "x", count: 4_000),
        ]
        for text in texts {
            let path = try folder.write("bad.key", text)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            #expect {
                try SigningKey.read(path)
            } throws: { error in
                (error as? SwerveError)?.code == .invalid && !"\(error)".contains("c2Vj")
            }
        }
        #expect(throws: SwerveError.self) { try SigningKey.read(folder.url.path) }
        #expect(throws: SwerveError.self) { try SigningKey.read("/dev/null") }
        #expect(throws: SwerveError.self) { try SigningKey.read(folder.path("none")) }
    }

    @Test("a key does not print itself")
    func printing() throws {
        let key = try key()
        let folder = try TemporaryFolder()
        try key.write(to: folder.path("k"))
        let text = try String(contentsOfFile: folder.path("k"), encoding: .utf8)
        let secret = try #require(text.dropLast().split(separator: " ").last)
        var dumped = ""
        dump(key, to: &dumped)
        for shown in ["\(key)", String(reflecting: key), dumped] {
            #expect(!shown.contains(secret) && shown.count < 200, "\(shown)")
        }
    }

    private func bytes(_ hex: String) throws -> [UInt8] {
        try stride(from: 0, to: hex.utf8.count, by: 2).map { index in
            let start = hex.index(hex.startIndex, offsetBy: index)
            return try #require(UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16))
        }
    }
}
