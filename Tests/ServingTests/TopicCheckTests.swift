import Lifecycle
import Serving
import Testing

@Suite("TopicCheck")
struct TopicCheckTests {
    private let good = [
        "raw_requests": 8, "predictions": 8, "predictions.dlq": 8, "swerve.control": 1,
        "swerve.status": 1,
    ]

    @Test("topics that fit are accepted, with the input's partitions")
    func accepts() throws {
        #expect(try TopicCheck.judge(good, .init()) == 8)
    }

    @Test(
        "each mistake is named with its topic and its remedy",
        arguments: [
            ("raw_requests", 0, "does not exist"), ("predictions", 0, "does not exist"),
            ("predictions", 4, "4 partitions"), ("predictions.dlq", 7, "7 partitions"),
            ("swerve.control", 2, "must have 1"), ("swerve.status", 3, "must have 1"),
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
}
