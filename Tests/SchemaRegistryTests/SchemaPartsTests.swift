import Inputs
import Lifecycle
import TestSupport
import Testing
import Transfer

@testable import SchemaRegistry

/// The parts of the registry's client that are values.
@Suite("Parts of the schema registry's client")
struct SchemaPartsTests {
    private static func text(_ refers: [(String, Int32)]) -> SchemaText {
        SchemaText(
            Array("t".utf8),
            references: refers.map { SchemaReference(name: "n", subject: $0.0, version: $0.1) })
    }

    /// What references come to, where subject `s` refers to what `graph` has for it.
    private static func walk(_ root: [String], _ graph: [String: [String]]) -> String {
        var references = SchemaReferences(root: text(root.map { ($0, 1) }))
        var fetched = 0
        while true {
            switch references.next() {
            case .bad(let words): return words
            case .complete(let texts): return "\(fetched) fetched, \(texts.count) texts"
            case .fetch(let version):
                fetched += 1
                references.add(version, text((graph[version.subject] ?? []).map { ($0, 1) }))
            }
        }
    }

    @Test("references are each fetched once; cycles, too many and too deep ones are bad")
    func references() {
        #expect(Self.walk([], [:]) == "0 fetched, 0 texts")
        #expect(
            Self.walk(["a", "b", "a"], ["a": ["c"], "b": ["c", "a"]]) == "3 fetched, 3 texts")
        #expect(Self.walk(["a"], ["a": ["b"], "b": ["a"]]).contains("come back to a version 1"))
        #expect(Self.walk(["a"], ["a": ["a"]]).contains("come back"))
        let many = (0..<64).map { "s\($0)" }
        #expect(Self.walk(many, [:]) == "64 fetched, 64 texts")
        #expect(Self.walk(many + ["x"], [:]).contains("more than 64"))
        func chain(_ length: Int) -> [String: [String]] {
            Dictionary(uniqueKeysWithValues: (1..<length).map { ("\($0)", ["\($0 + 1)"]) })
        }
        #expect(Self.walk(["1"], chain(16)) == "16 fetched, 16 texts")
        #expect(Self.walk(["1"], chain(17)).contains("more than 16 deep"))
    }

    @Test("a schema that is large with all that it refers to is bad, however it is divided")
    func largeReferences() {
        let half = SchemaText(Array(repeating: 0x20, count: 4 << 20))
        var references = SchemaReferences(root: Self.text([("a", 1), ("b", 1), ("c", 1)]))
        references.add(SchemaVersion(subject: "a", version: 1), half)
        guard case .fetch = references.next() else {
            Issue.record("4 MiB are too many")
            return
        }
        references.add(SchemaVersion(subject: "b", version: 1), half)
        guard case .bad(let words) = references.next() else {
            Issue.record("more than 8 MiB are taken")
            return
        }
        #expect(words.contains("more than 8388608 bytes"))
    }

    private static func reply(
        _ status: Int, _ body: String = "", retryAfter: Int? = nil,
        wanted: RegistryReply.Wanted = .schema
    ) -> String {
        var answer = WebAnswer()
        answer.status = status
        answer.retryAfter = retryAfter
        if status != 200 { answer.refusal = Array(body.utf8) }
        switch RegistryReply(.success((answer, Array(body.utf8))), wanted: wanted) {
        case .schema(let text): return "schema " + String(decoding: text.text, as: UTF8.self)
        case .bad: return "bad"
        case .identity(let id): return "id \(id)"
        case .tooLarge: return "too large"
        case .notThere: return "not there"
        case .rejected(let words): return "rejected: \(words)"
        case .credentials: return "credentials"
        case .fault(_, let wait): return "fault" + (wait.map { " \($0)" } ?? "")
        }
    }

    @Test("what each answer means")
    func replies() {
        #expect(Self.reply(200, #"{"schema": "\"int\"", "more": [1]}"#) == #"schema "int""#)
        for body in ["<html>", #"{"schema": 1}"#, "[1]", #"{"id": 1}"#, "", #"{"schema""#] {
            #expect(Self.reply(200, body) == "fault", "\(body)")
        }
        for code in [40_401, 40_402, 40_403] {
            #expect(Self.reply(404, #"{"error_code": \#(code), "message": "m"}"#) == "not there")
        }
        for body in ["", "<html>", #"{"error_code": 404}"#, #"{"error_code": "40403"}"#, "[40403]"]
        {
            #expect(Self.reply(404, body) == "fault", "\(body)")
        }
        #expect(Self.reply(401) == "credentials" && Self.reply(403, "<html>") == "credentials")
        for status in [204, 301, 302, 400, 405, 408, 418, 422, 429, 500, 502, 503] {
            #expect(Self.reply(status) == "fault", "\(status)")
        }
        #expect(Self.reply(429, retryAfter: 7) == "fault 7000")
        #expect(Self.reply(503, retryAfter: 999_999) == "fault 60000")
        #expect(Self.reply(400, retryAfter: 7) == "fault")
        #expect(Self.reply(409, #"{"message": "unfit"}"#).contains("409: unfit"))
        #expect(Self.reply(422, #"{"error_code": 42201, "message": "no"}"#).contains("422: no"))
        #expect(Self.reply(200, #"{"id": 9}"#, wanted: .identity) == "id 9")
        for id in ["0", "-1", "2147483648", "1.5", "\"9\"", "null"] {
            #expect(Self.reply(200, #"{"id": \#(id)}"#, wanted: .identity) == "fault", "\(id)")
        }
    }

    @Test("what a server says reaches people without control characters, and not without end")
    func words() {
        var answer = WebAnswer()
        answer.status = 409
        let message = String(repeating: "x", count: 5_000) + "\u{1B}[31m"
        answer.refusal =
            ([
                "message": .string("\u{1B}[31m" + message), "error_code": 409,
            ] as JSONValue).bytes
        guard case .rejected(let words) = RegistryReply(.success((answer, [])), wanted: .identity)
        else {
            Issue.record("not rejected")
            return
        }
        #expect(!words.contains("\u{1B}") && words.utf8.count < 600)
    }

    @Test("a failed transfer is a fault, but for a body that is too large")
    func failures() {
        func reply(_ error: SwerveError) -> RegistryReply {
            RegistryReply(.failure(error), wanted: .schema)
        }
        guard case .tooLarge = reply(SwerveError(.tooLarge, act: "a", reason: "it has more")) else {
            Issue.record("a body without end")
            return
        }
        for error in [
            SwerveError(.unavailable, act: "a", reason: "broke"),
            SwerveError(.tooLarge, act: "a", reason: "its header lines have more than 9 bytes"),
        ] {
            guard case .fault = reply(error) else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("trouble is told at once, then once a minute, and that it is over")
    func telling() {
        var telling = RegistryTelling()
        func second(_ number: UInt64) -> UInt64 { number * 1_000_000_000 }
        #expect(telling.answered(at: 0, at: second(1)) == nil)
        #expect(telling.failed(at: 0, isCredentials: false, at: second(10)) == 0)
        #expect(telling.failed(at: 1, isCredentials: false, at: second(10)) == 0)
        #expect(telling.failed(at: 0, isCredentials: true, at: second(11)) == 0)
        #expect(telling.failed(at: 0, isCredentials: false, at: second(12)) == nil)
        #expect(telling.failed(at: 0, isCredentials: false, at: second(69)) == nil)
        #expect(telling.failed(at: 0, isCredentials: false, at: second(70)) == 2)
        #expect(telling.failed(at: 0, isCredentials: false, at: second(71)) == nil)
        #expect(telling.answered(at: 0, at: second(75)) == 65)
        #expect(telling.answered(at: 0, at: second(76)) == nil)
        #expect(telling.failed(at: 0, isCredentials: false, at: second(77)) == 0)
        #expect(telling.failed(at: 1, isCredentials: false, at: second(78)) == 0)
    }

    private static func steps(_ registers: Bool) -> OutputSchemaSteps {
        OutputSchemaSteps(registers: registers, urlCount: 2, seed: 3)
    }

    @Test("the schema of predictions is looked up, and registered where that is wanted")
    func outputSteps() {
        var steps = Self.steps(true)
        #expect(steps.next(at: 0) == .ask(isRegistration: false, url: 0))
        #expect(steps.heard(.fault("away"), from: 0, at: 0) == nil)
        #expect(steps.next(at: 0) == .ask(isRegistration: false, url: 1))
        #expect(steps.heard(.notThere("40401"), from: 1, at: 0) == nil)
        #expect(steps.next(at: 0) == .ask(isRegistration: true, url: 1))
        #expect(steps.heard(.identity(5), from: 1, at: 0) == .identity(5))
        var strict = Self.steps(false)
        #expect(strict.next(at: 0) == .ask(isRegistration: false, url: 0))
        #expect(strict.heard(.notThere("40403"), from: 0, at: 0) == .missing("40403"))
        #expect(strict.heard(.rejected("409"), from: 0, at: 0) == .rejected("409"))
    }

    @Test("passing faults are asked again after a pause, credentials after 10 s")
    func outputPauses() {
        var steps = Self.steps(true)
        for url in 0...1 {
            #expect(steps.next(at: 0) == .ask(isRegistration: false, url: url))
            #expect(steps.heard(.credentials("401"), from: url, at: 0) == nil)
        }
        #expect(steps.next(at: 0) == .wait(until: 10_000_000_000))
        #expect(steps.next(at: 9_999_999_999) == .wait(until: 10_000_000_000))
        #expect(steps.next(at: 10_000_000_000) == .ask(isRegistration: false, url: 0))
    }
}
