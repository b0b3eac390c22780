import Lifecycle
import Testing
import Verification

@Suite("Events of a stream")
struct StreamEventReaderTests {
    static let topics = StreamTopics(
        input: "in", output: "out", deadLetters: "dead", control: "control", status: "status")

    static let prediction =
        #"{"model":"m","version":1,"epoch":2,"role":"stable","score":1,"label":"a","#
        + #""source":{"topic":"in","partition":0,"offset":7}}"#

    static let headers = [
        "swerve.model": "m", "swerve.source.topic": "in", "swerve.source.partition": "3",
        "swerve.source.offset": "42", "swerve.epoch": "5", "swerve.error.code": "not-json",
        "swerve.stub": "false",
    ]

    private func event(
        _ value: String?, on topic: String, headers: [String: String] = [:]
    ) throws -> StreamEvent? {
        let record = StreamRecord(
            at: StreamPlace(partition: 3, offset: 9), key: Array("key".utf8),
            value: value.map { Array($0.utf8) }, headers: headers)
        return StreamEventReader(model: try ModelName("m"), topics: Self.topics)
            .event(of: record, on: topic)
    }

    @Test("a prediction comes with the record that carries it")
    func predictions() throws {
        guard case .predicted(let prediction, let record)? = try event(Self.prediction, on: "out")
        else {
            Issue.record("no prediction")
            return
        }
        #expect(prediction.source == StreamPlace(partition: 0, offset: 7))
        #expect(prediction.epoch == 2)
        #expect(record.place == StreamPlace(partition: 3, offset: 9))
    }

    @Test(
        "what is no prediction of the model for a record of the input is told as such",
        arguments: [
            nil, "", "null", prediction.replacing("\"m\"", with: "\"other\""),
            prediction.replacing("\"in\"", with: "\"other\""),
        ])
    func noPredictions(value: String?) throws {
        guard case .unreadable(.prediction)? = try event(value, on: "out") else {
            Issue.record("\(value ?? "a tombstone") was taken")
            return
        }
    }

    @Test("a dead letter names its record by its headers", arguments: [false, true])
    func deadLetters(isStub: Bool) throws {
        var headers = Self.headers
        headers["swerve.stub"] = "\(isStub)"
        guard case .deadLetter(let letter)? = try event("v", on: "dead", headers: headers) else {
            Issue.record("no dead letter")
            return
        }
        #expect(
            letter
                == DeadLetter(
                    source: StreamPlace(partition: 3, offset: 42), key: Array("key".utf8),
                    value: Array("v".utf8), isStub: isStub, code: "not-json", epoch: 5))
    }

    @Test("a record without a value has a dead letter without one")
    func emptyLetter() throws {
        guard case .deadLetter(let letter)? = try event(nil, on: "dead", headers: Self.headers)
        else {
            Issue.record("no dead letter")
            return
        }
        #expect(letter.value.isEmpty)
    }

    @Test(
        "without the headers that every worker writes it is none",
        arguments: [
            ("swerve.model", nil), ("swerve.model", "other"), ("swerve.source.topic", "other"),
            ("swerve.source.partition", "x"), ("swerve.source.partition", "99999999999"),
            ("swerve.source.offset", nil), ("swerve.epoch", "-"), ("swerve.error.code", nil),
        ] as [(String, String?)])
    func noDeadLetters(name: String, value: String?) throws {
        var headers = Self.headers
        headers[name] = value
        guard case .unreadable(.deadLetter)? = try event("v", on: "dead", headers: headers) else {
            Issue.record("\(name) \(value ?? "away") was taken")
            return
        }
    }

    @Test("a deployment is announced by its control record, another model's is passed over")
    func deployments() throws {
        let deployment = try StreamFixture.deployment(epoch: 4, stable: 2)
        let value = ControlRecord(
            registry: "r", deployment: deployment, issuedAt: "2026-01-01T00:00:00Z",
            issuedBy: "ada", reason: ""
        ).bytes
        func event(of model: String, key: String, _ value: [UInt8]?) throws -> StreamEvent? {
            StreamEventReader(model: try ModelName(model), topics: Self.topics).event(
                of: StreamRecord(
                    at: StreamPlace(partition: 0, offset: 0), key: Array(key.utf8), value: value),
                on: "control")
        }
        guard case .announced(let found)? = try event(of: "m", key: "m", value) else {
            Issue.record("no deployment")
            return
        }
        #expect(found == deployment)
        #expect(try event(of: "n", key: "m", value) == nil)
        #expect(try event(of: "m", key: "n", value) == nil)
        #expect(try event(of: "m", key: "m", nil) == nil)
        #expect(try event(of: "m", key: "m", [1, 2]) == nil)
    }

    @Test("status and input are none of it", arguments: ["status", "in", "elsewhere"])
    func others(topic: String) throws {
        #expect(try event(Self.prediction, on: topic) == nil)
    }
}
