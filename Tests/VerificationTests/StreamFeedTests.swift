import Lifecycle
import TestSupport
import Testing
import Verification

/// Topics in memory, which give so many records a poll.
private final class FakeFeed: StreamFeed {
    /// By topic, the offsets of partition 0; holes are what compaction left.
    var offsets: [String: [Int64]]
    var ends: [String: Int64]
    private var positions: [String: Int64] = [:]
    private(set) var polls = 0

    init(_ offsets: [String: [Int64]], ends: [String: Int64]) {
        self.offsets = offsets
        self.ends = ends
    }

    func poll(
        milliseconds: Int32, _ body: (_ topic: String, StreamRecord) -> Void
    ) throws(SwerveError) {
        polls += 1
        for topic in offsets.keys.sorted() {
            let position = positions[topic] ?? 0
            guard let next = offsets[topic]?.first(where: { $0 >= position }) else {
                // The end-of-partition event moves over a hole at the end.
                positions[topic] = offsets[topic]?.isEmpty == true ? nil : ends[topic]
                continue
            }
            positions[topic] = next + 1
            body(
                topic,
                StreamRecord(at: StreamPlace(partition: 0, offset: next), key: [], value: nil))
        }
    }

    func end(of topic: String, partition: Int32, timeoutMs: Int32) throws(SwerveError) -> Int64 {
        ends[topic] ?? 0
    }

    func position(of topic: String, partition: Int32) -> Int64 { positions[topic] ?? -1 }
}

@Suite("Reading a stream to its ends", .blocking)
struct StreamFeedTests {
    @Test("every record is handed over in its order, holes and an empty end included")
    func reads() throws {
        let feed = FakeFeed(
            ["a": [0, 1, 5, 6], "b": [3]], ends: ["a": 9, "b": 4])
        var seen: [String: [Int64]] = [:]
        try feed.readToEnds(of: ["a", "b"], partitions: 1, timeoutMs: 60_000) { topic, record in
            seen[topic, default: []].append(record.place.offset)
        }
        #expect(seen == ["a": [0, 1, 5, 6], "b": [3]])
    }

    @Test("what comes behind the ends as they were is not waited for")
    func bounded() throws {
        let feed = FakeFeed(["a": [0, 1, 2, 3]], ends: ["a": 2])
        var seen: [Int64] = []
        try feed.readToEnds(of: ["a"], partitions: 1, timeoutMs: 60_000) { _, record in
            seen.append(record.place.offset)
        }
        #expect(seen == [0, 1])
        #expect(feed.polls == 2)
    }

    @Test("an end that is not reached in time is named")
    func late() {
        let feed = FakeFeed(["a": []], ends: ["a": 2])
        #expect {
            try feed.readToEnds(of: ["a"], partitions: 1, timeoutMs: 0) { _, _ in }
        } throws: {
            code($0) == .timedOut && "\($0)".contains("reading a to its end")
                && "\($0)".contains("partition 0 was not read to offset 2")
        }
    }

    @Test("what the reader of the records throws ends it")
    func throwsOn() {
        let feed = FakeFeed(["a": [0, 1]], ends: ["a": 2])
        #expect {
            try feed.readToEnds(of: ["a"], partitions: 1, timeoutMs: 60_000) {
                _, _ throws(SwerveError) in
                throw SwerveError(.refused, act: "checking", reason: "enough")
            }
        } throws: { code($0) == .refused }
        #expect(feed.polls == 1)
    }
}
