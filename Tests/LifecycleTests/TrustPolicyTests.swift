import Lifecycle
import Testing

/// The rule by a table, with a cipher of our own: the rule only asks whether a signature fits.
@Suite("TrustPolicy")
struct TrustPolicyTests {
    /// A cipher for tests: a signature is a checksum of key and message, 64 bytes long.
    static func sign(_ key: UInt8, _ message: [UInt8]) -> [UInt8] {
        var state = UInt64(key) &+ 0xCBF2_9CE4_8422_2325
        for byte in message { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (0..<64).map { UInt8(truncatingIfNeeded: state >> UInt64($0 % 8 * 8)) }
    }

    static let appendedAtMs: Int64 = 1_795_000_000_000
    static let topic = "swerve.control"

    /// One row: an honest record with one thing changed, and a word of the refusal.
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        var signer = ("ops", UInt8(1))
        var header: String?
        var signedTopic = TrustPolicyTests.topic
        var signedRegistry = "r1"
        var signedKey = "http-anomaly"
        var padding = ""
        var expiresAtMs: Int64? = TrustPolicyTests.appendedAtMs + 600_000
        var appended = RecordTimestamp.appended(TrustPolicyTests.appendedAtMs)
        var isDevelopment = false
        /// Words of the refusal; nil where the record is believed.
        let refusal: String?
        var testDescription: String { what }
    }

    static let rows = [
        Row(what: "an honest record", refusal: nil),
        Row(what: "two roles are as good as one", signer: ("both", 5), refusal: nil),
        Row(what: "appended at the very end of its time", expiresAtMs: appendedAtMs, refusal: nil),
        Row(what: "unsigned", header: "", refusal: "not signed"),
        Row(what: "a header of garbage", header: "ed25519 ops !!!", refusal: "garbled"),
        Row(
            what: "a header of a megabyte", header: String(repeating: "x", count: 1 << 20),
            refusal: "garbled: 1048576 bytes"),
        Row(what: "a key that nobody knows", signer: ("mallory", 9), refusal: "key 'mallory'"),
        Row(
            what: "a key under the name of a trusted one", signer: ("ops", 9),
            refusal: "not that key's"),
        Row(what: "a key without the role", signer: ("ci", 2), refusal: "has not the role promote"),
        Row(what: "signed for another topic", signedTopic: "other", refusal: "not that key's"),
        Row(what: "signed for another registry", signedRegistry: "r2", refusal: "not that key's"),
        Row(what: "signed for another model", signedKey: "other", refusal: "not that key's"),
        Row(what: "the same JSON with other white space", padding: " ", refusal: "not that key's"),
        Row(what: "without an expiry", expiresAtMs: nil, refusal: "without a time"),
        Row(
            what: "appended after its expiry", expiresAtMs: appendedAtMs - 1,
            refusal: "to expire at 2026-11-18T11:06:39.999Z"),
        Row(what: "an expiry of long ago", expiresAtMs: .min, refusal: "to expire at 0000"),
        Row(
            what: "signed by a key revoked a moment before", signer: ("late", 3),
            refusal: "was revoked at 2026-11-18T11:06:40.000Z"),
        Row(
            what: "appended before its key was revoked", signer: ("late", 3),
            appended: .appended(appendedAtMs - 1), refusal: nil),
        Row(
            what: "a producer's own time", appended: .claimed(appendedAtMs),
            refusal: "does not say when it was appended"),
        Row(what: "no time at all", appended: .none, refusal: "does not say when it was appended"),
        Row(
            what: "a producer's own time in development", appended: .claimed(appendedAtMs),
            isDevelopment: true, refusal: nil),
        Row(
            what: "no time at all in development", appended: .none, isDevelopment: true,
            refusal: "does not say when it was appended"),
        Row(
            what: "expired in development", expiresAtMs: 5, appended: .claimed(appendedAtMs),
            isDevelopment: true, refusal: "expire"),
    ]

    static let file = TrustFile(keys: [
        TrustedKey(name: "ops", publicKey: [1], roles: [.promote]),
        TrustedKey(name: "ci", publicKey: [2], roles: [.register]),
        TrustedKey(name: "late", publicKey: [3], roles: [.promote], revokedAtMs: appendedAtMs),
        TrustedKey(name: "gone", publicKey: [4], roles: [.register], revokedAtMs: .max),
        TrustedKey(name: "both", publicKey: [5], roles: [.register, .promote]),
    ])

    private func policy(isDevelopment: Bool = false) -> TrustPolicy {
        TrustPolicy(trusted: Self.file, topic: Self.topic, isDevelopment: isDevelopment) {
            key, message, signature in
            signature == Self.sign(key.first ?? 0, message)
        }
    }

    @Test("a control record is believed or refused with its reason", arguments: rows)
    func judges(row: Row) throws {
        let made = ControlRecord(
            registry: "r1", deployment: try Examples.deployment(epoch: 12, stable: 7),
            issuedAt: "2026-11-23T18:52:00.000Z", issuedBy: row.signer.0, reason: "",
            expiresAtMs: row.expiresAtMs)
        let signature = RecordSignature(
            keyName: row.signer.0,
            bytes: Self.sign(
                row.signer.1,
                SignedMessage.controlRecord(
                    topic: row.signedTopic, registry: row.signedRegistry,
                    key: Array(row.signedKey.utf8), value: made.bytes)))
        let header = row.header ?? signature.description
        let key = Array("http-anomaly".utf8)
        let value = made.bytes + Array(row.padding.utf8)
        let announcement = Announcement(value: value, signature: header.isEmpty ? nil : header)
        let policy = policy(isDevelopment: row.isDevelopment)
        func judge() throws(SwerveError) -> String {
            try policy.believe(announcement, key: key, appended: row.appended).signer
        }
        guard let words = row.refusal else {
            #expect(try judge() == row.signer.0)
            return
        }
        let error = try #require(throws: SwerveError.self) { try judge() }
        #expect(error.code == .refused && !error.isRetryable)
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.contains("believing a record of http-anomaly"))
        #expect(error.description.utf8.count < 500)
    }

    @Test("what no trusted key signed is refused by its header and its bytes, whatever they say")
    func unsignedIsNotRead() throws {
        let key = Array("http-anomaly".utf8)
        let nested =
            Array("{\"schema\":1,\"registry\":\"r1\",\"x\":".utf8)
            + [UInt8](repeating: UInt8(ascii: "["), count: 200_000)
        let forged = RecordSignature(keyName: "ops", bytes: [UInt8](repeating: 7, count: 64))
        let cases: [(header: String?, words: String)] = [
            (nil, "it is not signed"),
            ("ed25519 ops", "garbled"),
            (forged.description, "name of key 'ops', but not its words: the JSON, byte"),
        ]
        for (header, words) in cases {
            let error = try #require(throws: SwerveError.self) {
                try policy().believe(
                    Announcement(value: nested, signature: header), key: key,
                    appended: .appended(Self.appendedAtMs))
            }
            #expect(error.code == .refused && error.description.contains(words), "\(error)")
            let mended = Problem(.recordNotBelieved, [.model: "http-anomaly"])
            #expect(error.problem == (header == nil ? mended : nil))
        }
    }

    @Test("a signed value that this swerve does not know is told as what it is")
    func newerSchema() throws {
        let key = Array("http-anomaly".utf8)
        let value = Array(#"{"schema":3,"registry":"r1","epoch":5}"#.utf8)
        let message = SignedMessage.controlRecord(
            topic: Self.topic, registry: "r1", key: key, value: value)
        let signature = RecordSignature(keyName: "ops", bytes: Self.sign(1, message))
        let announcement = Announcement(value: value, signature: signature.description)
        let signed = try policy().signed(announcement, key: key)
        #expect(signed.signer == "ops" && signed.json["epoch"] == 5)
        let error = try #require(throws: SwerveError.self) {
            try policy().believe(announcement, key: key, appended: .appended(Self.appendedAtMs))
        }
        #expect(error.code == .invalid && error.reason.contains("schema 3"))
    }

    @Test(
        "an artifact needs one signature that counts, for this model",
        arguments: [
            ([], nil, "not signed for http-anomaly"),
            ([("ci", 2, "http-anomaly")], "ci", ""),
            ([("both", 5, "http-anomaly")], "both", ""),
            ([("ops", 1, "http-anomaly")], nil, "key 'ops' has not the role register"),
            ([("gone", 4, "http-anomaly")], nil, "key 'gone' is revoked"),
            ([("ci", 2, "other")], nil, "not signed for http-anomaly"),
            ([("ci", 9, "http-anomaly")], nil, "key 'ci' did not make"),
            ([("mallory", 9, "http-anomaly")], nil, "key 'mallory' is not in the trust file"),
            ([("mallory", 9, "http-anomaly"), ("ci", 2, "http-anomaly")], "ci", ""),
        ] as [([(String, UInt8, String)], String?, String)])
    func judgesArtifacts(
        signers: [(String, UInt8, String)], by: String?, words: String
    ) throws {
        let deployed = Examples.version(7)
        let signatures = try signers.map { name, key, model in
            let model = try ModelName(model)
            let message = SignedMessage.artifact(model: model, digest: deployed.digest)
            return ArtifactSignature(
                model: model,
                signature: RecordSignature(keyName: name, bytes: Self.sign(key, message)))
        }
        let model = try Examples.model()
        guard let by else {
            let error = try #require(throws: SwerveError.self) {
                try policy().judge(signatures, of: deployed, model: model)
            }
            #expect(error.description.contains(words), "\(error)")
            #expect(
                error.problem == Problem(.artifactNotTrusted, [.version: "http-anomaly@7"]))
            return
        }
        #expect(try policy().judge(signatures, of: deployed, model: model) == by)
    }
}
