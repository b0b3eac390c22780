import Kafka
import Lifecycle
import Serving
import TestSupport
import Testing

@Suite("TopicCheck", .blocking)
struct TopicCheckTests {
    private let good = [
        "raw_requests": 8, "predictions": 8, "predictions.dlq": 8, "swerve.control": 1,
        "swerve.status": 1,
    ]

    @Test("topics that fit are accepted, with the input's partitions")
    func accepts() throws {
        #expect(try TopicCheck.judge(good, .init()) == .fits(partitions: 8, deadLetters: 8))
    }

    @Test(
        "each mistake is named with its topic and its remedy",
        arguments: [
            ("raw_requests", 0, "does not exist"), ("predictions", 0, "does not exist"),
            ("swerve.control", 2, "must have 1"), ("swerve.status", 0, "does not exist"),
            ("swerve.control", 0, "does not exist"),
        ])
    func refuses(topic: String, partitions: Int, words: String) throws {
        var counts = good
        counts[topic] = partitions
        let error = try #require(throws: SwerveError.self) { try TopicCheck.judge(counts, .init()) }
        #expect(error.description.contains(topic))
        #expect(error.description.contains(words))
        #expect(!error.remedy.isEmpty)
        #expect(!error.isRetryable)
    }

    @Test(
        "an output with fewer partitions than the input is behind, and told as that",
        arguments: [4, 7])
    func behind(partitions: Int) throws {
        let topic = "predictions"
        var counts = good
        counts[topic] = partitions
        let fit = try TopicCheck.judge(counts, .init())
        guard case .isBehind(let error, let both, let letters) = fit else {
            Issue.record("it fits")
            return
        }
        #expect(both == partitions && letters == good["predictions.dlq"])
        #expect(error.description.contains("\(topic): it has \(partitions) partitions"))
        #expect(error.remedy.contains("give it as many"))
        #expect(!error.isRetryable)
    }

    @Test("a control topic of several partitions is refused, also while the output is behind")
    func controlWhileBehind() throws {
        var counts = good
        counts["predictions"] = 4
        counts["swerve.control"] = 2
        let error = try #require(throws: SwerveError.self) { try TopicCheck.judge(counts, .init()) }
        #expect(error.description.contains("must have 1"), "\(error)")
    }

    @Test("dead letters may have any number of partitions", arguments: [1, 7, 9])
    func deadLetters(partitions: Int) throws {
        var counts = good
        counts["predictions.dlq"] = partitions
        #expect(
            try TopicCheck.judge(counts, .init())
                == .fits(partitions: 8, deadLetters: partitions))
    }

    @Test("a missing dead-letter topic is refused with both remedies, and not missed when off")
    func noDeadLetters() throws {
        var counts = good
        counts["predictions.dlq"] = nil
        var topics = WorkerConfiguration.Topics()
        let error = try #require(throws: SwerveError.self) { try TopicCheck.judge(counts, topics) }
        #expect(error.description.contains("predictions.dlq"))
        #expect(error.remedy.contains("topics create"))
        #expect(error.remedy.contains("topics.dead_letters: none"))
        topics.deadLetters = "none"
        #expect(topics.deadLettersIfAny == nil && !topics.all.contains("none"))
        #expect(try TopicCheck.judge(counts, topics) == .fits(partitions: 8, deadLetters: 8))
    }

    @Test("topics of a slot that served before are waited for, for a minute, and told once")
    func patience() {
        var patience = TopicPatience(hasServed: true)
        let second: UInt64 = 1_000_000_000
        let steps = [7, 8, 66, 67, 68].map { patience.behind(both: 4, at: $0 * second) }
        #expect(
            steps == [
                .wait(isNews: true), .wait(isNews: false), .wait(isNews: false), .giveUp, .giveUp,
            ])
    }

    @Test("where the output has what was served, only the input has grown: both are served")
    func grownInput() {
        var patience = TopicPatience(hasServed: true, served: 4)
        #expect(patience.behind(both: 4, at: 1) == .serveBoth)
        #expect(patience.behind(both: 5, at: 1) == .serveBoth)
        // An output with fewer is another one, or is being made.
        #expect(patience.behind(both: 3, at: 1) == .wait(isNews: true))
    }

    @Test("topics of a slot that never served are not waited for: they never fitted")
    func noPatience() {
        var patience = TopicPatience(hasServed: false)
        #expect(patience.behind(both: 4, at: 1) == .giveUp)
    }

    @Test(
        "a control topic that the broker does not stamp is refused where trust needs its times",
        arguments: ["CreateTime", nil])
    func timestampType(type: String?) throws {
        #expect(throws: Never.self) {
            try TopicCheck.judge(timestampType: "LogAppendTime", of: "swerve.control")
        }
        let error = try #require(throws: SwerveError.self) {
            try TopicCheck.judge(timestampType: type, of: "swerve.control")
        }
        #expect(error.description.contains("swerve.control"))
        #expect(error.description.contains("message.timestamp.type"))
        #expect(error.remedy.contains("swerve topics create"))
        #expect(!error.isRetryable)
    }

    @Test("a topic that forgets deployments is refused", arguments: ["delete", nil])
    func cleanupPolicy(policy: String?) throws {
        for good in ["compact", "compact,delete"] {
            #expect(throws: Never.self) { try TopicCheck.judge(cleanupPolicy: good, of: "c") }
        }
        let error = try #require(throws: SwerveError.self) {
            try TopicCheck.judge(cleanupPolicy: policy, of: "c")
        }
        #expect(error.description.contains("cleanup.policy"))
    }

    @Test("a missing ledger's remedy is one that the broker at hand knows")
    func missingLedger() {
        let trial = TopicCheck.words(ofMissingLedger: "l", isDevelopment: true)
        #expect(trial.contains("swerve broker --topic l:1") && !trial.contains("topics create"))
        let real = TopicCheck.words(ofMissingLedger: "l", isDevelopment: false)
        #expect(real.contains("swerve topics create") && !real.contains("swerve broker"))
    }

    @Test("the status topic may have any number of partitions", arguments: [2, 100])
    func status(partitions: Int) throws {
        var counts = good
        counts["swerve.status"] = partitions
        #expect(try TopicCheck.judge(counts, .init()) == .fits(partitions: 8, deadLetters: 8))
    }

    @Test("a ledger is written where its topic is there and it is not switched off")
    func ledger() throws {
        let broker = try DevelopmentBroker(topics: [("swerve.ledger", 1), ("swerve.status", 3)])
        defer { broker.stop() }
        let administrator = try TopicAdministrator(
            settings: KafkaSettings(["bootstrap.servers": broker.bootstrap])
        ) { _, _ in }
        defer { administrator.close() }
        for (name, hasLedger) in [("swerve.ledger", true), ("other", false), ("none", false)] {
            var topics = WorkerConfiguration.Topics()
            topics.ledger = name
            let check = TopicCheck(topics: topics, isDevelopment: true)
            let side = try check.sideTopics(administrator)
            #expect(side.hasLedger == hasLedger && side.statusPartitions == 3)
        }
    }
}
