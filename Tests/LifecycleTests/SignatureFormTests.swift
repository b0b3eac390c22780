import Lifecycle
import Testing

@Suite("the forms of signatures")
struct SignatureFormTests {
    @Test("a signature reads back from its text")
    func roundTrip() throws {
        let signature = RecordSignature(keyName: "release-2026", bytes: Array(0..<64))
        #expect(signature.description.hasPrefix("ed25519 release-2026 AAECAwQF"))
        #expect(try RecordSignature(signature.description) == signature)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "ed25519", "ed25519 a", "ed25519 a !!!!", "ed25519 a AAEC",
            "rsa a " + String(repeating: "A", count: 86) + "==",
            "ed25519  " + String(repeating: "A", count: 86) + "==",
            "ed25519 UPPER " + String(repeating: "A", count: 86) + "==",
            "ed25519 a " + String(repeating: "A", count: 86) + "== ",
            "ed25519 a " + String(repeating: "A", count: 86),
            String(repeating: "x", count: 100_000),
        ])
    func refuses(text: String) {
        #expect {
            try RecordSignature(text)
        } throws: { ($0 as? SwerveError)?.code == .invalid && "\($0)".count < 200 }
    }

    /// By hand, so that a verifier in another language can be held against it.
    @Test("the bytes covered are purpose, then each part behind its length")
    func message() throws {
        let bytes = SignedMessage.controlRecord(
            topic: "t", registry: "r-1", key: Array("m".utf8), value: [0x7B, 0x7D])
        let expected =
            Array("swerve control record 1\n".utf8) + [0, 0, 0, 1] + Array("t".utf8)
            + [0, 0, 0, 3] + Array("r-1".utf8) + [0, 0, 0, 1] + Array("m".utf8)
            + [0, 0, 0, 2, 0x7B, 0x7D]
        #expect(bytes == expected)
    }

    @Test("a plan's signature covers topic, registry, model and bytes, and no record's")
    func plan() {
        let bytes = SignedMessage.rolloutPlan(
            topic: "t", registry: "r-1", key: Array("m".utf8), mandate: [0x7B, 0x7D])
        let parts: [UInt8] =
            [0, 0, 0, 1] + Array("t".utf8) + [0, 0, 0, 3] + Array("r-1".utf8) + [0, 0, 0, 1]
            + Array("m".utf8) + [0, 0, 0, 2, 0x7B, 0x7D]
        #expect(bytes == Array("swerve mandate 1\n".utf8) + parts)
    }

    @Test("moving a byte from one part to the next gives another message")
    func boundaries() {
        let one = SignedMessage.controlRecord(topic: "ab", registry: "c", key: [], value: [])
        let other = SignedMessage.controlRecord(topic: "a", registry: "bc", key: [], value: [])
        #expect(one != other)
    }
}
