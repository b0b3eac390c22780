import Lifecycle
import Testing
import Verification

@Suite("Reading dead letters")
struct DeadLetterTests {
    static let headers = [
        "swerve.model": "m", "swerve.source.topic": "in", "swerve.source.partition": "3",
        "swerve.source.offset": "42", "swerve.epoch": "5", "swerve.error.code": "not-json",
        "swerve.stub": "false",
    ]

    private func letter(_ value: String?, _ headers: [String: String]) throws -> DeadLetter? {
        DeadLetter(
            StreamRecord(
                at: StreamPlace(partition: 3, offset: 9), key: Array("key".utf8),
                value: value.map { Array($0.utf8) }, headers: headers),
            model: try ModelName("m"), topic: "in")
    }

    @Test("a dead letter names its record by its headers", arguments: [false, true])
    func deadLetters(isStub: Bool) throws {
        var headers = Self.headers
        headers["swerve.stub"] = "\(isStub)"
        #expect(
            try letter("v", headers)
                == DeadLetter(
                    source: StreamPlace(partition: 3, offset: 42), key: Array("key".utf8),
                    value: Array("v".utf8), isStub: isStub, code: "not-json", epoch: 5))
    }

    @Test("a record without a value has a dead letter without one")
    func emptyLetter() throws {
        #expect(try letter(nil, Self.headers)?.value.isEmpty == true)
    }

    @Test(
        "without the headers that every worker writes it is none",
        arguments: [
            ("swerve.model", nil), ("swerve.model", "other"), ("swerve.source.topic", "other"),
            ("swerve.source.partition", "x"), ("swerve.source.partition", "99999999999"),
            ("swerve.source.offset", nil), ("swerve.source.offset", "9223372036854775807"),
            ("swerve.epoch", "-"), ("swerve.error.code", nil),
        ] as [(String, String?)])
    func noDeadLetters(name: String, value: String?) throws {
        var headers = Self.headers
        headers[name] = value
        #expect(try letter("v", headers) == nil, "\(name) \(value ?? "away") was taken")
    }
}
