import Lifecycle
import TestSupport
import Testing

@testable import Transfer

@Suite("Access tokens")
struct AccessTokenTests {
    private func token(_ answer: String) throws -> AccessToken {
        try AccessToken(parsing: Array(answer.utf8), nowMs: 1_000_000, act: "asking")
    }

    // {"sub":"me","exp":2000}
    private let signed = "e30.eyJzdWIiOiJtZSIsImV4cCI6MjAwMH0.x"

    @Test("its time is what the answer says, else what it says itself; so is its subject")
    func read() throws {
        let opaque = try token(#"{"access_token":"abc","expires_in":60,"token_type":"Bearer"}"#)
        #expect((opaque.text, opaque.expiresAtMs, opaque.subject) == ("abc", 1_060_000, nil))
        let own = try token(#"{"access_token":"\#(signed)"}"#)
        #expect((own.expiresAtMs, own.subject) == (2_000_000, "me"))
        let text = try token(#"{"access_token":"\#(signed)","expires_in":"60"}"#)
        #expect(text.expiresAtMs == 1_060_000)
    }

    @Test(
        "what is no token that can be used is refused, and not repeated",
        arguments: [
            "", "hunter2", "[]", "{}", #"{"access_token":7}"#, #"{"access_token":""}"#,
            #"{"access_token":"hunter2"}"#, #"{"access_token":"hunter2","expires_in":0}"#,
            #"{"access_token":"hunter2","expires_in":-1}"#,
            #"{"access_token":"hunter2","expires_in":1e300}"#,
            #"{"access_token":"hunter2 x","expires_in":60}"#,
            #"{"access_token":"hunter2\r\nX: y","expires_in":60}"#,
        ])
    func refused(answer: String) {
        #expect {
            _ = try token(answer)
        } throws: { error in
            code(error) == .invalid && !"\(error)".contains("hunter2")
        }
    }
}

@Suite(
    "Client credentials", .blocking, .enabled(if: WebServer.isPossible && TestAuthority.isPossible))
struct ClientCredentialsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func credentials(
        _ url: String, secret: String = "s3=cret", caFile: String? = nil
    ) throws -> ClientCredentials {
        var connection = WebConnection()
        connection.caFile = caFile
        return try ClientCredentials(
            endpoint: url, connection: connection, id: "swerve", secret: secret, scope: "a b",
            act: "configuring")
    }

    @Test("a token is asked for as RFC 6749 says, over TLS")
    func fetch() throws {
        let authority = try TestAuthority(folder)
        let server = try WebServer(folder.path(""), identity: authority.identity("server"))
        let token = try credentials(server.url("token:600/x"), caFile: authority.ca)
            .fetch { false }
        #expect(token.subject == "worker")
        let request = try server.next()
        #expect(request.method == "POST")
        #expect(request.body == "grant_type=client_credentials&scope=a%20b")
    }

    @Test("a refusal, an outage and a redirect are told as what they are, without the secret")
    func faults() throws {
        let server = try WebServer(folder.path(""))
        for (url, secret, expected) in [
            (server.url("token:600/x"), "hunter2", SwerveError.Code.refused),
            (server.url("status:503/x"), "hunter2", .unavailable),
            (server.url("status:404/x"), "hunter2", .notFound),
            (server.url("redirect:307:1/x"), "hunter2", .refused),
            ("http://127.0.0.1:1/x", "hunter2", .unavailable),
        ] {
            #expect {
                _ = try credentials(url, secret: secret).fetch { false }
            } throws: { error in
                code(error) == expected && !"\(error)".contains("hunter2")
                    && "\(error)".contains("127.0.0.1")
            }
        }
    }

    @Test("the secret is not told without TLS but to this machine")
    func plain() {
        for url in ["http://h.example/token", "file:///token"] {
            #expect {
                _ = try credentials(url)
            } throws: {
                code($0) == .usage
            }
        }
    }
}
