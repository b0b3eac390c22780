import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("ContentHash")
struct ContentHashTests {
    @Test(
        "the digests are those of the standard",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func vectors(text: String, hex: String) {
        #expect(ContentHash.sha256(Array(text.utf8)).description == "sha256:\(hex)")
    }

    @Test("piece by piece, from a file and all at once are the same")
    func pieces() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var hash = ContentHash()
        for start in stride(from: 0, to: bytes.count, by: 12_345) {
            hash.update(Array(bytes[start..<min(start + 12_345, bytes.count)]))
        }
        let path = try folder.write("file", bytes)
        let ofFile = try ContentHash.sha256(ofFile: path, limit: bytes.count)
        #expect(hash.digest() == ContentHash.sha256(bytes))
        #expect(ofFile.digest == ContentHash.sha256(bytes))
        #expect(ofFile.bytes == bytes.count)
    }

    @Test("in binary it is the same digest, there and back")
    func raw() {
        var hash = ContentHash()
        hash.update(Array("abc".utf8))
        #expect(hash.rawDigest().digest == hash.digest())
        #expect(RawDigest(hash.digest()) == hash.rawDigest())
        var text = Array("sha256:".utf8) + [UInt8](repeating: 0, count: RawDigest.hexBytes)
        hash.rawDigest().writeHex(into: &text, at: 7)
        #expect(String(decoding: text, as: UTF8.self) == hash.digest().description)
        #expect(hash.digest().bytes.prefix(4) == [0xba, 0x78, 0x16, 0xbf])
    }

    @Test("a file above the limit is refused")
    func limit() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("file", [UInt8](repeating: 0, count: 11))
        let error = #expect(throws: SwerveError.self) {
            try ContentHash.sha256(ofFile: path, limit: 10)
        }
        #expect(error?.code == .tooLarge)
    }
}
