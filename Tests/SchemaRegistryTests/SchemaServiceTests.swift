import Inputs
import Lifecycle
import Platform
import TestSupport
import Testing
import Transfer

@testable import SchemaRegistry

/// The registry's thread with a registry that does what it is told.
@Suite("Schema service", .blocking, .enabled(if: TestRegistry.isPossible))
struct SchemaServiceTests {
    private static let record = """
        {"type":"record","name":"R","fields":[{"name":"method","type":"string"}]}
        """

    /// A service, its folder and its log, until it is let go.
    private final class Stand {
        let service: SchemaService
        let lines = KeptLog(keepsDetails: true)

        init(
            _ urls: [String], state: TemporaryFolder,
            change: (inout SchemaRegistrySettings) -> Void = { _ in }
        ) throws {
            var settings = SchemaRegistrySettings(urls: urls)
            change(&settings)
            service = try SchemaService(
                settings, state: state.path("state"), of: ("m", "g"), log: lines.log
            ) { Issue.record("the thread ended: \($0)") }
        }

        private var hasStopped = false

        deinit { stop() }

        func stop() {
            if !hasStopped { service.stop() }
            hasStopped = true
        }

        /// What the log has in the end: the thread writes some lines after its answer is there.
        var told: [String] {
            stop()
            return lines.all
        }

        /// Waits for the answer, or for trouble that has `words`.
        func answer(_ identity: SchemaIdentity, orTrouble words: String? = nil) throws -> String {
            let deadline = Deadline(afterMs: 60_000)
            while !deadline.hasPassed {
                switch service.table.find(identity) {
                case .known: return "known"
                case .refused(let refusal, let until):
                    return "\(refusal) \(until == nil ? "for good" : "for now")"
                case .absent: break
                }
                if let words, let why = service.table.why(identity), why.contains(words) {
                    return why
                }
                _ = try Poll.waitForAny([], timeoutMs: 2)
            }
            return "nothing: \(service.table.why(identity) ?? "")"
        }
    }

    private let state: TemporaryFolder

    init() throws { state = try TemporaryFolder() }

    private func registry(
        _ change: (inout TestRegistry.Content) -> Void = { _ in }
    ) throws
        -> TestRegistry
    {
        var content = TestRegistry.Content()
        content.ids["17"] = .init(Self.record)
        change(&content)
        return try TestRegistry(content)
    }

    private static let guid = "9c1044c6-06cd-46bc-a016-583afdbfd714"

    @Test("schemas come by id and by GUID, in the registry's words, and are asked for once")
    func comes() throws {
        let registry = try registry { $0.guids[Self.guid] = .init(Self.record) }
        let stand = try Stand([registry.url + "/apis/ccompat/v7/"], state: state) {
            $0.headers = ["target-sr-cluster": "lsrc-1"]
            $0.urls = $0.urls.map { String($0.dropLast()) }
        }
        let guid = try #require(SchemaIdentity(words: Self.guid))
        let before = stand.service.table.version
        #expect(try stand.answer(.id(17)) == "known" && stand.answer(guid) == "known")
        #expect(try stand.answer(.id(17)) == "known")
        #expect(stand.service.table.version == before + 2)
        #expect(stand.service.table.figures == (2, 0, 0))
        let requests = try registry.requests
        #expect(
            Set(requests.map(\.path)) == [
                "/apis/ccompat/v7/schemas/ids/17", "/apis/ccompat/v7/schemas/guids/\(Self.guid)",
            ])
        #expect(requests.count == 2)
        for request in requests {
            #expect(request.accept == "application/vnd.schemaregistry.v1+json, application/json")
            #expect(request.cluster == "lsrc-1" && request.authorization == nil)
        }
    }

    @Test("what is not there is asked for four times, then unknown, and told")
    func unknown() throws {
        let registry = try registry()
        let stand = try Stand([registry.url], state: state)
        #expect(try stand.answer(.id(9)) == "unknown for now")
        let times = try registry.requests.map(\.atMs)
        #expect(times.count == 4)
        for (pause, (early, late)) in zip([250, 500, 1_000], zip(times, times.dropFirst())) {
            #expect(late - early >= pause - 2)
        }
        let told = stand.told.filter { $0.contains("schema 9") }
        #expect(told.count == 1 && told[0].contains("unknown_schema"), "\(told)")
    }

    @Test("a schema that comes late is known then")
    func late() throws {
        let registry = try registry { $0.faults = ["17": ["404:40403", "404:40403"]] }
        let stand = try Stand([registry.url], state: state)
        #expect(try stand.answer(.id(17)) == "known")
        #expect(try registry.requests.count == 3)
    }

    @Test(
        "what passes is named with its url, asked again, and over once the registry answers",
        arguments: [
            ("500:50001", "answers with 500: so it is"), ("503", "answers with 503"),
            ("408", "answers with 408"), ("html", "no schema registry"),
            ("404html", "correct schema_registry.url"), ("array", "no schema registry"),
            ("noschema", "no schema registry"), ("cut", "broke"), ("reset", "broke"),
            ("redirect:http://127.0.0.1:1/x", "perhaps http://127.0.0.1:1/x"),
            ("deepanswer:100000", "no schema registry"), ("headers", "header lines"),
            ("418", "which no schema registry does"),
        ])
    func passing(fault: String, words: String) throws {
        let registry = try registry { $0.faults = ["17": [fault, fault]] }
        let stand = try Stand([registry.url], state: state)
        #expect(try stand.answer(.id(17)) == "known")
        #expect(try registry.requests.count == 3)
        #expect(stand.service.table.figures.faults == 2)
        let told = stand.told.filter { $0.contains("schema registry: schema 17: ") }
        #expect(told.count == 1 && told[0].hasPrefix("warning"), "\(told)")
        #expect(told[0].contains("\(registry.url): ") && told[0].contains(words), "\(told)")
        #expect(stand.told.contains { $0.contains("answers again") })
    }

    @Test("while it does not answer, why says so")
    func why() throws {
        let stand = try Stand(["http://127.0.0.1:1"], state: state)
        let why = try stand.answer(.id(17), orTrouble: "127.0.0.1")
        #expect(why.hasPrefix("schema 17: http://127.0.0.1:1: "), "\(why)")
    }

    @Test(
        "an answer that is too large is bad for now, whether compressed, announced or without end",
        arguments: ["big:10485760", "endless", "bomb:10485760"])
    func tooLarge(fault: String) throws {
        let registry = try registry { $0.faults = ["17": [fault]] }
        let stand = try Stand([registry.url], state: state)
        #expect(try stand.answer(.id(17)) == "bad for now")
    }

    @Test("what is no schema is bad for good", arguments: ["deep:100000", "big:1500000"])
    func bad(fault: String) throws {
        let registry = try registry { $0.faults = ["17": [fault]] }
        let stand = try Stand([registry.url], state: state)
        #expect(try stand.answer(.id(17)) == "bad for good")
        #expect(stand.told.contains { $0.contains("schema 17") && $0.contains("bad_schema") })
    }

    @Test("a compressed answer is read")
    func compressed() throws {
        let registry = try registry { $0.faults = ["17": ["gzip"]] }
        #expect(try Stand([registry.url], state: state).answer(.id(17)) == "known")
    }

    @Test("Retry-After is kept to")
    func retryAfter() throws {
        let registry = try registry { $0.faults = ["17": ["retry:429:1"]] }
        #expect(try Stand([registry.url], state: state).answer(.id(17)) == "known")
        let times = try registry.requests.map(\.atMs)
        #expect(times.count == 2 && times[1] - times[0] >= 998)
    }

    @Test("a server that says nothing is given up, and another one is asked at once")
    func hanging() throws {
        let (silent, other) = (try registry { $0.faults = ["*": ["hang*"]] }, try registry())
        let stand = try Stand([silent.url, "http://127.0.0.1:1", other.url], state: state) {
            $0.connection.totalMs = 300
        }
        #expect(try stand.answer(.id(17)) == "known")
        // The one that answered is asked first from then on.
        #expect(try stand.answer(.id(9)) == "unknown for now")
        #expect(try silent.requests.count == 1)
        #expect(stand.told.contains { $0.contains("no whole answer within 300 ms") })
    }

    @Test("a stop does not wait for a server that says nothing")
    func stops() throws {
        let registry = try registry { $0.faults = ["*": ["hang*"]] }
        // Who waits for the call would wait for ten minutes here.
        let stand = try Stand([registry.url], state: state) { $0.connection.totalMs = 600_000 }
        _ = stand.service.table.find(.id(17))
        while try registry.requests.isEmpty { _ = try Poll.waitForAny([], timeoutMs: 2) }
        stand.stop()
        #expect(stand.service.table.why(.id(17))?.contains("not answered yet") == true)
    }

    @Test("wrong credentials are an error, without the secret, and read again")
    func credentials() throws {
        let registry = try registry { $0.authorization = "Bearer right" }
        let token = try state.write("token", "hunter2\n")
        let stand = try Stand([registry.url], state: state) { $0.bearerFile = token }
        let why = try stand.answer(.id(17), orTrouble: "401")
        #expect(why.contains("wants other credentials"), "\(why)")
        try state.write("token", "right\n")
        #expect(try stand.answer(.id(17)) == "known")
        let requests = try registry.requests
        #expect(requests.map(\.authorization) == ["Bearer hunter2", "Bearer right"])
        #expect(requests[1].atMs - requests[0].atMs >= 9_998)
        #expect(stand.told.contains { $0.hasPrefix("error") && $0.contains("401") })
        #expect(!stand.told.contains { $0.contains("hunter2") || $0.contains("right") })
    }

    @Test("a user and a password are sent as they are")
    func basic() throws {
        let registry = try registry { $0.authorization = "Basic bWU6c8O2Y3JldDo=" }
        let password = try state.write("password", "s\u{F6}cret:\n")
        let stand = try Stand([registry.url], state: state) {
            ($0.user, $0.passwordFile) = ("me", password)
        }
        #expect(try stand.answer(.id(17)) == "known")
        let other = try TemporaryFolder()
        let told = try Stand([registry.url], state: other) {
            ($0.user, $0.password) = ("me", "s\u{F6}cret:")
        }
        #expect(try told.answer(.id(17)) == "known")
    }

    @Test("a secret's file that is missing is named, and nothing is sent without it")
    func missingSecret() throws {
        let registry = try registry()
        let stand = try Stand([registry.url], state: state) { $0.bearerFile = state.path("none") }
        let why = try stand.answer(.id(17), orTrouble: "none")
        #expect(why.contains(state.path("none")), "\(why)")
        #expect(try registry.requests.isEmpty)
    }

    @Test("references come with their schema; a cycle of them is bad for good")
    func references() throws {
        let registry = try registry { content in
            content.ids["1"] = .init(
                #"{"type":"record","name":"R","fields":[{"name":"v","type":"a.B"}]}"#,
                refersTo: [("a b/\u{E4}", 2)])
            content.subjects["a b/\u{E4}"] = [
                "2": .init(#"{"type":"enum","name":"B","namespace":"a","symbols":["X"]}"#)
            ]
            content.ids["2"] = .init(Self.record, refersTo: [("x", 1)])
            content.subjects["x"] = ["1": .init(Self.record, refersTo: [("y", 1)])]
            content.subjects["y"] = ["1": .init(Self.record, refersTo: [("x", 1)])]
            content.ids["3"] = .init(Self.record, refersTo: [("nowhere", 1)])
        }
        let stand = try Stand([registry.url], state: state)
        #expect(try stand.answer(.id(1)) == "known")
        #expect(
            try registry.requests.map(\.path) == [
                "/schemas/ids/1", "/subjects/a%20b%2F%C3%A4/versions/2?deleted=true",
            ])
        #expect(try stand.answer(.id(2)) == "bad for good")
        #expect(try stand.answer(.id(3)) == "unknown for now")
    }

    @Test("a restart without a registry goes on with what is known, and with nothing else")
    func restart() throws {
        let url: String
        do {
            let registry = try registry { content in
                content.ids["1"] = .init(
                    #"{"type":"record","name":"R","fields":[{"name":"v","type":"a.B"}]}"#,
                    refersTo: [("b", 1)])
                content.subjects["b"] = [
                    "1": .init(#"{"type":"enum","name":"B","namespace":"a","symbols":["X"]}"#)
                ]
            }
            url = registry.url
            let stand = try Stand([url], state: state)
            #expect(try stand.answer(.id(17)) == "known" && stand.answer(.id(1)) == "known")
        }
        let again = try Stand([url], state: state)
        #expect(try again.answer(.id(17)) == "known" && again.answer(.id(1)) == "known")
        #expect(try again.answer(.id(9), orTrouble: "127.0.0.1") != "known")
        // Another registry's schema 17 may be another one.
        let other = try Stand(["http://127.0.0.1:1"], state: state)
        #expect(try other.answer(.id(17), orTrouble: "127.0.0.1").hasPrefix("schema 17: "))
    }

    @Test("a registry with a certificate of an own authority, and one that wants the client's")
    func certificates() throws {
        let folder = try TemporaryFolder()
        let authority = try TestAuthority(folder)
        var content = TestRegistry.Content()
        content.ids["17"] = .init(Self.record)
        let registry = try TestRegistry(
            content, identity: authority.identity("server"), clientCA: authority.ca)
        let stranger = try Stand([registry.url], state: state)
        #expect(try stranger.answer(.id(17), orTrouble: "certificate").contains("not believed"))
        let client = try authority.identity("client")
        let known = try Stand([registry.url], state: state) {
            $0.connection.caFile = authority.ca
            $0.connection.certificateFile = client.certificate
            $0.connection.keyFile = client.key
        }
        #expect(try known.answer(.id(17)) == "known")
    }
}
