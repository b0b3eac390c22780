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
}
