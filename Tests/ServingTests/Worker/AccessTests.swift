import Kafka
import Lifecycle
import TestSupport
import Testing

@testable import Serving

/// What `swerve rights` lists, held against the names that the clients use.
@Suite("Access lists")
struct AccessTests {
    private func configuration(
        _ assignment: WorkerConfiguration.Assignment = .static,
        _ delivery: WorkerConfiguration.Delivery = .atLeastOnce, prefix: String = "",
        group: String = "g"
    ) -> WorkerConfiguration {
        var made = WorkerConfiguration(
            model: "m", group: group, slot: 0, total: 3, assignment: assignment,
            start: "earliest", artifacts: "a", stateFolder: "s", kafka: [:])
        made.delivery = delivery
        made.namePrefix = prefix
        return made
    }

    private func rules(
        _ process: String, _ configuration: WorkerConfiguration, registry: String? = "r"
    ) throws -> [String] {
        try #require(
            configuration.access(registry: registry).first { $0.process == process }
        ).rules.map { ($0.condition == nil ? "" : "? ") + $0.right.description }
    }

    @Test("a worker's list names each right once, and the ones it can do without as such")
    func worker() throws {
        #expect(
            try rules("serve", configuration()) == [
                "Read on topic raw_requests", "Write on topic predictions",
                "Write on topic predictions.dlq", "Read on topic swerve.control",
                "Read on topic swerve.status", "DescribeConfigs on topic swerve.control",
                "DescribeConfigs on topic swerve.status", "Write on topic swerve.status",
                "Write on topic swerve.ledger", "? DescribeConfigs on topic predictions",
                "? DescribeConfigs on topic predictions.dlq", "Read on group g",
                "? Describe on group swerve-reader", "? IdempotentWrite on the cluster",
            ])
    }

    @Test("transactional ids are listed where there are some, for all slots at once")
    func transactions() throws {
        let ids = "Write on each transactional id that begins with g-"
        #expect(try !rules("serve", configuration(.dynamic)).contains(ids))
        for made in [configuration(.static, .exactlyOnce), configuration(.fixed)] {
            #expect(try rules("serve", made).contains(ids))
        }
        let slot = SlotID(group: "g", slot: 17)
        #expect(ProducerTransactions.transactionalID(of: slot).hasPrefix(KafkaNames.slots(of: "g")))
        #expect(SlotClaim.transactionalID(of: slot).hasPrefix(KafkaNames.slots(of: "g")))
    }

    @Test("whoever announces needs the id of this registry, or of any")
    func announcing() throws {
        let made = configuration()
        #expect(
            try rules("promote", made) == [
                "Read on topic swerve.control", "Read on topic swerve.status",
                "Write on topic swerve.control", "? Describe on group swerve-reader",
                "Write on transactional id swerve-outbox-r",
            ])
        #expect(
            try rules("promote", made, registry: nil).last
                == "Write on each transactional id that begins with swerve-outbox-")
    }

    @Test("a rollout announces, and its status asks no broker")
    func rollouts() throws {
        let made = configuration()
        #expect(try rules("rollout run", made) == rules("promote", made))
        #expect(try rules("rollout status", made) == [])
    }

    @Test("whoever looks at a stream from outside reads, and can do without the rest")
    func evidence() throws {
        let made = configuration()
        let answers = [
            "Read on topic raw_requests", "Read on topic predictions",
            "Read on topic predictions.dlq",
        ]
        #expect(
            try rules("audit stream", made) == answers + [
                "Read on topic swerve.ledger", "Read on topic swerve.control",
                "? DescribeConfigs on topic raw_requests", "? Describe on group swerve-reader",
                "? Describe on group g", "? Describe on group g.replay",
            ])
        #expect(try rules("trace", made) == answers + ["? Read on topic swerve.ledger"])
        #expect(
            try rules("replay", made) == [
                "Read on topic raw_requests", "? DescribeConfigs on topic raw_requests",
            ])
        #expect(try rules("labels", made) == Array(answers[..<2]))
        #expect(try rules("impact", made) == answers)
        let all = made.access(registry: nil, corrections: "fixed")
        let impact = try #require(all.first { $0.process == "impact" })
        #expect(
            impact.rules.filter { $0.condition != nil }.map { "\($0.right): \($0.condition ?? "")" }
                == [
                    "Read on topic fixed: with --correct", "Write on topic fixed: with --apply",
                    "IdempotentWrite on the cluster: with --apply, and brokers before Kafka 2.8",
                ])
        let create = try #require(all.first { $0.process == "topics create" })
        #expect(
            create.rules.contains {
                $0.right.description == "Create on topic fixed"
                    && $0.condition == "with --corrections"
            })
    }

    @Test("a hub hears and announces for all models, and needs no model to be listed")
    func hub() throws {
        let announcing = try rules("promote", configuration())
        #expect(
            try Set(rules("hub", configuration()))
                == Set(announcing + ["? Read on topic raw_requests"]))
        let alone = ProcessAccess.hub(
            control: "swerve.control", status: "swerve.status", prefix: "", registry: "r")
        #expect(
            alone.rules.map { ($0.condition == nil ? "" : "? ") + $0.right.description }
                == announcing)
    }

    @Test("what is switched off needs no rights")
    func without() throws {
        var made = configuration()
        made.topics.deadLetters = "none"
        made.topics.ledger = "none"
        let access = made.access(registry: nil)
        #expect(
            access.map(\.process) == [
                "serve", "promote", "rollout run", "hub", "rollout status", "status",
                "audit verify",
                "leave", "audit stream", "trace", "impact", "labels", "replay", "topics create",
            ])
        #expect(!access.flatMap(\.rules).contains { $0.right.name == "none" })
        #expect(!access.flatMap(\.rules).contains { $0.right.name.contains("replay") })
    }

    @Test("a prefix stands before each name that is not the group's, and one rule covers them")
    func prefixed() throws {
        let made = configuration(.static, .exactlyOnce, prefix: "acme.", group: "acme.g")
        for process in made.access(registry: nil) {
            for rule in process.rules
            where [.group, .transactionalID].contains(rule.right.resource) {
                #expect(rule.right.name == "acme." && rule.right.isPrefix, "\(rule.right)")
            }
        }
        let other = configuration(prefix: "acme.")
        #expect(other.baseSettings.names.reader == "acme.swerve-reader")
        #expect(LetterReplay.group(other) == "acme.g.replay")
        #expect(
            try rules("serve", other).filter { $0.contains(" group ") || $0.contains(" group") }
                == ["Read on group g", "? Describe on each group that begins with acme."])
        // The consumer's and producer's settings carry it as well.
        #expect(other.consumerSettings.names == other.producerSettings.names)
        #expect(other.consumerSettings.names.prefix == "acme.")
    }

    @Test("a replay needs its own group and transactional id")
    func replay() throws {
        #expect(
            try rules("dead-letters replay", configuration()) == [
                "Read on topic swerve.control", "Read on topic predictions.dlq",
                "Write on topic predictions", "Write on topic predictions.dlq",
                "? DescribeConfigs on topic predictions", "? Describe on group swerve-reader",
                "Read on group g.replay", "Write on transactional id g.replay-0-stream",
            ])
    }
}
