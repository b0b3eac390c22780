import Kafka
import Lifecycle
import Serving
import TestSupport
import Testing

@testable import swerve

@Suite("Lists of rights")
struct AccessTextTests {
    private func access(group: String = "it's") -> [ProcessAccess] {
        var made = WorkerConfiguration(
            model: "m", group: group, slot: 0, total: 1, assignment: .static, start: "earliest",
            artifacts: "a", stateFolder: "s", kafka: [:])
        made.delivery = .exactlyOnce
        return made.access(registry: nil)
    }

    @Test("for people: a process, and its rights behind it")
    func lines() throws {
        let lines = AccessText.lines(access())
        #expect(lines.first == "serve")
        #expect(lines.contains("  Read             topic raw_requests"))
        #expect(lines.contains("  Write            transactional-id it's-*"))
        #expect(lines.contains("  IdempotentWrite  cluster  (brokers before Kafka 2.8)"))
        // A process that asks no broker is told as such.
        let status = try #require(lines.firstIndex { $0.hasPrefix("rollout status (also ") })
        #expect(lines[status...].prefix(3).contains("  nothing"))
    }

    @Test("for Kafka's tool: words of a shell, and comments for what is not always needed")
    func commands() throws {
        let lines = AccessText.commands(access(), principal: "User:s", bootstrap: "b:1")
        let start = "kafka-acls.sh --bootstrap-server 'b:1' --add --allow-principal 'User:s' "
        #expect(lines.first == "# serve")
        #expect(lines.contains(start + #"--operation Read --group='it'\''s'"#))
        #expect(
            lines.contains(
                start + "--operation Read --topic='raw_requests' --topic='swerve.control' "
                    + "--topic='swerve.status'"))
        #expect(
            lines.contains(
                start + #"--operation Write --transactional-id='it'\''s-' "#
                    + "--resource-pattern-type prefixed"))
        #expect(
            lines.contains(
                "# brokers before Kafka 2.8: " + start + "--operation IdempotentWrite --cluster"))
        #expect(lines.allSatisfy { $0.hasPrefix("# ") || $0.hasPrefix(start) })
    }

    @Test("for programs: each rule with its pattern and condition")
    func document() throws {
        let document = AccessText.document(access(group: "g"), principal: "User:s")
        #expect(document["principal"] == "User:s")
        let serve = try #require(document["processes"]?.array?.first)
        let rules = try #require(serve["rules"]?.array)
        #expect(
            rules.contains([
                "resource": "transactional-id", "name": "g-", "pattern": "prefixed",
                "operation": "Write", "condition": .null,
            ]))
        #expect(
            rules.contains([
                "resource": "cluster", "name": .null, "pattern": "literal",
                "operation": "IdempotentWrite", "condition": "brokers before Kafka 2.8",
            ]))
    }
}
