import Kafka
import Lifecycle
import Testing

@testable import swerve

@Suite("partitions that are asked for, held against topics that are there")
struct TopicSizesTests {
    private let sizes = TopicSizes(present: ["in": 4, "out": 4, "dlq": 0, "status": 3])

    @Test("what nobody asked for, what fits and what is not there is no obstacle")
    func fits() throws {
        try sizes.check(["in", "out", "dlq"], have: nil, "--partitions")
        try sizes.check(["in", "out", "dlq"], have: 4, "--partitions")
        try sizes.check(["dlq"], have: 9, "--partitions")
        #expect(sizes["in"] == 4 && sizes["dlq"] == nil && sizes["other"] == nil)
    }

    @Test("what was made is told with its partitions, those with as many together")
    func counted() {
        let wanted = [
            WantedTopic.data("in", partitions: 8), .data("out", partitions: 8), .control("c"),
            .status("s", partitions: 3),
        ]
        #expect(
            TopicsCreateCommand.counted(["in", "c", "out"], wanted)
                == "in, out with 8 partitions each; c with 1 partition")
        #expect(TopicsCreateCommand.counted(["s"], wanted) == "s with 3 partitions")
    }

    @Test("a topic with another number is named, with both numbers and what can be done")
    func differs() throws {
        let more = try #require(throws: SwerveError.self) {
            try sizes.check(["in", "out", "dlq"], have: 8, "--partitions")
        }
        #expect(more.code == .refused && ExitContract.code(of: more) == 1)
        #expect(more.reason.contains("--partitions asks for 8, and in has 4, out has 4"))
        #expect(more.remedy.contains("kafka-topics --alter --topic in --partitions 8"))
        let fewer = try #require(throws: SwerveError.self) {
            try sizes.check(["status"], have: 1, "--status-partitions")
        }
        #expect(fewer.reason.contains("--status-partitions asks for 1, and status has 3"))
        #expect(fewer.remedy.contains("no topic ever gets fewer"))
        #expect(!fewer.remedy.contains("--alter"))
    }
}
