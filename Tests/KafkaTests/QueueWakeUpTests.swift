import Testing

@testable import Kafka

/// When the threads that fetch are woken, and which librdkafka needs it.
@Suite("QueueWakeUp")
struct QueueWakeUpTests {
    private let pause = QueueWakeUp.workersPauseNs
    private let start: UInt64 = 1_000_000_000_000

    private func isDue(_ wakeUp: inout QueueWakeUp, _ isFull: Bool, _ now: UInt64) -> Bool {
        wakeUp.isDue(afterFullPoll: isFull, at: now)
    }

    @Test("nothing is woken while polls find less than they may take")
    func idle() {
        var wakeUp = QueueWakeUp(isNeeded: true)
        for step in 0..<10 as Range<UInt64> {
            #expect(!isDue(&wakeUp, false, start + step * pause))
        }
    }

    @Test("full polls wake as often as the pause allows, and one time more after the last of them")
    func full() {
        var wakeUp = QueueWakeUp(isNeeded: true)
        #expect(isDue(&wakeUp, true, start))
        #expect(!isDue(&wakeUp, true, start + pause - 1))
        #expect(isDue(&wakeUp, true, start + pause))
        #expect(!isDue(&wakeUp, false, start + pause + 1))
        #expect(isDue(&wakeUp, false, start + 2 * pause))
        #expect(!isDue(&wakeUp, false, start + 9 * pause))
    }

    @Test("a full poll within the pause is not forgotten")
    func withinPause() {
        var wakeUp = QueueWakeUp(isNeeded: true)
        #expect(isDue(&wakeUp, true, start))
        // The one above, and none since.
        #expect(isDue(&wakeUp, false, start + pause))
        #expect(!isDue(&wakeUp, true, start + pause + 1))
        #expect(!isDue(&wakeUp, false, start + pause + 2))
        #expect(isDue(&wakeUp, false, start + 2 * pause))
    }

    @Test("where librdkafka looks by itself, nothing is woken")
    func unneeded() {
        var wakeUp = QueueWakeUp(isNeeded: false)
        #expect(!isDue(&wakeUp, true, start) && !isDue(&wakeUp, true, start + 9 * pause))
    }

    @Test("a librdkafka that looks into its queue by itself is told how often, and no other")
    func settings() {
        let settings = ConsumerSettings.whole(KafkaSettings(), .dynamic, .standard)
        let isOld = LibrdkafkaVersion.present.description.split(separator: ".")
            .compactMap { Int($0) }.lexicographicallyPrecedes([2, 2])
        #expect((settings["fetch.queue.backoff.ms"] == nil) == isOld)
        #expect(KafkaHandle.hasSetting("fetch.wait.max.ms", "50"))
        #expect(!KafkaHandle.hasSetting("fetch.wait.max.ms", "soon"))
        #expect(!KafkaHandle.hasSetting("no.such.setting", "1"))
    }
}
