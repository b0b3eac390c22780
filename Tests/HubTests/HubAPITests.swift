import Foundation
import Lifecycle
import Operations
import Platform
import Registry
import TestSupport
import Testing
import Transfer
import Web

@testable import Hub

/// The API over a real socket, with a registry in a file and no brokers.
@Suite("the hub's API", .blocking)
struct HubAPITests {
    private static let key = #"{"name": "ci", "public_key": "\#(publicKey)", "roles": ["promote"]}"#
    private static let publicKey = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

    @Test("what was changed is what is read, with who did it in the audit chain")
    func changes() throws {
        let running = try Running()
        #expect(try running.ask("GET", "/v1/models").document["models"]?.array == [])
        let added = try running.ask("POST", "/v1/keys", Self.key)
        #expect(added.status == 200, "\(added)")
        #expect(added.document["key"]?["name"] == "ci")
        let keys = try running.ask("GET", "/v1/keys?believed=true")
        #expect(keys.document["keys"]?.array?.count == 1)
        #expect(keys.document["keys"]?.array?.first?["public_key"]?.string == Self.publicKey)
        let again = try running.ask("POST", "/v1/keys", Self.key)
        #expect(again.status == 409 && again.head.contains("application/problem+json"))
        #expect(again.document["error"]?["code"] == "refused")
        let log = try running.ask("GET", "/v1/audit?limit=1")
        let entry = log.document["entries"]?.array?.first
        #expect(entry?["fields"]?["act"] == "add-key", "\(log)")
        #expect(entry?["fields"]?["by"]?.string?.contains("unverified") == true)
        #expect(try running.ask("GET", "/v1/registry").document["id"]?.string?.count == 36)
    }

    /// A name of this machine that is no address; nil where none stands for a private one.
    private static let ownName: String? = {
        ["ip6-localhost", ProcessIdentity.hostName].first { name in
            guard let address = try? WebAddress("https://\(name)/", act: "trying") else {
                return false
            }
            let found = NameLookup.addresses(of: address, withinMs: 10_000)
            return !found.isEmpty && found.allSatisfy { !$0.isPublic }
        }
    }()

    @Test(
        "a webhook by a name that stands for a private address alone is refused where it is added",
        .enabled(if: ownName != nil, "no name of this machine is known to itself"))
    func privateName() throws {
        let running = try Running()
        let url = "https://\(try #require(Self.ownName))/hook"
        let refused = try running.ask("POST", "/v1/webhooks", "{\"url\": \"\(url)\"}")
        #expect(refused.status == 400, "\(refused)")
        #expect("\(refused.document)".contains("stands for"), "\(refused)")
        let meant = try running.ask(
            "POST", "/v1/webhooks", "{\"url\": \"\(url)\", \"allows_private\": true}")
        #expect(meant.status == 200, "\(meant)")
        // Nobody knows this one, and it may be known once it is needed.
        let unknown = try running.ask(
            "POST", "/v1/webhooks", #"{"url": "https://no-such-name.invalid/hook"}"#)
        #expect(unknown.status == 200, "\(unknown)")
    }

    @Test("webhooks are added, tried and removed; a secret is in no answer but the first")
    func webhooks() throws {
        let running = try Running()
        let body = #"{"url": "https://example.com/hook", "events": ["worker.rejected"]}"#
        let added = try running.ask("POST", "/v1/webhooks", body)
        #expect(added.status == 200, "\(added)")
        #expect(added.document["secret"]?.string?.hasPrefix("whsec_") == true)
        #expect(added.document["webhook"]?["events"]?.array == ["worker.rejected"])
        let list = try running.ask("GET", "/v1/webhooks")
        #expect(list.document["webhooks"]?.array?.count == 1)
        #expect(!list.document.text.contains("whsec_"))
        let tested = try running.ask("POST", "/v1/webhooks/1/test")
        #expect(tested.document["delivery"]?["kind"] == "webhook.test", "\(tested)")
        let shown = try running.ask("GET", "/v1/webhooks/1?limit=5")
        #expect(shown.document["deliveries"]?.array?.count == 1, "\(shown)")
        let again = try running.ask("POST", "/v1/deliveries/1/redeliver")
        #expect(again.document["delivery"]?["id"] == 2, "\(again)")
        #expect(
            try running.ask("GET", "/v1/deliveries?webhook=1").document["deliveries"]?.array?.count
                == 2)
        let rotated = try running.ask("POST", "/v1/webhooks/1/rotate", #"{"keeping_ms": 60000}"#)
        #expect(rotated.document["webhook"]?["secrets"]?.array?.count == 2, "\(rotated)")
        let http = try running.ask("POST", "/v1/webhooks", #"{"url": "http://10.0.0.1/"}"#)
        #expect(http.status == 400 && http.document["code"] == "webhook-private", "\(http)")
        for (path, body) in [
            ("/v1/webhooks", #"{"url": "ftp://example.com/"}"#), ("/v1/webhooks", "{}"),
            ("/v1/webhooks", #"{"url": "https://example.com/", "events": ["no.such"]}"#),
            ("/v1/webhooks", #"{"url": "https://example.com/", "models": "No"}"#),
            ("/v1/webhooks", #"{"url": "https://ada:x@example.com/"}"#),
            ("/v1/webhooks/one/test", ""),
            ("/v1/webhooks", #"{"url": "https://10.1.2.3/"}"#),
            ("/v1/webhooks", #"{"url": "https://[fd00::1]:9443/hook"}"#),
            ("/v1/webhooks", #"{"url": "https://localhost/"}"#),
            ("/v1/webhooks", #"{"url": "https://2130706433/"}"#),
        ] {
            let answer = try running.ask("POST", path, body.isEmpty ? nil : body)
            #expect(answer.status == 400, "\(path) \(body): \(answer)")
        }
        let near = #"{"url": "https://10.1.2.3/", "allows_private": true}"#
        #expect(try running.ask("POST", "/v1/webhooks", near).status == 200)
        for path in [
            "/v1/deliveries?limit=-1", "/v1/deliveries?limit=0", "/v1/webhooks/1?limit=-1",
            "/v1/deliveries?limit=10001", "/v1/webhooks/1?limit=10001",
        ] {
            #expect(try running.ask("GET", path).status == 400, "\(path)")
        }
        #expect(try running.ask("DELETE", "/v1/webhooks/1").status == 200)
        #expect(
            try running.ask("GET", "/v1/webhooks/1").document["code"] == "webhook-not-found")
    }

    @Test(
        "another word than the few that may stand in a field is told with the field and those",
        arguments: [
            (
                "/v1/models/m/deployment", #"{"change": {"kind": "canray", "version": 1}}"#,
                "change.kind", "canray", "canary"
            ),
            ("/v1/models/m/deployment", #"{"change": {"kind": 7}}"#, "change.kind", "7", "promote"),
            (
                "/v1/models/m/deployment",
                #"{"change": {"kind": "abort"}, "announcing": "soon"}"#, "announcing is \"soon\"",
                "soon",
                "later"
            ),
            ("/v1/models/m/rollout/words", #"{"word": "halt"}"#, "word", "halt", "pause"),
            (
                "/v1/keys",
                #"{"name": "ci", "public_key": "\#(publicKey)", "roles": ["promoter"]}"#,
                "roles.[0]", "promoter", "promote"
            ),
            ("/v1/tokens", #"{"name": "ci", "role": "root"}"#, "role", "root", "registrar"),
            (
                "/v1/webhooks", #"{"url": "https://example.com/", "events": ["no.such"]}"#,
                "events.[0]", "no.such", "worker.rejected"
            ),
        ])
    func choices(path: String, body: String, field: String, given: String, other: String) throws {
        let running = try Running()
        let answer = try running.ask("POST", path, body)
        #expect(answer.status == 400, "\(answer)")
        let detail = try #require(answer.document["detail"]?.string)
        for word in [field, given, other] {
            #expect(detail.contains(word), "\(word): \(detail)")
        }
        #expect(!detail.contains("initialize"), "\(detail)")
    }

    @Test("what is not there, or means nothing, is a problem with its code")
    func problems() throws {
        let running = try Running()
        func problem(
            _ method: String, _ path: String, _ body: String? = nil, fields: [String] = []
        ) throws -> String {
            let answer = try running.ask(method, path, body, fields: fields)
            #expect(answer.head.contains("application/problem+json"), "\(answer)")
            #expect(answer.document["status"]?.int == answer.status)
            return "\(answer.status) \(answer.document["code"]?.string ?? "")"
        }
        #expect(try problem("GET", "/v1/models/none") == "404 no-models")
        #expect(try problem("GET", "/v1/none") == "404 path-not-found")
        #expect(try problem("DELETE", "/v1/models") == "405 method-not-allowed")
        #expect(try problem("GET", "/v1/models/../keys") == "400 request-malformed")
        #expect(try problem("GET", "/v1/models/A%20B") == "400 usage")
        #expect(try problem("GET", "/v1/models?x=1") == "400 usage")
        #expect(try problem("GET", "/v1/audit?limit=x") == "400 usage")
        #expect(try problem("GET", "/v1/audit?limit=10001") == "400 usage")
        #expect(try problem("GET", "/v1/search") == "400 usage")
        #expect(try problem("GET", "/v1/search?query=(") == "400 usage")
        #expect(try problem("POST", "/v1/keys", "{}") == "400 usage")
        #expect(try problem("POST", "/v1/keys", "[]") == "400 usage")
        #expect(try problem("POST", "/v1/keys", "nonsense") == "422 invalid")
        let deep = String(repeating: "[", count: 100_000)
        #expect(try problem("POST", "/v1/keys", deep) == "422 invalid")
        #expect(try problem("POST", "/v1/keys", #"{"other": 1}"#) == "400 usage")
        #expect(
            try problem("POST", "/v1/keys", Self.key, fields: ["Content-Type: text/plain"])
                == "400 usage")
        let change = #"{"change": {"kind": "promote", "version": 1}, "announcing": "later"}"#
        #expect(
            try problem("POST", "/v1/models/m/deployment", change) == "404 no-models")
        #expect(
            try problem("POST", "/v1/models/m/deployment", change, fields: ["If-Match: 3"])
                == "400 usage")
    }

    @Test("a condition that is given twice, and not the same, is refused")
    func conditions() throws {
        let running = try Running()
        func answer(_ expected: Int, _ ifMatch: String) throws -> Running.Answer {
            try running.ask(
                "POST", "/v1/models/m/deployment",
                #"{"change": {"kind": "promote", "version": 1}, "expected_epoch": \#(expected)}"#,
                fields: ["If-Match: \"\(ifMatch)\""])
        }
        let refused = try answer(4, "3")
        #expect(refused.status == 400 && refused.document["code"] == "usage", "\(refused)")
        #expect(refused.document["detail"]?.string?.contains("expected_epoch") == true)
        #expect(try answer(3, "3").status == 404)
    }

    @Test("only this machine itself is let in, by its own name, and no page of a browser")
    func strangers() throws {
        let running = try Running()
        #expect(try running.ask("GET", "/v1/models").status == 200)
        #expect(try running.ask("GET", "/v1/models", host: "localhost:1").status == 200)
        #expect(try running.ask("GET", "/v1/models", host: "evil.example").status == 403)
        for field in ["X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1", "Via: proxy"] {
            #expect(try running.ask("GET", "/v1/models", fields: [field]).status == 401)
        }
        #expect(
            try running.ask("GET", "/v1/models", fields: ["Origin: http://evil.example"]).status
                == 403)
    }

    @Test("without a token nobody is let in, where it is not said that this machine may")
    func closed() throws {
        let running = try Running(isOpen: false)
        let answer = try running.ask("GET", "/v1/models")
        #expect(answer.status == 401 && answer.document["code"] == "token-missing")
        #expect(answer.head.contains("WWW-Authenticate: Bearer realm=\"swerve\""))
        #expect(try running.ask("GET", "/livez").status == 200)
    }

    @Test("routes and the OpenAPI document are the same, operation by operation")
    func document() throws {
        let running = try Running()
        let document = try running.ask("GET", "/v1/openapi.json").document
        #expect(document["openapi"] == "3.1.0")
        #expect(document["info"]?["version"] == "1.2.3")
        var told: Set<String> = []
        var names: [String] = []
        for (path, methods) in document["paths"]?.object ?? [:] {
            for (method, operation) in methods.object ?? [:] {
                told.insert("\(method.uppercased()) \(path)")
                names.append(operation["operationId"]?.string ?? "?")
                let places = operation["parameters"]?.array?.filter { $0["in"] == "path" } ?? []
                #expect(
                    places.count == path.split(separator: "/").count { $0.hasPrefix("{") },
                    "\(path)")
                for status in HubProblem.statusesOfAll {
                    #expect(operation["responses"]?["\(status)"] != nil)
                }
            }
        }
        let operations = HubOperations.all.map { "\($0.method) \($0.path)" }
        #expect(told == Set(operations + ["GET \(HubEvents.path)"]))
        #expect(told.count == HubOperations.all.count + 1, "two operations on one path")
        #expect(Set(names).count == names.count)
    }

    @Test("a number that has bounds has them in the document too")
    func bounds() throws {
        let document = OpenAPI.document(of: HubOperations.all, version: "1")
        var count = 0
        for (path, methods) in document["paths"]?.object ?? [:] {
            for parameter in methods["get"]?["parameters"]?.array ?? []
            where parameter["name"] == "limit" {
                let schema = parameter["schema"]
                #expect(schema?["minimum"] == 1 && schema?["maximum"] == 10_000, "\(path)")
                count += 1
            }
        }
        #expect(count > 5)
        let top = document["paths"]?["/v1/diff"]?["get"]?["parameters"]?.array?
            .first { $0["name"] == "top" }
        #expect(top?["schema"]?["maximum"] == .int(Int64(DiffRequest.topMax)))
    }

    @Test("each operation says the form of what it answers, and which problems it can have")
    func forms() throws {
        var schemas = JSONTypeSchema(definitions: "#/")
        for operation in HubOperations.all {
            let form = try operation.form(&schemas)
            #expect(form != ["type": "object"], "\(operation.name)")
        }
        // A name that is there twice would refer to one type alone.
        #expect(schemas.named.count > 40)
        func problems(_ name: String) -> [Int] {
            HubOperations.all.first { $0.name == name }?.problems ?? []
        }
        let ofAll = [400, 401, 403, 408, 413, 422, 429, 431, 500, 503]
        #expect(problems("models") == ofAll)
        #expect(problems("change") == (ofAll + [404, 409, 412, 504, 507]).sorted())
        #expect(!problems("version").contains(412) && problems("version").contains(404))
    }

    @Test("it says which token ends next, and nothing of those that are over or do not end")
    func tokensEnd() throws {
        let running = try Running()
        // Without a token's name: anybody may read it.
        func end() throws -> Int64? {
            try TestSocket.get("/metrics", port: running.port).body.split(separator: "\n")
                .first { $0.hasPrefix("swerve_hub_token_end_timestamp_seconds ") }
                .flatMap { Int64($0.split(separator: " ").last ?? "") }
        }
        func make(_ name: String, _ lifetime: String) throws {
            let body = #"{"name": "\#(name)", "role": "reader", "lifetime": "\#(lifetime)"}"#
            #expect(try running.ask("POST", "/v1/tokens", body).status == 200)
        }
        #expect(try end() == nil)
        try make("forever", "never")
        #expect(try end() == nil)
        try make("late", "90d")
        try make("soon", "12h")
        let seconds = try #require(try end())
        #expect(abs(seconds - WallClock.nowMs / 1_000 - 12 * 3_600) < 3_600)
        #expect(try running.ask("POST", "/v1/tokens/soon/revoke", "{}").status == 200)
        let next = try #require(try end())
        #expect(abs(next - WallClock.nowMs / 1_000 - 90 * 86_400) < 3_600)
    }

    @Test("it says that it lives, is ready, and leads")
    func faces() throws {
        let running = try Running()
        #expect(try running.ask("GET", "/livez").status == 200)
        #expect(try TestSocket.get("/readyz", port: running.port).body == "ready; leads\n")
        let page = try TestSocket.get("/metrics", port: running.port).body
        #expect(page.contains("swerve_hub_leading 1\n") && page.contains("swerve_hub_term 1\n"))
    }

    @Test("what was live is asked for by a time, and nothing else is taken for one")
    func times() throws {
        let running = try Running()
        for text in ["x", "yesterday", "", "9999-99-99", "1796060582000"] {
            let answer = try running.ask("GET", "/v1/models/m/live?at=\(text)")
            #expect(answer.status == 400, "\(text): \(answer)")
        }
        let answer = try running.ask("GET", "/v1/models/m/live?at=2026-11-23T10:00:00Z")
        #expect(answer.status != 400, "\(answer)")
    }
}
