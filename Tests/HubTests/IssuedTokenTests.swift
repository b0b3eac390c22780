import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing
import Web

@testable import Hub

/// Tokens of an issuer: what is believed, and what is not.
@Suite(
    "tokens that an issuer signed", .blocking,
    .enabled(if: TestIssuer.isPossible, "openssl is not here"))
struct IssuedTokenTests {
    private let issuer: TestIssuer
    private let keys: IssuerKeys
    private let now: Int64 = 1_800_000_000_000

    init() throws {
        issuer = try TestIssuer()
        keys = try IssuerKeys(issuer.keySet, act: "reading keys")
    }

    private static func settings(_ issuer: String = "https://id.example") throws -> IssuerSettings {
        IssuerSettings(
            issuer: issuer, audience: "swerve", claim: "groups", nameClaim: "email",
            rules: [
                try .init("ml=promoter:http-*"), try .init("ml=reader"), try .init("root=admin"),
            ])
    }

    private func claims(_ changes: [String: JSONValue] = [:]) -> JSONValue {
        var fields: [String: JSONValue] = [
            "iss": "https://id.example", "aud": "swerve", "sub": "0815",
            "email": "ada@example.org", "exp": .int(now / 1_000 + 300), "groups": ["ml", "other"],
        ]
        for (name, value) in changes { fields[name] = value == .null ? nil : value }
        return .object(fields)
    }

    private func isSigned(_ text: String) throws -> Bool {
        let token = try SignedToken(text)
        return keys.candidates(id: token.keyID, token.algorithm)
            .contains { $0.isValid(token.signature, over: token.message) }
    }

    @Test(
        "what it signed with any of its keys is known to be its",
        arguments: ["rsa", "ec", "edwards"])
    func signed(name: String) throws {
        let kind = try #require(TestIssuer.Kind(rawValue: name))
        let text = try issuer.token(kind, claims())
        #expect(try isSigned(text))
        #expect(try SignedToken(text).claims() == claims())
        // Any letter of it is another token.
        let letters = Array(text)
        for place in stride(from: 0, to: letters.count, by: 7) where letters[place] != "." {
            var other = letters
            other[place] = other[place] == "A" ? "B" : "A"
            let isTaken = (try? isSigned(String(other))) ?? false
            #expect(!isTaken, "letter \(place)")
        }
        let (stranger, parts) = (try TestIssuer(), text.split(separator: "."))
        #expect(try !isSigned(stranger.token(kind, claims())))
        let zero = Base64URL.text(Array(repeating: 0, count: kind == .rsa ? 256 : 64))
        #expect(try !isSigned("\(parts[0]).\(parts[1]).\(zero)"))
        #expect(try !isSigned("\(parts[0]).\(parts[1])."))
    }

    @Test(
        "an algorithm without a key of the issuer's is none",
        arguments: ["none", "HS256", "RS512", "PS256", "rs256", ""])
    func algorithms(name: String) throws {
        let text = try issuer.token(.rsa, claims(), header: ["alg": .string(name), "kid": "rsa"])
        #expect(throws: SwerveError.self) { try SignedToken(text) }
    }

    @Test("a key is good for its own algorithm alone")
    func confusion() throws {
        let header: JSONValue = ["alg": "ES256", "kid": "rsa"]
        #expect(try !isSigned(issuer.token(.rsa, claims(), header: header)))
        let other: JSONValue = ["alg": "RS256", "kid": "ec"]
        #expect(try !isSigned(issuer.token(.rsa, claims(), header: other)))
        #expect(try isSigned(issuer.token(.rsa, claims(), header: ["alg": "RS256"])))
        #expect(try !isSigned(issuer.token(.rsa, claims(), header: ["alg": "RS256", "kid": "x"])))
    }

    @Test("what is no token is refused before anything is looked up")
    func nonsense() throws {
        let good = try issuer.token(.edwards, claims())
        let parts = good.split(separator: ".").map(String.init)
        let crit: JSONValue = ["alg": "EdDSA", "crit": ["b64"], "b64": false]
        let texts = [
            "", ".", "..", "a.b.c", "\(good).", "\(parts[0]).\(parts[1])", good + "=",
            "e30.e30.e30", String(repeating: "a", count: 20_000),
            try issuer.token(.edwards, claims(), header: crit),
            try issuer.token(.edwards, claims(), header: ["alg": "EdDSA", "kid": 7]),
            try issuer.token(.edwards, claims(), header: ["alg": ["EdDSA"]]),
        ]
        for text in texts {
            #expect(throws: SwerveError.self, "\(text.prefix(40))") { try SignedToken(text) }
        }
        let list = try SignedToken(try issuer.token(.edwards, ["not", "claims"]))
        #expect(throws: SwerveError.self) { try list.claims() }
    }

    @Test("the claim says what somebody may, by each value that it has")
    func roles() throws {
        let reader = IssuedClaims(settings: try Self.settings())
        guard case .subject(let subject) = reader.outcome(of: claims(), atMs: now) else {
            Issue.record("it is not taken")
            return
        }
        #expect(subject.name == "ada@example.org (oidc)" && subject.role == .promoter)
        #expect(subject.may(.promoter, on: "http-a") && !subject.may(.promoter, on: "login"))
        #expect(subject.sees("login"))
        #expect(subject.credential == .issued(untilMs: now + 360_000))
        let others: [JSONValue] = ["other", [], ["ML"], .null, ["ml "], 7, ["x": "ml"]]
        for groups in others {
            let outcome = reader.outcome(of: claims(["groups": groups]), atMs: now)
            guard case .withoutRole = outcome else {
                Issue.record("\(groups.text) gives a role: \(outcome)")
                continue
            }
        }
        var settings = try Self.settings()
        settings.claim = "realm.roles"
        let inside = claims(["realm": ["roles": ["root"]]])
        guard
            case .subject(let admin) = IssuedClaims(settings: settings)
                .outcome(of: inside, atMs: now)
        else {
            Issue.record("a claim inside of another is not found")
            return
        }
        #expect(admin.may(.admin, on: nil))
    }

    @Test("a token for somebody else, of another time or without a name does not hold")
    func claimsRefused() throws {
        let reader = IssuedClaims(settings: try Self.settings())
        let seconds = now / 1_000
        let cases: [([String: JSONValue], String)] = [
            (["iss": "https://id.example/"], "token-unknown"), (["iss": .null], "token-unknown"),
            (["aud": "other"], "token-audience"), (["aud": ["a", "b"]], "token-audience"),
            (["aud": .null], "token-audience"), (["exp": .null], "token-malformed"),
            (["exp": "soon"], "token-malformed"), (["exp": .double(1e300)], "token-malformed"),
            (["exp": .int(seconds - 60)], "token-expired"), (["exp": -5], "token-malformed"),
            (["nbf": .int(seconds + 61)], "token-early"), (["nbf": "x"], "token-early"),
            (["email": .null], "token-malformed"), (["email": ""], "token-malformed"),
            (["email": "a\u{202E}b"], "token-malformed"), (["email": "a\nb"], "token-malformed"),
            (
                ["email": .string(String(repeating: "x", count: 201))], "token-malformed"
            ),
        ]
        for (changes, code) in cases {
            let outcome = reader.outcome(of: claims(changes), atMs: now)
            guard case .refused(let given, _) = outcome else {
                Issue.record("\(JSONValue.object(changes).text): \(outcome)")
                continue
            }
            #expect(given == code, "\(JSONValue.object(changes).text)")
        }
        let taken: [[String: JSONValue]] = [
            ["aud": ["a", "swerve"]], ["exp": .int(seconds - 59)], ["nbf": .int(seconds + 60)],
            ["exp": .double(Double(seconds) + 0.5)],
        ]
        for changes in taken {
            guard case .subject = reader.outcome(of: claims(changes), atMs: now) else {
                Issue.record("\(JSONValue.object(changes).text) is refused")
                continue
            }
        }
    }

    @Test("keys that are of no use are passed over, and a set of none is refused")
    func keySets() throws {
        let good = try #require(issuer.keySet["keys"]?.array)
        var entry = try #require(good[0].object)
        func isRefused(_ keys: JSONValue) -> Bool {
            (try? IssuerKeys(["keys": keys], act: "x")) == nil
        }
        #expect(isRefused([]) && isRefused(["x", 7]) && isRefused("x"))
        #expect((try? IssuerKeys([:], act: "x")) == nil)
        for (field, value) in [
            ("use", "enc"), ("alg", "RS512"), ("e", "AQ"), ("e", "AA"), ("e", ""), ("n", "AQAB"),
            ("kty", "oct"), ("n", "!!"),
        ] as [(String, String)] {
            var other = entry
            other[field] = .string(value)
            #expect(isRefused([.object(other)]), "\(field)=\(value)")
        }
        entry["n"] = .string(Base64URL.text(Array(repeating: 0xFF, count: 2_000)))
        #expect(isRefused([.object(entry)]))
        var point = try #require(good[1].object)
        point["y"] = point["x"]
        #expect(isRefused([.object(point)]), "a point that is not on the curve")
        #expect(!isRefused(["x", .object(point), good[2]]))
    }

    @Test("rules are read as they are written")
    func rules() throws {
        let rule = try IssuerSettings.Rule("urn:x=y:team=registrar:http-*")
        #expect(rule.value == "urn:x=y:team" && rule.grant.role == .registrar)
        #expect(rule.grant.models.description == "http-*")
        for text in ["", "=reader", "x", "x=", "x=king", "x=reader:", "x=reader:A"] {
            #expect(throws: SwerveError.self, "\(text)") { try IssuerSettings.Rule(text) }
        }
    }

    @Test("unknown keys have the issuer asked at a bounded rate, and failures more and more seldom")
    func schedule() {
        var schedule = FetchSchedule()
        #expect(schedule.wait(at: 1_000) == 0)
        schedule.fetched(isDone: true, at: 1_000)
        #expect(schedule.wait(at: 1_000) == 600_000)
        let isWanted = schedule.want(at: 2_000)
        #expect(isWanted && schedule.wait(at: 2_000) == 0)
        let isStillWanted = schedule.want(at: 2_001)
        #expect(isStillWanted, "it is about to be done")
        schedule.fetched(isDone: true, at: 3_000)
        let isWantedAgain = schedule.want(at: 4_000)
        #expect(!isWantedAgain && schedule.wait(at: 4_000) == 599_000)
        let isWantedLater = schedule.want(at: 32_000)
        #expect(isWantedLater)
        var pauses: [Int64] = []
        for _ in 0..<9 {
            schedule.fetched(isDone: false, at: 0)
            pauses.append(schedule.wait(at: 0))
        }
        #expect(pauses == [2, 4, 8, 16, 32, 64, 128, 128, 128].map { $0 * 1_000 })
    }

    // MARK: - A hub that takes them

    /// Asks until the keys are there.
    private func ask(_ running: Running, _ token: String, _ path: String) throws -> Running.Answer {
        while true {
            let answer = try running.ask("GET", path, fields: ["Authorization: Bearer \(token)"])
            guard answer.status == 503 else { return answer }
            #expect(answer.document["code"] == "issuer-away")
            #expect(answer.head.contains("Retry-After: 1"))
        }
    }

    @Test("a hub takes an issuer's tokens, and new keys of it once a token names one")
    func hub() throws {
        let server = try IssuerServer(issuer.keySet)
        let running = try Running(isOpen: false, issuer: try Self.settings(server.issuer))
        let fresh: [String: JSONValue] = [
            "iss": .string(server.issuer), "exp": .int(WallClock.nowMs / 1_000 + 300),
        ]
        let token = try issuer.token(.rsa, claims(fresh))
        let who = try ask(running, token, "/v1/whoami")
        #expect(who.status == 200 && who.document["name"] == "ada@example.org (oidc)", "\(who)")
        #expect(try ask(running, token, "/v1/tokens").status == 403)
        let nobody = claims(fresh.merging(["groups": []]) { $1 })
        let roleless = try ask(running, try issuer.token(.ec, nobody), "/v1/whoami")
        #expect(roleless.status == 403 && roleless.document["code"] == "right-lacking")
        let other = try TestIssuer()
        let forged = try ask(running, try other.token(.rsa, claims(fresh)), "/v1/whoami")
        #expect(forged.status == 401 && forged.document["code"] == "token-unknown")
        #expect(server.count == 1)
        // The issuer changes its keys, and names the new ones otherwise.
        server.tell(["keys": .array([Self.renamed(other.keySet, to: "newer")])])
        let header: JSONValue = ["alg": "RS256", "kid": "newer"]
        let newer = try other.token(.rsa, claims(fresh), header: header)
        #expect(try ask(running, newer, "/v1/whoami").status == 200)
        #expect(try ask(running, token, "/v1/whoami").status == 401)
        #expect(server.count == 2)
        let unknown = try other.token(.rsa, claims(fresh), header: ["alg": "RS256", "kid": "x"])
        #expect(try ask(running, unknown, "/v1/whoami").status == 401)
        #expect(server.count == 2)
    }

    @Test("a person has one turn with all tokens and sessions, unknown tokens have their address's")
    func turns() throws {
        let server = try IssuerServer(issuer.keySet)
        let tokens = try TokenIssuer(try Self.settings(server.issuer)) { _ in }
        tokens.start()
        defer { tokens.stop() }
        let gate = PageGate(
            HubAccess(
                isOpen: false,
                desk: TokenDesk(
                    registry: { () throws(SwerveError) in
                        throw SwerveError(.system, act: "reading", reason: "there is none")
                    }, issuer: tokens)))
        func request(_ name: String, _ value: String, from peer: String) -> HTTPRequest {
            HTTPRequest(
                method: "GET", path: "/v1/models", fields: HTTPFields([(name, value)]), peer: peer)
        }
        func client(_ token: String, from peer: String = "192.0.2.1") -> String {
            gate.client(request("authorization", "Bearer \(token)", from: peer))
        }
        func token(_ name: String, _ number: Int64) throws -> String {
            try issuer.token(
                .rsa,
                claims([
                    "iss": .string(server.issuer), "email": .string(name),
                    "exp": .int(WallClock.nowMs / 1_000 + 300 + number),
                ]))
        }
        /// Once the keys are there.
        func show(_ token: String) {
            while true {
                guard case .refused(let problem) = gate.access.subject(ofToken: token, from: "x"),
                    problem.status == 503
                else { return }
            }
        }
        let (ada, again, bob) = (
            try token("ada", 1), try token("ada", 2), try token("bob", 1)
        )
        // Nobody has shown them yet, and whoever thinks some up has no more turns by it.
        #expect(client(ada) == client("thought-up") && client(ada) == client("another"))
        #expect(client(ada) != client(ada, from: "192.0.2.2"))
        #expect(client("x", from: "2001:db8:1:2::3") == client("y", from: "2001:db8:1:2::4"))
        for token in [ada, again, bob] { show(token) }
        #expect(client(ada) == client(again, from: "192.0.2.9"))
        #expect(client(ada) != client(bob) && client(ada) != client("thought-up"))
        let visit = gate.signIn(token: again, request("host", "localhost", from: "192.0.2.7"))
        #expect(
            gate.client(request("cookie", "swerve=\(visit.id)", from: "192.0.2.8")) == client(ada))
        #expect(
            gate.client(request("cookie", "swerve=\(RandomText.make())", from: "192.0.2.1"))
                == client("thought-up"))
    }

    @Test("an issuer that calls itself otherwise, or comes over plain http, is none")
    func wrongIssuers() throws {
        let server = try IssuerServer(issuer.keySet, callsItself: "https://evil.example")
        let running = try Running(isOpen: false, issuer: try Self.settings(server.issuer))
        let fresh: [String: JSONValue] = [
            "iss": .string(server.issuer), "exp": .int(WallClock.nowMs / 1_000 + 300),
        ]
        // Before it was asked, nothing is known of it.
        running.wait { (words: String) in words.contains("the issuer of tokens") }
        let answer = try running.ask(
            "GET", "/v1/whoami",
            fields: ["Authorization: Bearer \(issuer.token(.rsa, claims(fresh)))"])
        #expect(answer.status == 503 && answer.document["code"] == "issuer-away")
        #expect(throws: SwerveError.self) {
            try Running(isOpen: false, issuer: try Self.settings("http://id.example"))
        }
    }

    @Test("tokens that do not hold slow no signed one that comes from the same address")
    func oneAddress() throws {
        let server = try IssuerServer(issuer.keySet)
        let running = try Running(isOpen: false, issuer: try Self.settings(server.issuer))
        let fresh: [String: JSONValue] = [
            "iss": .string(server.issuer), "exp": .int(WallClock.nowMs / 1_000 + 300),
        ]
        let (token, other) = (try issuer.token(.rsa, claims(fresh)), try TestIssuer())
        let forged = try other.token(.rsa, claims(fresh))
        for _ in 0..<12 { #expect(try ask(running, forged, "/v1/whoami").status == 401) }
        for _ in 0..<12 { _ = try ask(running, HubToken.generate().text, "/v1/whoami") }
        let slowed = try ask(running, HubToken.generate().text, "/v1/whoami")
        #expect(slowed.status == 429 && slowed.document["code"] == "too-many-failures")
        #expect(try ask(running, token, "/v1/whoami").status == 200)
    }

    private static func renamed(_ keys: JSONValue, to name: String) -> JSONValue {
        var fields = keys["keys"]?.array?.first?.object ?? [:]
        fields["kid"] = .string(name)
        return .object(fields)
    }
}
