import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Tokens for OAUTHBEARER, which Swerve fetches under librdkafka's own settings.
@Suite("Token source", .blocking, .enabled(if: WebServer.isPossible))
struct TokenSourceTests {
    private let folder: TemporaryFolder
    private let server: WebServer

    init() throws {
        folder = try TemporaryFolder()
        server = try WebServer(folder.path(""))
    }

    private func settings(
        _ path: String, secret: String = "s3=cret", bootstrap: String = "127.0.0.1:1"
    ) throws -> KafkaSettings {
        KafkaSettings([
            "bootstrap.servers": bootstrap, "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.client.id": "swerve",
            "sasl.oauthbearer.client.secret_file": try folder.write("secret", secret),
            "sasl.oauthbearer.token.endpoint.url": server.url(path),
        ])
    }

    private func failure(_ settings: KafkaSettings) throws -> SwerveError {
        try #require(throws: SwerveError.self) {
            let administrator = try TopicAdministrator(settings: settings) { _, _ in }
            defer { administrator.close() }
            _ = try administrator.partitionCounts(of: ["in"], timeoutMs: 3_000)
        }
    }

    @Test("a handle asks for its token by itself, and again before the last one is over")
    func refreshed() throws {
        let administrator = try TopicAdministrator(settings: settings("token:5/x")) { _, _ in }
        defer { administrator.close() }
        for _ in 0..<2 {
            let request = try server.next()
            #expect(request.method == "POST" && request.sent > 100)
            #expect(request.authorization?.hasPrefix("Basic ") == true)
        }
    }

    @Test("an endpoint that is out of reach passes, and is named")
    func away() throws {
        let error = try failure(settings("status:503/x"))
        #expect(error.code == .unavailable, "\(error)")
        #expect(error.reason.contains("503") && error.reason.contains("\(server.port)"), "\(error)")
    }

    @Test(
        "an endpoint that goes away, at the start or later, is asked again until it gives a token",
        arguments: [0, 1])
    func awayAndBack(missed: Int) throws {
        let administrator = try TopicAdministrator(settings: settings("token:5:\(missed)/x")) {
            _, _ in
        }
        defer { administrator.close() }
        var isGiven: [Bool] = []
        for _ in 0..<(missed + 2) { isGiven.append(try server.next().sent > 100) }
        #expect(isGiven == (0..<(missed + 2)).map { $0 != missed })
    }

    @Test("a client that is refused is told as one, without the secret")
    func refused() throws {
        let error = try failure(settings("token:600/x", secret: "hunter2"))
        #expect(error.code == .refused && error.reason.contains("401"), "\(error)")
        #expect(!error.description.contains("hunter2"))
    }

    @Test("its settings are taken one by one, also by a librdkafka without OIDC")
    func checked() throws {
        var settings = try settings("token:600/x")
        settings["https.ca.location"] = "/etc/ca.pem"
        try settings.check(act: "checking")
    }

    @Test("what is missing is named before anything connects")
    func missing() throws {
        for key in [
            "sasl.oauthbearer.client.id", "sasl.oauthbearer.client.secret_file",
            "sasl.oauthbearer.token.endpoint.url",
        ] {
            var settings = try settings("token:600/x")
            settings[key] = nil
            let error = try failure(settings)
            #expect(error.code == .usage && error.reason.contains(key.prefix(30)), "\(error)")
        }
    }
}

/// Passwords out of files.
@Suite("Secrets of handles", .blocking)
struct HandleSecretTests {
    @Test("a file's secret is the setting's, as it is when the handle is made")
    func file() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("password", "one\n")
        let settings = KafkaSettings(["sasl.password_file": path, "client.id": "me"])
        #expect(
            try settings.withSecrets(act: "testing").values
                == ["sasl.password": "one", "client.id": "me"])
        try folder.write("password", "two\n")
        #expect(try settings.withSecrets(act: "testing")["sasl.password"] == "two")
        try settings.check(act: "checking")
        #expect {
            _ = try KafkaSettings(["sasl.password_file": folder.path("none")])
                .withSecrets(act: "testing")
        } throws: { error in
            code(error) == .unavailable && "\(error)".contains("sasl.password")
        }
        #expect {
            try KafkaSettings(["sasl.username_file": path]).check(act: "checking")
        } throws: {
            code($0) == .usage
        }
    }

    @Test("a password that its file changed meanwhile is the one that counts")
    func renewed() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("password", "one")
        let settings = KafkaSettings(["sasl.password_file": path])
        var credentials = Credentials(
            settings, try settings.withSecrets(act: "testing").values)
        let unchanged = credentials.renew()
        try folder.write("password", "two")
        let (changed, again) = (credentials.renew(), credentials.renew())
        #expect((unchanged, changed, again) == (false, true, false))
    }

    @Test("SCRAM of an older librdkafka is named where the credentials are refused")
    func scram() {
        let remark = Credentials(KafkaSettings(), ["sasl.mechanism": "SCRAM-SHA-256"]).remark
        #expect(remark.contains("librdkafka#4895") == LibrdkafkaVersion.present.hasForeignScram)
        #expect(Credentials(KafkaSettings(), ["sasl.mechanism": "PLAIN"]).remark.isEmpty)
    }
}
