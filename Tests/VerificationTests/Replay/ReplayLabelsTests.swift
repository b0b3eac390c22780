import Lifecycle
import TestSupport
import Testing

@testable import Verification

/// Labels of records from elsewhere.
@Suite("Labels of records")
struct ReplayLabelsTests {
    private static func book(_ lines: String...) throws -> ReplayLabels {
        let folder = try TemporaryFolder()
        let file = try folder.write("labels.jsonl", lines.joined(separator: "\n") + "\n")
        return try ReplayLabels(file: file, input: "in") { label in
            switch label {
            case "attack", "1": true
            case "normal", "0": false
            default: nil
            }
        }
    }

    private static let elsewhere = StreamPlace(partition: 9, offset: 9)

    private static func answer(_ book: ReplayLabels, _ id: String) -> ReplayLabels.Answer {
        book.answer(at: elsewhere, key: RecordID.key(of: id))
    }

    @Test("are found by id and by place, in either form")
    func found() throws {
        let book = try Self.book(
            #"{"id": "r-1", "label": "attack"}"#, #"{"id": 17, "label": 0}"#, "",
            #"{"source": {"topic": "in", "partition": 2, "offset": 40}, "label": "attack"}"#,
            #"{"source": "3@7", "label": "normal"}"#)
        #expect(book.count == 4 && book.contradictory == 0 && book.strange == 0)
        #expect(Self.answer(book, "r-1") == .label(index: 0, isAttack: true))
        #expect(Self.answer(book, "17") == .label(index: 1, isAttack: false))
        #expect(Self.answer(book, "r-2") == .none)
        let place = StreamPlace(partition: 2, offset: 40)
        #expect(book.answer(at: place, key: nil) == .label(index: 2, isAttack: true))
        let other = StreamPlace(partition: 3, offset: 7)
        #expect(book.answer(at: other, key: nil) == .label(index: 3, isAttack: false))
    }

    @Test("that contradict one another are none, and the same label twice is one")
    func contradictions() throws {
        let book = try Self.book(
            #"{"id": "a", "label": "attack"}"#, #"{"id": "a", "label": "normal"}"#,
            #"{"id": "a", "label": "attack"}"#, #"{"id": "b", "label": "normal"}"#,
            #"{"id": "b", "label": "0"}"#, #"{"source": "0@1", "label": "attack"}"#)
        #expect(book.count == 3 && book.contradictory == 1 && book.lines == 6)
        #expect(Self.answer(book, "a") == .contradiction)
        #expect(Self.answer(book, "b") == .label(index: 1, isAttack: false))
        let place = StreamPlace(partition: 0, offset: 1)
        #expect(
            book.answer(at: place, key: RecordID.key(of: "b")) == .crossed(place: 2, id: 1))
        #expect(book.answer(at: place, key: RecordID.key(of: "a")) == .contradiction)
    }

    @Test(
        "one record that is labelled by its place and by its id is one, the same or contradictory")
    func both() throws {
        let book = try Self.book(
            #"{"id": "a", "label": "attack"}"#, #"{"source": "0@1", "label": "attack"}"#,
            #"{"id": "b", "label": "normal"}"#, #"{"source": "0@2", "label": "attack"}"#)
        var tally = ReplayTally(first: [], second: nil)
        for (id, offset) in [("a", Int64(1)), ("b", 2)] {
            let place = StreamPlace(partition: 0, offset: offset)
            switch book.answer(at: place, key: RecordID.key(of: id)) {
            case .label(let index, let isAttack, let same):
                #expect(id == "a" && isAttack)
                tally.noteLabel(index, same: same)
            case .crossed(let place, let id): tally.noteCrossed(place: place, id: id)
            case .none, .contradiction: Issue.record("\(id)")
            }
        }
        var whole = ReplayTally(first: [], second: nil)
        whole.merge(tally)
        let labels = whole.labels
        #expect(labels.met.count == book.count && labels.same.count == 2)
        #expect(labels.records == 1 && labels.contradicted == 1 && labels.crossed == 1)
    }

    @Test("no version knows are counted, and the first is told")
    func strange() throws {
        let book = try Self.book(
            #"{"id": "a", "label": "odd"}"#, #"{"id": "b", "label": "odder"}"#)
        #expect(book.count == 0 && book.strange == 2 && book.firstStrange == "odd")
    }

    @Test("an id is the same however its writer escapes it, and a long one as it is cut")
    func escapes() throws {
        let plain = RecordID.key(of: "a\"b/ü")
        for escaped in [#"a\"b/ü"#, #"a\u0022b\/\u00fc"#] {
            let key = unsafe Array(escaped.utf8).withUnsafeBufferPointer {
                unsafe RecordID.key(of: $0)
            }
            #expect(key == plain, "\(escaped)")
        }
        let long = String(repeating: "ä", count: 200)
        #expect(RecordID.key(of: long) == RecordID.key(of: String(repeating: "ä", count: 128)))
    }

    @Test(
        "a line that is no label is left out, as by swerve labels, and told with its number",
        arguments: [
            "nonsense", #"{"id": "a"}"#, #"{"label": "attack"}"#,
            #"{"source": "x@y", "label": "attack"}"#, #"{"id": "a", "label": {}}"#,
            #"{"source": {"partition": 0}, "label": "attack"}"#,
            #"{"source": {"topic": "other", "partition": 0, "offset": 1}, "label": "attack"}"#,
            #"{"id": "\#(String(repeating: "x", count: 70_000))", "label": "attack"}"#,
        ])
    func leftOut(line: String) throws {
        let book = try Self.book(
            #"{"id": "z", "label": "attack"}"#, line, "nonsense too",
            #"{"id": "y", "label": "normal"}"#)
        #expect(book.count == 2 && book.lines == 2 && book.unreadable == 2)
        #expect(book.firstUnreadable?.hasPrefix("line 2: ") == true, "\(book)")
        #expect(Self.answer(book, "y") == .label(index: 1, isAttack: false))
    }
}
