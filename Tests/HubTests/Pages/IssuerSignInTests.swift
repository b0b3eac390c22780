import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing
import Web

@testable import Hub

/// Signing in at an issuer, as a browser does it.
@Suite(
    "signing in at an issuer", .blocking,
    .enabled(if: TestIssuer.isPossible, "openssl is not here"))
struct IssuerSignInTests {
    private let issuer: TestIssuer
    private let server: IssuerServer

    init() throws {
        issuer = try TestIssuer()
        server = try IssuerServer(issuer.keySet)
    }

    private func scene(secret: String? = "s&cret") throws -> PageScene {
        var settings = IssuerSettings(
            issuer: server.issuer, audience: "api", claim: "groups", nameClaim: "email",
            rules: [try .init("ml=promoter")])
        settings.signIn = .init(
            clientID: "swerve hub", secret: secret, scopes: ["openid", "groups"],
            publicURL: "http://localhost")
        return try PageScene(isOpen: false, issuer: settings)
    }

    /// What a browser has once it was sent to the issuer.
    private struct Begun {
        let cookie: String
        let fields: [String: String]
        var state: String { fields["state"] ?? "" }
        var nonce: String { fields["nonce"] ?? "" }
    }

    private func begin(_ scene: PageScene, next: String = "/fleet") throws -> Begun {
        while true {
            let answer = try scene.ask("GET", "/sign-in/issuer?next=\(next.percentEncoded)")
            // Until the hub has asked the issuer where that is.
            guard answer.status == 303 else {
                guard answer.status == 503 else { throw Failure.unexpected(answer.body) }
                continue
            }
            let address = try #require(answer.field("Location"))
            #expect(address.hasPrefix("\(server.issuer)/authorize?kc=1&response_type=code&"))
            var fields: [String: String] = [:]
            for part in address.split(separator: "?")[1].split(separator: "&") {
                let sides = part.split(separator: "=", maxSplits: 1)
                fields[String(sides[0])] =
                    sides.count > 1 ? String(sides[1]).removingPercentEncoding : ""
            }
            return Begun(cookie: try #require(answer.cookie), fields: fields)
        }
    }

    private enum Failure: Error { case unexpected(String) }

    private func claims(_ nonce: String, _ changes: [String: JSONValue] = [:]) -> JSONValue {
        var fields: [String: JSONValue] = [
            "iss": .string(server.issuer), "aud": "swerve hub", "sub": "0815",
            "email": "ada@example.org", "exp": .int(WallClock.nowMs / 1_000 + 60),
            "nonce": .string(nonce), "groups": ["ml"],
        ]
        for (name, value) in changes { fields[name] = value == .null ? nil : value }
        return .object(fields)
    }

    private func back(
        _ scene: PageScene, _ begun: Begun, code: String = "c0de", cookie: String? = nil
    ) throws -> PageScene.Answer {
        try scene.ask(
            "GET", "/sign-in/callback?code=\(code)&state=\(begun.state.percentEncoded)",
            cookie: cookie ?? begun.cookie, fields: ["Sec-Fetch-Site: cross-site"])
    }

    @Test("who signs in there has a session here, by a code that nobody else could use")
    func signIn() throws {
        let scene = try scene()
        let page = try scene.ask("GET", "/fleet")
        #expect(page.status == 401 && page.body.contains("Sign in with"), "\(page.body)")
        #expect(page.body.contains("href=\"/sign-in/issuer?next=%2Ffleet\""))
        let begun = try begin(scene)
        #expect(begun.fields["client_id"] == "swerve hub")
        #expect(begun.fields["redirect_uri"] == "http://localhost/sign-in/callback")
        #expect(begun.fields["scope"] == "openid groups")
        #expect(begun.fields["code_challenge_method"] == "S256")
        let token = try issuer.token(.ec, claims(begun.nonce))
        let challenge = begun.fields["code_challenge"]
        let asked = Guarded(0)
        server.answer { form, authorization in
            asked.withLock { $0 += 1 }
            let hash = ContentHash.sha256(Array((form["code_verifier"] ?? "").utf8))
            let basic = Data("swerve%20hub:s%26cret".utf8).base64EncodedString()
            guard form["grant_type"] == "authorization_code", form["code"] == "c0de",
                form["redirect_uri"] == "http://localhost/sign-in/callback",
                Base64URL.text(Array(hash.bytes)) == challenge, form["client_secret"] == nil,
                authorization == "Basic \(basic)"
            else { return (400, ["error": "invalid_grant"]) }
            return (200, ["id_token": .string(token), "access_token": "x", "token_type": "Bearer"])
        }
        let done = try back(scene, begun)
        #expect(done.status == 303 && done.field("Location") == "/fleet", "\(done)")
        let cookie = try #require(done.cookie)
        #expect(cookie != begun.cookie)
        let shown = try scene.ask("GET", "/models/http-anomaly", cookie: cookie)
        #expect(shown.status == 200 && shown.body.contains("ada@example.org (oidc)"))
        #expect(shown.body.contains("acts/"), "a promoter is offered acts")
        // The id from before the sign-in is nobody's, and the state is used up.
        #expect(try scene.ask("GET", "/", cookie: begun.cookie).status == 401)
        #expect(try back(scene, begun).status == 401)
        #expect(asked.withLock { $0 } == 1)
    }

    @Test("a client without a secret says who it is by the form")
    func publicClient() throws {
        let scene = try scene(secret: nil)
        let begun = try begin(scene, next: "//evil.example/")
        let token = try issuer.token(.edwards, claims(begun.nonce))
        server.answer { form, authorization in
            guard form["client_id"] == "swerve hub", authorization == nil else { return (401, [:]) }
            return (200, ["id_token": .string(token)])
        }
        let done = try back(scene, begun)
        #expect(done.status == 303 && done.field("Location") == "/", "\(done)")
    }

    @Test("a token that is not of this sign-in, or not for this hub, lets nobody in")
    func wrongTokens() throws {
        let scene = try scene()
        let stranger = try TestIssuer()
        let cases: [(String, [String: JSONValue], TestIssuer)] = [
            ("another sign-in", ["nonce": "other"], issuer),
            ("another sign-in", ["nonce": .null], issuer),
            ("somebody else", ["aud": "api"], issuer),
            ("somebody else", ["azp": "other"], issuer),
            ("somebody else", ["aud": ["swerve hub", "api"]], issuer),
            ("time is over", ["exp": 1], issuer),
            ("another issuer", ["iss": "https://other.example"], issuer),
            ("does not hold", [:], stranger),
            ("has no role here", ["groups": []], issuer),
        ]
        for (words, changes, signer) in cases {
            let begun = try begin(scene)
            let token = try signer.token(.edwards, claims(begun.nonce, changes))
            server.answer { _, _ in (200, ["id_token": .string(token)]) }
            let answer = try back(scene, begun)
            #expect(answer.status == 401 || answer.status == 403, "\(words): \(answer.head)")
            #expect(answer.body.contains(words), "\(words): \(answer.body)")
            #expect(try scene.ask("GET", "/", cookie: begun.cookie).status == 401)
        }
        let begun = try begin(scene)
        let token = try issuer.token(
            .edwards, claims(begun.nonce, ["aud": ["swerve hub", "api"], "azp": "swerve hub"]))
        server.answer { _, _ in (200, ["id_token": .string(token)]) }
        #expect(try back(scene, begun).status == 303)
    }

    @Test("an issuer that refuses, fails, or sends elsewhere is told, and its markup is text")
    func wrongAnswers() throws {
        let scene = try scene()
        let cases: [(Int, JSONValue, Int, String)] = [
            (400, ["error": "invalid_grant"], 409, "it refuses the code"),
            (302, [:], 409, "nobody else is told the code"), (500, [:], 503, "500"),
            (200, [:], 422, "no id_token"), (200, ["id_token": 7], 422, "no id_token"),
            (200, ["id_token": "a.b.c"], 401, "neither a token"),
        ]
        for (status, document, wanted, words) in cases {
            let begun = try begin(scene)
            server.answer { _, _ in (status, document) }
            let answer = try back(scene, begun)
            #expect(answer.status == wanted, "\(status): \(answer.head)")
            #expect(answer.body.contains(words), "\(words): \(answer.body)")
        }
        let begun = try begin(scene)
        let words = "<script>alert(1)</script>\u{202E}".percentEncoded
        let denied = try scene.ask(
            "GET",
            "/sign-in/callback?error=access_denied&error_description=\(words)"
                + "&state=\(begun.state.percentEncoded)", cookie: begun.cookie)
        #expect(denied.status == 401 && denied.body.contains("access_denied"))
        #expect(!denied.body.contains("<script>alert") && !denied.body.contains("\u{202E}"))
    }

    @Test("a state of another browser, a made up one, and none are refused before anybody is asked")
    func strangers() throws {
        let scene = try scene()
        let asked = Guarded(0)
        server.answer { _, _ in
            asked.withLock { $0 += 1 }
            return (500, [:])
        }
        let (mine, theirs) = (try begin(scene), try begin(scene))
        #expect(try back(scene, theirs, cookie: mine.cookie).status == 401)
        for query in ["", "?code=x", "?state=a.b&code=x", "?state=\(mine.state)"] {
            #expect(
                try scene.ask("GET", "/sign-in/callback\(query)", cookie: mine.cookie).status
                    == 401, "\(query)")
        }
        let other = try begin(scene)
        let mixed = try scene.ask(
            "GET", "/sign-in/callback?code=x&iss=https%3A%2F%2Fevil.example&state=\(other.state)",
            cookie: other.cookie)
        #expect(mixed.status == 401 && mixed.body.contains("another issuer answered"))
        #expect(asked.withLock { $0 } == 0)
    }

    @Test("whoever fails again and again keeps nobody out that has the same address, as by a proxy")
    func oneAddress() throws {
        let scene = try scene()
        for _ in 0..<20 {
            #expect(try scene.ask("GET", "/sign-in/callback?code=x").status == 401)
            let own = try begin(scene)
            let denied = "/sign-in/callback?error=access_denied&state=\(own.state)"
            #expect(try scene.ask("GET", denied, cookie: own.cookie).status == 401)
        }
        let begun = try begin(scene)
        let token = try issuer.token(.edwards, claims(begun.nonce))
        server.answer { _, _ in (200, ["id_token": .string(token)]) }
        #expect(try back(scene, begun).status == 303)
    }

    @Test("where nobody signs in at an issuer there is no such page, and no word of it")
    func none() throws {
        let scene = try PageScene(isOpen: false)
        #expect(try !scene.ask("GET", "/sign-in").body.contains("Sign in with"))
        for path in ["/sign-in/issuer", "/sign-in/callback"] {
            #expect(try scene.ask("GET", path).status == 404)
        }
    }
}
