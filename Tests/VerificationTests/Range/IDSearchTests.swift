import Inputs
import Kafka
import Lifecycle
import TestSupport
import Testing

@testable import Verification

@Suite("Looking for a record by its id", .blocking)
final class IDSearchTests {
    private let broker: DevelopmentBroker
    private let settings: KafkaSettings

    init() throws {
        broker = try DevelopmentBroker(topics: [("in", 2)])
        settings = KafkaSettings(["bootstrap.servers": broker.bootstrap])
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        for number in 0..<24_000 {
            try writer.write(
                topic: "in", partition: Int32(number % 2), key: nil,
                value: Array(#"{"id":"r-\#(number)","method":"GET","path":"/a"}"#.utf8))
        }
        try writer.flush(milliseconds: 60_000, act: "writing")
    }

    deinit { broker.stop() }

    @Test("in the newest records alone, it says of how many, and since when these are all")
    func bounded() throws {
        let consumer = try RangeConsumer(settings: settings, timeoutMs: 10_000) { _, _ in }
        defer { consumer.close() }
        let (terms, form) = (try AuditFixture().terms, RecordForm(InputSettings()))
        let tracer = RecordTracer(consumer, terms, form, timeoutMs: 10_000, searchedMax: 2_000)
        let old = try tracer.places(ofID: "r-7", from: nil, to: nil)
        #expect(old.places.isEmpty && old.searched == 2_000 && old.isLimited)
        #expect(old.completeSinceMs ?? 0 > 0)
        let new = try tracer.places(ofID: "r-23999", from: nil, to: nil)
        #expect(new.places == [StreamPlace(partition: 1, offset: 11_999)])
        // A range that is named is looked at whole.
        let named = try tracer.places(ofID: "r-7", from: .offset(0), to: nil)
        #expect(named.places == [StreamPlace(partition: 1, offset: 3)] && !named.isLimited)
    }

    @Test("in all that there is, it tells how far it has come, and leaves nothing out")
    func whole() throws {
        let consumer = try RangeConsumer(settings: settings, timeoutMs: 10_000) { _, _ in }
        defer { consumer.close() }
        let tracer = RecordTracer(
            consumer, try AuditFixture().terms, RecordForm(InputSettings()), timeoutMs: 10_000)
        var told: [[Int64]] = []
        let search = try tracer.places(ofID: "nobody", from: nil, to: nil) { read, all in
            told.append([read, all])
        }
        #expect(told == [[9_999, 24_000], [19_999, 24_000]])
        #expect(search.places.isEmpty && search.searched == 24_000)
        #expect(!search.isLimited && search.completeSinceMs == nil)
    }

    @Test("an id that is longer than is read of any is looked for by as much")
    func long() throws {
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        let ids = [String(repeating: "x", count: 300), String(repeating: "y", count: 255) + "éé"]
        for id in ids {
            try writer.write(
                topic: "in", partition: 0, key: nil,
                value: Array(#"{"id":"\#(id)","method":"GET","path":"/a"}"#.utf8))
        }
        try writer.flush(milliseconds: 60_000, act: "writing")
        let consumer = try RangeConsumer(settings: settings, timeoutMs: 10_000) { _, _ in }
        defer { consumer.close() }
        let tracer = RecordTracer(
            consumer, try AuditFixture().terms, RecordForm(InputSettings()), timeoutMs: 10_000)
        for (index, id) in ids.enumerated() {
            let search = try tracer.places(ofID: id, from: .offset(12_000), to: nil)
            #expect(search.places == [StreamPlace(partition: 0, offset: 12_000 + Int64(index))])
        }
    }
}
