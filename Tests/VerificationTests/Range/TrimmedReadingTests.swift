import Kafka
import Lifecycle
import TestSupport
import Testing

@testable import Verification

/// Retention that takes records away while somebody reads them, on the development broker, which
/// keeps the last 5 MiB of a partition and tells nobody.
@Suite("Reading what retention trims meanwhile", .blocking)
final class TrimmedReadingTests {
    private let broker: DevelopmentBroker
    private let settings: KafkaSettings
    private static let small: Int64 = 30_000
    private static let timeoutMs: Int32 = 2_000

    init() throws {
        broker = try DevelopmentBroker(topics: [("in", 1)])
        settings = KafkaSettings(["bootstrap.servers": broker.bootstrap])
        try write(Int(Self.small), bytes: 60)
    }

    deinit { broker.stop() }

    private func write(_ count: Int, bytes: Int) throws {
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        for _ in 0..<count {
            try writer.write(
                topic: "in", partition: 0, key: nil, value: [UInt8](repeating: 0x78, count: bytes))
        }
        try writer.flush(milliseconds: 60_000, act: "writing")
    }

    /// Takes away all that was written before, and writes so much behind it.
    private func trim() throws { try write(1_500, bytes: 10_000) }

    private func consumer() throws -> RangeConsumer {
        try RangeConsumer(settings: settings, queueKilobytes: 64, timeoutMs: 10_000) { _, _ in }
    }

    private func begins(_ consumer: RangeConsumer) throws -> Int64 {
        try consumer.bounds(of: "in", partition: 0, timeoutMs: 10_000).lowerBound
    }

    @Test("single records that go meanwhile are gone, those behind them come, and nothing waits")
    func fetcher() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        let fetcher = try RecordFetcher(
            consumer, topic: "in", partition: 0, timeoutMs: Self.timeoutMs)
        defer { fetcher.close() }
        var found: [Int64] = []
        try fetcher.fetch([0, 10]) { offset, _, _ in found.append(offset) }
        #expect(found == [0, 10] && !fetcher.isGone(0) && !fetcher.isGone(Self.small - 1))
        try trim()
        let begins = try begins(consumer)
        try #require(begins > Self.small)
        found = []
        // Near where it is, far from it, and behind what is gone.
        let wanted = [15_000, 15_001, 29_999, begins, begins + 7, Self.small + 1_499]
        try fetcher.fetch(wanted) { offset, _, _ in found.append(offset) }
        #expect(found == Array(wanted.suffix(3)))
        for offset in wanted { #expect(fetcher.isGone(offset) == (offset < begins), "\(offset)") }
        // What is not there yet is not gone, and what went stays so behind a new beginning.
        #expect(!fetcher.isGone(.max) && fetcher.isGone(0))
        try fetcher.fetch([begins]) { offset, _, _ in found.append(offset) }
        #expect(found.last == begins && fetcher.isGone(begins - 1) && !fetcher.isGone(begins))
    }

    @Test("all that is wanted may be gone")
    func allGone() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        let fetcher = try RecordFetcher(
            consumer, topic: "in", partition: 0, timeoutMs: Self.timeoutMs)
        defer { fetcher.close() }
        try trim()
        for offsets: [Int64] in [[5], [5, 6, 29_999]] {
            try fetcher.fetch(offsets) { offset, _, _ in
                Issue.record("\(offset) came, and is gone")
            }
            for offset in offsets { #expect(fetcher.isGone(offset)) }
        }
    }

    @Test("a span that is trimmed ends where it should, and what is missing is told as cut")
    func span() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        let reader = try SpanReader(
            consumer, topic: "in", partition: 0, from: 0, to: Self.small,
            timeoutMs: Self.timeoutMs)
        defer { reader.close() }
        var last: Int64 = -1
        while last < 0 { try reader.step { _, _, offset in last = offset } }
        try trim()
        try reader.readAll { _, _, offset in
            #expect(offset > last)
            last = offset
        }
        let cut = try #require(reader.cursor.cut)
        #expect(cut.lowerBound == last + 1 && cut.upperBound >= Self.small)
    }

    @Test("who was not told that the next record is gone asks where the partition begins")
    func untold() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        let cursor = try consumer.cursor(of: "in", partition: 0, from: 100)
        defer { cursor.close() }
        #expect(try !cursor.passTrimmed() && cursor.position == 100 && cursor.cut == nil)
        try trim()
        let begins = try begins(consumer)
        #expect(try cursor.passTrimmed() && cursor.position == begins)
        #expect(cursor.cut == 100..<begins)
        while cursor.batch.count == 0 || cursor.batch.record(at: 0) == nil {
            try cursor.take(milliseconds: 100)
        }
        #expect(cursor.batch.record(at: 0)?.offset == begins)
        #expect(try !cursor.passTrimmed())
    }

    @Test("a range from a time before all that is kept says what may have been of it")
    func undated() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        let resolver = RangeResolver(consumer, timeoutMs: 10_000)
        func span(_ from: RangeEdge?) throws -> PartitionSpan {
            try resolver.spans(of: "in", partitions: 1, from: from, to: nil, committed: nil)[0]
        }
        #expect(try span(.time(ms: 1)).undated == nil, "all is kept")
        try trim()
        let begins = try begins(consumer)
        #expect(try span(.time(ms: 1)).undated == 0..<begins)
        #expect(try span(.time(ms: 1)).cut == nil)
        #expect(try span(nil).undated == nil && span(.time(ms: .max / 2)).undated == nil)
        let byOffset = try span(.offset(7))
        #expect(byOffset.undated == nil && byOffset.cut == 7..<begins)
    }

    @Test("a place is found by what records say, though retention takes away where it looks")
    func sought() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        let resolver = RangeResolver(consumer, timeoutMs: Self.timeoutMs)
        try trim()
        let (begins, end) = (try begins(consumer), Self.small + 1_500)
        func first(_ range: Range<Int64>, _ wanted: Int64) throws -> Int64 {
            try resolver.first(of: "in", partition: 0, in: range, saying: wanted) {
                batch, index in batch.record(at: index)?.offset
            }
        }
        // Part of it is gone, and all of it.
        #expect(try first(0..<end, .max) == end && first(0..<end, begins + 7) == begins + 7)
        #expect(try first(0..<end, 3) <= begins)
        #expect(try (0...begins).contains(first(0..<Self.small, 17)))
    }

    @Test("one that goes on behind what was trimmed reads all that is kept")
    func onwards() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        let end = Self.small + 1_500
        let reader = try SpanReader(
            consumer, topic: "in", partition: 0, from: 0, to: end, timeoutMs: Self.timeoutMs)
        defer { reader.close() }
        try trim()
        let begins = try begins(consumer)
        var (count, first): (Int64, Int64?) = (0, nil)
        try reader.readAll { _, _, offset in
            guard offset >= begins else { return }
            first = first ?? offset
            count += 1
        }
        #expect(first == begins && count == end - begins)
        #expect(reader.cursor.cut?.upperBound == begins)
    }
}
