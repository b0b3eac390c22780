import Kafka
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// What a slot remembers of its input.
@Suite("ServedInput")
struct ServedInputTests {
    private func mark(_ partition: Int32, _ offset: Int64, timestampMs: Int64? = 7) -> RecordMark {
        RecordMark(
            partition: partition, offset: offset, timestampMs: timestampMs,
            digest: RawDigest(ContentHash.sha256([UInt8(partition), UInt8(offset)])))
    }

    private func file(
        _ folder: TemporaryFolder, topic: String = "in", slot: Int = 0, group: String = "g"
    ) throws -> ServedInputFile {
        ServedInputFile(
            folder: folder.path(""), slot: SlotID(group: group, slot: slot),
            model: try ModelName("m"), topic: topic)
    }

    @Test("what was written is read, by this slot, of this topic")
    func kept() throws {
        let folder = try TemporaryFolder()
        let served = ServedInput(partitions: 4, marks: [mark(0, 4), mark(3, 9, timestampMs: nil)])
        var told: [String] = []
        let file = try file(folder)
        #expect(file.read { told.append($0) } == nil)
        #expect(!file.earlier { told.append($0) }.isKnown)
        try file.write(served)
        #expect(file.read { told.append($0) } == served)
        let earlier = file.earlier { told.append($0) }
        #expect(earlier.isKnown && earlier.marks == served.marks)
        #expect(earlier.beginAnew.contains("/m.*.g.input.json"))
        #expect(try self.file(folder, topic: "other").read { told.append($0) } == nil)
        #expect(try self.file(folder, slot: 1).read { told.append($0) } == nil)
        #expect(try self.file(folder, group: "h").read { told.append($0) } == nil)
        #expect(told.isEmpty, "\(told)")
    }

    @Test(
        "a damaged file is told, and nothing is known",
        arguments: ["", "{", "{}", #"{"group":"g","slot":0,"topic":"in"}"#])
    func damaged(text: String) throws {
        let folder = try TemporaryFolder()
        let file = try file(folder)
        try folder.write("m.0.g.input.json", text)
        var told: [String] = []
        #expect(file.read { told.append($0) } == nil)
        #expect(told.count == 1, "\(told)")
    }

    @Test("newer marks take the place of those of their partitions")
    func newer() {
        var served = ServedInput(partitions: 4, marks: [mark(0, 1), mark(1, 1)])
        served.take([mark(2, 5), mark(1, 4)])
        #expect(served.marks == [mark(0, 1), mark(1, 4), mark(2, 5)])
    }

    @Test("service is kept at once, and without any record; marks at intervals, and at the end")
    func keeper() throws {
        let folder = try TemporaryFolder()
        let file = try file(folder)
        func kept() -> [RecordMark]? { file.read { _ in }?.marks }
        let second: UInt64 = 1_000_000_000
        var keeper = ServedInputKeeper(file) { _ in }
        try keeper.turn(nil, partitions: 4, at: second)
        #expect(kept() == nil)
        try keeper.turn([], partitions: 4, at: 2 * second)
        #expect(kept() == [])
        try keeper.turn([mark(0, 1)], partitions: 4, at: 3 * second)
        #expect(kept() == [mark(0, 1)])
        try keeper.turn([mark(0, 2)], partitions: 4, at: 4 * second)
        #expect(kept() == [mark(0, 1)])
        try keeper.turn([mark(0, 2)], partitions: 6, at: 33 * second)
        #expect(kept() == [mark(0, 2)])
        #expect(file.read { _ in }?.partitions == 6)
        try keeper.turn([mark(0, 3)], partitions: 6, isLast: true, at: 34 * second)
        #expect(kept() == [mark(0, 3)])
        // A later process keeps what it did not see itself.
        var later = ServedInputKeeper(file) { _ in }
        try later.turn([mark(1, 8)], partitions: 6, at: second)
        #expect(kept() == [mark(0, 3), mark(1, 8)])
    }

    @Test("a partition is due at once, and then once a minute")
    func clock() {
        var clock = MarkClock(partitionCount: 2)
        let now: UInt64 = 5
        let asked: [(Int32, UInt64)] = [
            (3, now), (0, now), (3, now + 1), (3, now + MarkClock.everyNs), (-1, now),
        ]
        var answers: [Bool] = []
        for (partition, moment) in asked { answers.append(clock.isDue(partition, at: moment)) }
        #expect(answers == [true, true, false, true, false])
    }

    @Test("nothing is to be kept before there are offsets")
    func begins() {
        let marks = InputMarks(partitionCount: 1)
        marks.put(mark(1, 1))
        #expect(marks.marks == nil)
        marks.begin()
        marks.put(mark(0, 4))
        marks.put(mark(1, 2))
        #expect(marks.marks == [mark(0, 4), mark(1, 2)])
    }
}
