import Foundation
import Lifecycle
import Testing

@testable import Operations

/// What a client of a hub would send and get.
@Suite("requests and results travel as JSON")
struct RequestCodingTests {
    private func travelled<Value: Codable & Equatable>(_ value: Value) throws -> Value {
        // As the hub sends and reads it.
        let document = try JSONValueEncoder.encode(value)
        let read = try JSONValue(parsing: document.bytes, act: "reading")
        #expect(try JSONValueDecoder.decode(Value.self, from: read, act: "reading") == value)
        return try JSONDecoder().decode(Value.self, from: try JSONEncoder().encode(value))
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    @Test("each change of a deployment comes back as it was")
    func changes() throws {
        let model = try ModelName("m")
        let share = try Share("5%")
        let champion = VersionSelector.Choice.alias(try AliasName("champion"))
        let changes: [DeploymentChange<VersionSelector.Choice>] = [
            .promote(.number(3)), .promote(champion), .canary(champion, share),
            .shadow(.number(2), share), .complete, .abort, .rollback, .rollbackTo(.number(1)),
            .settings(2, VersionSettings(threshold: 0.5, labels: ["attack": "1"]), isReset: true),
            .alerts(["attack", "probe"]),
        ]
        var terms = ChangeTerms()
        terms.expectedEpoch = 7
        terms.isForced = true
        terms.reason = "because"
        terms.announcing = .later
        terms.waiting = ChangeTerms.Waiting(timeoutMs: 60_000, groups: ["g"])
        for change in changes {
            let request = ChangeRequest(model: model, change: change, terms: terms)
            #expect(try travelled(request) == request)
        }
    }

    @Test("what is asked of the fleet comes back as it was")
    func status() throws {
        let request = StatusRequest(
            model: try ModelName("m"), groups: ["g"], withSlots: true, isFollowed: true,
            timeoutMs: 5)
        #expect(try travelled(request) == request)
        #expect(try travelled(StatusRequest(model: nil)) == StatusRequest(model: nil))
    }

    @Test("the form that others write is read, and what makes no sense is refused with the reason")
    func form() throws {
        let read = try decoded(
            DeploymentChange<VersionSelector.Choice>.self,
            #"{"kind":"canary","version":"champion","share":0.05}"#)
        #expect(read == .canary(.alias(try AliasName("champion")), try Share("5%")))
        for json in [
            #"{"kind":"canary","version":0,"share":0.05}"#,
            #"{"kind":"canary","version":"Stable","share":0.05}"#,
            #"{"kind":"canary","version":1,"share":2}"#, #"{"kind":"promote"}"#,
            #"{"kind":"destroy","version":1}"#, #"{"kind":"settings","version":1,"settings":7}"#,
        ] {
            #expect(throws: (any Error).self) {
                try decoded(DeploymentChange<VersionSelector.Choice>.self, json)
            }
        }
        #expect(throws: SwerveError.self) { try decoded(ModelName.self, #""No""#) }
    }

    @Test("a fault bears its code")
    func faults() throws {
        let fault = SwerveError(
            .refused, act: "a", reason: "b", remedy: "c",
            problem: Problem(.epochMoved, [.model: "m", .epoch: "7"]))
        #expect(try travelled(fault) == fault)
        let json = try JSONValue(
            parsing: Array(try JSONEncoder().encode(fault)), act: "reading a fault")
        #expect(json["code"] == "refused")
        #expect(json["problem"]?["kind"] == "epoch-moved")
        #expect(json["problem"]?["objects"]?["epoch"] == "7")
    }

    @Test("a result comes back as it was")
    func results() throws {
        let fixture = try ControlFixture()
        let brokers = FakeBrokers(fixture.topic)
        let backend = FileBackend(
            registry: fixture.path, brokers: { brokers }, for: Caller(author: "ada"))
        let other = try ModelName("other")
        try fixture.register("other", as: other)
        try fixture.register("other 2", as: other)
        for version in 1...2 { try fixture.change(.promote(version), of: other) }
        let result = try backend.change(
            ChangeRequest(
                model: fixture.model, change: .promote(.number(1)), terms: ChangeTerms()))
        #expect(result.others?.announced.map(\.model) == [other])
        #expect(try travelled(result) == result)
        let again = try backend.republish(RepublishRequest(model: nil, reason: "r"))
        #expect(try travelled(again) == again)
        fixture.topic.fail(at: .publishing)
        let failed = try backend.change(
            ChangeRequest(model: other, change: .rollback, terms: ChangeTerms()))
        #expect(failed.fault != nil)
        #expect(try travelled(failed) == failed)
        for verdict: ConvergenceResult.Verdict in [
            .converged, .waiting, .overtaken(epoch: 7), .rejected(slot: "g/0", reason: "r"),
        ] {
            #expect(try travelled(verdict) == verdict)
        }
    }
}
