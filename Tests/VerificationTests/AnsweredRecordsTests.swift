import Testing

@testable import Verification

@Suite("Answered records of a partition")
struct AnsweredRecordsTests {
    private static func records(at offsets: [Int64]) -> AnsweredRecords {
        var records = AnsweredRecords()
        for offset in offsets {
            _ = records.append(InputRecord(key: [], id: nil, value: []), offset: offset)
        }
        return records
    }

    static let layouts: [[Int64]] = [
        [], [0], [7], [0, 1, 2, 3], [100, 101, 102], [5, 9, 10, 11, 400], [0, 2, 4, 6, 8, 9],
        [3, 1_000_000_000_000, .max],
    ]

    @Test("every offset is found and no other, with gaps and without", arguments: layouts)
    func lookup(offsets: [Int64]) {
        let records = Self.records(at: offsets)
        #expect(records.entries.map(\.offset) == offsets)
        for (index, offset) in offsets.enumerated() {
            #expect(records.index(of: offset) == index)
            for near in [offset &- 1, offset &+ 1] where !offsets.contains(near) {
                #expect(records.index(of: near) == nil, "\(near)")
            }
        }
        for far in [Int64.min, -1, .max] where !offsets.contains(far) {
            #expect(records.index(of: far) == nil)
        }
    }

    @Test("offsets only grow")
    func order() {
        var records = Self.records(at: [4, 8])
        let record = InputRecord(key: [], id: nil, value: [])
        for offset in [Int64.min, -1, 0, 4, 6, 8] {
            let isTaken = records.append(record, offset: offset)
            #expect(!isTaken, "\(offset)")
        }
        let negative = Self.records(at: [-3])
        #expect(negative.entries.isEmpty)
        let isTaken = records.append(record, offset: 9)
        #expect(isTaken)
        #expect(records.unanswered == [4, 8, 9])
    }

    @Test("the first answer gets the record, a later one nothing")
    func answers() {
        var records = Self.records(at: [4, 8])
        let answers = [records.answer(1), records.answer(1)]
        #expect(answers.map { $0 != nil } == [true, false])
        #expect(records.unanswered == [4])
    }

    @Test("an epoch counts as gone back against any before it, dead letters aside")
    func epochs() {
        var records = Self.records(at: [0, 1, 2, 3, 4])
        for (index, epoch) in [Int64(2), 0, 1, 3, 2].enumerated() where epoch > 0 {
            records.setEpoch(epoch, of: index)
        }
        #expect(records.steppedBack == [2, 4])
    }
}
