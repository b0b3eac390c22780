import Lifecycle
import Testing

@testable import Kafka
@testable import swerve

/// What `dead-letters show` prints.
@Suite("A dead letter for people")
struct StoredLetterTextTests {
    private func letter(_ changes: [String: String]) throws -> StoredLetter {
        let own = [
            "swerve.error.code": "not_json", "swerve.error.reason": "why", "swerve.model": "m",
            "swerve.source.topic": "in", "swerve.source.partition": "5",
            "swerve.source.offset": "42", "swerve.epoch": "7", "swerve.stub": "false",
        ]
        return try #require(
            StoredLetter(
                TopicRecord(
                    topic: "dlq", partition: 1, offset: 3, key: [], value: [0x61],
                    headers: own.merging(changes) { $1 }, timestamp: .none)))
    }

    @Test("every code of the service's own is shown whole", arguments: DeadLetterCode.allCases)
    func whole(code: DeadLetterCode) throws {
        let lines = try letter(["swerve.error.code": code.rawValue]).lines(FieldMask())
        #expect(lines.contains("  reason   \(code.rawValue): why"))
    }

    @Test(
        "what somebody made up in the service's headers is shortened",
        arguments: ["swerve.error.code", "swerve.error.reason", "swerve.source.topic"])
    func shortened(name: String) throws {
        let long = String(repeating: "\u{1B}x", count: 50_000)
        let lines = try letter([name: long]).lines(FieldMask())
        #expect(lines.allSatisfy { $0.utf8.count < 2_000 })
        #expect(lines.contains { $0.contains("x…") })
        #expect(lines.allSatisfy { !$0.contains("\u{1B}") })
    }
}
