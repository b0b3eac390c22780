import Kafka
import Lifecycle
import Serving
import Testing

@Suite("StreamFaults")
struct StreamFaultsTests {
    private let producer = FakeProducer()
    private let consumer = FakeConsumer()

    private func faults(_ shared: WorkerShared) -> StreamFaults {
        StreamFaults(
            configuration: Streams.configuration(), shared: shared, producer: producer)
    }

    private func fault(_ meaning: KafkaMeaning) -> ConsumerFault {
        ConsumerFault(fault: KafkaFault(meaning: meaning, text: "as told"), partition: 3)
    }

    @Test(
        "what is passing, or no fault at all, goes by", arguments: [KafkaMeaning.nothing, .passing])
    func goesBy(meaning: KafkaMeaning) throws {
        let shared = try Streams.shared()
        try faults(shared).judge(fault(meaning), of: consumer)
        #expect(shared.failure == nil)
        #expect(consumer.doubtCount == 0)
    }

    @Test("a topic that a broker says is missing is doubted, and nothing more")
    func doubted() throws {
        let shared = try Streams.shared()
        try faults(shared).judge(fault(.missing), of: consumer)
        #expect(consumer.doubtCount == 1)
        #expect(shared.failure == nil)
    }

    @Test(
        "what somebody has to mend is refused, what a new process heals is not",
        arguments: [
            (KafkaMeaning.offsetGone, SwerveError.Code.refused, "set the group's offsets"),
            (.denied(.topic), .refused, "Read"), (.final, .refused, "check topic and settings"),
            (.broken, .system, "as told"),
        ])
    func thrown(meaning: KafkaMeaning, code: SwerveError.Code, words: String) throws {
        let shared = try Streams.shared()
        let error = try #require(throws: SwerveError.self) {
            try faults(shared).judge(fault(meaning), of: consumer)
        }
        #expect(error.code == code)
        #expect(error.description.contains("in [3]"), "\(error)")
        #expect(error.description.contains(words), "\(error)")
        // Whoever catches it ends the worker.
        #expect(shared.failure == nil)
    }

    @Test("a place that another process has taken ends this one as superseded, and throws nothing")
    func fenced() throws {
        for isCause in [false, true] {
            let shared = try Streams.shared()
            consumer.fatalFault =
                isCause ? KafkaFault(meaning: .fenced, text: "as told") : nil
            consumer.standings = [.replaced("another")]
            try faults(shared).judge(fault(isCause ? .broken : .fenced), of: consumer)
            guard case .superseded(let words) = shared.failure else {
                Issue.record("\(String(describing: shared.failure))")
                continue
            }
            #expect(words.contains("slot g/2 is taken by another process"), "\(words)")
        }
    }

    @Test("a member that has fenced itself starts again; without the group's word it ends")
    func fencedByItself() throws {
        let fence = KafkaFault(meaning: .fenced, text: "as told")
        let denied = SwerveError(.refused, act: "asking", reason: "a right is missing")
        for place in 0..<3 {
            for standing in [MemberStanding.free, .unknown(denied)] {
                let shared = try Streams.shared()
                consumer.fatalFault = place == 0 ? nil : fence
                consumer.faults = place == 0 ? [fence] : []
                consumer.standings = [standing]
                if place == 2 {
                    try faults(shared).judge(fault(.broken), of: consumer)
                } else {
                    try faults(shared).look(at: consumer)
                }
                switch shared.failure {
                case .restart(let error):
                    #expect(standing == .free && error.description.contains("as told"), "\(error)")
                case .superseded: #expect(standing != .free)
                case let other: Issue.record("\(String(describing: other))")
                }
            }
        }
    }

    @Test("a member whose join was answered in vain waits for its place, and starts again")
    func fencedByLostAnswer() throws {
        let shared = try Streams.shared()
        let away = SwerveError(.unavailable, act: "asking", reason: "no coordinator")
        consumer.fatalFault = KafkaFault(meaning: .fenced, text: "as told")
        consumer.standings = [.doubtful("another id"), .unknown(away), .doubtful("another id")]
        try faults(shared).look(at: consumer)
        guard case .restart(let error) = shared.failure else {
            Issue.record("\(String(describing: shared.failure))")
            return
        }
        #expect(error.description.contains("as told"), "\(error)")
        #expect(consumer.standingCount == 4)
    }

    @Test("faults of both handles are looked for, and a topic that is gone is named")
    func handles() throws {
        let error = KafkaFault(meaning: .broken, text: "broken")
        let denied = SwerveError(.refused, act: "taking", reason: "no offsets")
        for place in 0..<4 {
            let shared = try Streams.shared()
            consumer.faults = place == 0 ? [error] : []
            producer.faults = place == 1 ? [error] : []
            consumer.assignmentFailure = place == 2 ? denied : nil
            consumer.isGone = place == 3
            let thrown = try #require(throws: SwerveError.self) {
                try faults(shared).look(at: consumer)
            }
            let words = ["broken", "broken", "no offsets", "the brokers do not have the topic"]
            #expect(thrown.description.contains(words[place]), "\(thrown)")
        }
    }

    @Test("a member that was fenced while it took partitions up ends as superseded, not refused")
    func fencedInAssignment() throws {
        let shared = try Streams.shared()
        consumer.fatalFault = KafkaFault(meaning: .fenced, text: "as told")
        consumer.assignmentFailure = consumer.fatalFault?.error("committing where group g begins")
        #expect(consumer.assignmentFailure?.code == .refused)
        consumer.standings = [.replaced("another")]
        try faults(shared).look(at: consumer)
        guard case .superseded = shared.failure else {
            Issue.record("\(String(describing: shared.failure))")
            return
        }
    }

    @Test("handles are looked at a few times a second, however often it is asked")
    func seldom() throws {
        let faults = faults(try Streams.shared())
        try faults.look(at: consumer, now: 1_000_000_000)
        consumer.isGone = true
        for later in [0, 1, 99, 100] as [UInt64] {
            try faults.look(at: consumer, now: 1_000_000_000 + later * 1_000_000)
        }
        #expect(throws: SwerveError.self) {
            try faults.look(at: consumer, now: 1_000_000_000 + 101_000_000)
        }
    }

}
