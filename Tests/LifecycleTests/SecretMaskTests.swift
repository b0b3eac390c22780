import Lifecycle
import Testing

@Suite("Secrets that nobody should see")
struct SecretMaskTests {
    @Test(
        "settings that hold a secret",
        arguments: [
            "sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem",
            "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config",
            "sasl.jaas.config", "SASL.PASSWORD", "ssl.truststore.password", "x.api.token",
            "sasl.oauthbearer.assertion.private.key.passphrase",
            "sasl.oauthbearer.assertion.private.key.pem",
        ])
    func secret(key: String) {
        #expect(SecretMask.shown("hunter2", of: key) == "***")
    }

    @Test(
        "and settings that hold none",
        arguments: [
            "sasl.username", "sasl.mechanism", "ssl.ca.pem", "ssl.key.location", "group.id",
            "ssl.keystore.location", "sasl.oauthbearer.assertion.private.key.file",
            "sasl.oauthbearer.token.endpoint.url", "bootstrap.servers", "fetch.min.bytes",
        ])
    func open(key: String) {
        #expect(SecretMask.shown("hunter2", of: key) == "hunter2")
    }

    @Test(
        "addresses lose the user and the password, whatever their setting is called",
        arguments: [
            ("https://u:pw@host/x?a=b@c", "https://***@host/x?***"),
            ("SASL_SSL://u:p@ss@h:1,PLAINTEXT://h:2", "SASL_SSL://***@h:1,PLAINTEXT://h:2"),
            ("u:pw@h:9092,h2:9092", "***@h:9092,h2:9092"), ("h:9092", "h:9092"),
            ("someone@example.org", "someone@example.org"), ("", ""),
        ])
    func addresses(value: String, shown: String) {
        #expect(SecretMask.shown(value, of: "bootstrap.servers") == shown)
    }

    @Test("a private key is masked under any name, and secrets inside a message")
    func everywhere() {
        let key = "-----BEGIN PRIVATE KEY-----\nabc"
        #expect(SecretMask.shown(key, of: "client.id") == "***")
        let settings = ["sasl.password": "hunter2", "client.id": "me"]
        #expect(
            SecretMask.shown("me: 'hunter2' refused", hiding: settings) == "me: '***' refused")
    }
}

@Suite("The nearest word")
struct NearestWordTests {
    static let known = ["promote", "rollback", "status", "state", "limits.drain_ms", "model"]

    @Test(
        "is found by a slip of the fingers, and nothing by another word",
        arguments: [
            ("prmote", "promote"), ("promtoe", "promote"), ("Rolback", "rollback"),
            ("statsu", "status"), ("stat", "state"), ("limits.drian_ms", "limits.drain_ms"),
            ("modle", "model"), ("banana", nil), ("x", nil), ("", nil),
            (String(repeating: "m", count: 10_000), nil),
        ])
    func nearest(word: String, expected: String?) {
        #expect(NearestWord.find(word, among: Self.known) == expected)
    }
}
