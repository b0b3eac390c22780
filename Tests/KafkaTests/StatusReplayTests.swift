import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Which of the old records of the status topic are still read.
@Suite("Status replay")
struct StatusReplayTests {
    private static let slot = SlotID(group: "g", slot: 0)

    private static func status(
        _ process: String, sentAtMs: Int64, ignored: String? = nil, sequence: Int64? = nil
    ) -> [UInt8] {
        var record = StatusRecord(
            group: "g", slot: 0, total: 1, model: "m",
            incarnation: .init(id: process, startedAtMs: 1, host: "h", pid: 7), phase: .serving)
        record.sentAtMs = sentAtMs
        record.ignored = ignored
        record.sequence = sequence
        return record.bytes
    }

    private static func replayed(_ values: [(key: String, value: [UInt8]?)]) -> [Int64] {
        var replay = StatusReplay()
        for (offset, entry) in values.enumerated() {
            replay.hold(
                TopicRecord(
                    topic: "t", partition: 0, offset: Int64(offset), key: Array(entry.key.utf8),
                    value: entry.value, headers: [:], timestamp: .none))
        }
        let offsets = replay.release().map(\.offset)
        #expect(replay.release().isEmpty)
        return offsets
    }

    @Test("a process's newest heartbeat is kept, of each slot")
    func newest() {
        let offsets = Self.replayed([
            ("g/0", Self.status("a", sentAtMs: 1)), ("g/1", Self.status("b", sentAtMs: 1)),
            ("g/0", Self.status("a", sentAtMs: 2)), ("g/1", Self.status("b", sentAtMs: 2)),
            ("g/0", Self.status("a", sentAtMs: 3)),
        ])
        #expect(offsets == [3, 4])
    }

    @Test("another process in the slot, and a stop, are kept in their order")
    func others() {
        let offsets = Self.replayed([
            ("g/0", Self.status("a", sentAtMs: 1)), ("g/0", Self.status("a", sentAtMs: 2)),
            ("g/0", Self.status("b", sentAtMs: 3)), ("g/0", Self.status("a", sentAtMs: 4)),
            ("g/0", nil), ("g/0", nil), ("g/0", Self.status("a", sentAtMs: 5)),
        ])
        #expect(offsets == [1, 2, 3, 4, 5, 6])
    }

    @Test("what cannot be told apart without reading it is kept")
    func foreign() {
        let foreign = Array(#"{"schema":1}"#.utf8)
        let cut = Array(#"{"incarnation":{"host":"h""#.utf8)
        let offsets = Self.replayed([
            ("g/0", foreign), ("g/0", foreign), ("g/0", cut), ("g/0", cut), ("g/0", []),
        ])
        #expect(offsets == [0, 1, 2, 3, 4])
    }

    @Test("a text that looks like an incarnation is none")
    func quoted() {
        let text = #""incarnation":{"host":"h","id":"x"}"#
        let offsets = Self.replayed([
            ("g/0", Self.status("a", sentAtMs: 1, ignored: text)),
            ("g/0", Self.status("b", sentAtMs: 2, ignored: text)),
            ("g/0", Self.status("b", sentAtMs: 3, ignored: text)),
        ])
        #expect(offsets == [0, 2])
    }

    @Test("where heartbeats are signed, what is not believed takes no place of what is")
    func signed() throws {
        let signer = HeartbeatSigner(SignedWords.signer("worker"), topic: "status", slot: Self.slot)
        var replay = StatusReplay(trust: SignedWords.trust())
        var offset: Int64 = 0
        func hold(_ value: [UInt8]?, _ headers: [(name: String, value: String)]) {
            replay.hold(
                TopicRecord(
                    topic: "t", partition: 0, offset: offset, key: Array("g/0".utf8), value: value,
                    headers: Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) }),
                    timestamp: .none))
            offset += 1
        }
        for second in 0..<40 {
            let value = Self.status("a", sentAtMs: Int64(second))
            hold(value, try signer.headers(of: value))
        }
        // Copies of the process's own words, changed, without a signature and with an old one.
        let old = try signer.headers(of: Self.status("a", sentAtMs: 1))
        for second in 40..<80 {
            hold(Self.status("a", sentAtMs: Int64(second)), second % 2 == 0 ? [] : old)
        }
        hold(nil, [])
        hold(Self.status("b", sentAtMs: 99), [])
        let held = replay.release()
        #expect(held.first?.offset == 39)
        // One is kept to tell of.
        #expect(held.count == 2)
    }

    private static let signer = HeartbeatSigner(
        SignedWords.signer("worker"), topic: "status", slot: slot)

    private static func record(
        _ offset: Int, _ value: [UInt8]?, key: String = "g/0",
        _ headers: [(name: String, value: String)]
    ) -> TopicRecord {
        TopicRecord(
            topic: "t", partition: 0, offset: Int64(offset), key: Array(key.utf8), value: value,
            headers: Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) }),
            timestamp: .none)
    }

    private static func word(
        _ offset: Int, _ process: String, _ number: Int64
    ) throws
        -> TopicRecord
    {
        let value = status(process, sentAtMs: number, sequence: number)
        return record(offset, value, try signer.headers(of: value))
    }

    @Test("an old signed word that is sent again supersedes no newer one of its process")
    func sentAgain() throws {
        for count in [1, 15, 16, 40] {
            var replay = StatusReplay(trust: SignedWords.trust())
            for number in 1...20 { replay.hold(try Self.word(number, "a", Int64(number))) }
            for copy in 0..<count {
                replay.hold(try Self.word(100 + copy, "a", Int64(1 + copy % 19)))
            }
            #expect(replay.release().map(\.offset) == [20])
        }
    }

    @Test("old words of two processes in turns, and stops, push out no newer ones")
    func turns() throws {
        var replay = StatusReplay(trust: SignedWords.trust())
        replay.hold(try Self.word(1, "a", 50))
        replay.hold(try Self.word(2, "b", 60))
        for turn in 1...100 {
            let offset = turn * 10
            replay.hold(try Self.word(offset, "a", Int64(turn % 50)))
            replay.hold(try Self.word(offset + 1, "b", Int64(turn % 50)))
            replay.hold(
                Self.record(offset + 2, nil, try Self.signer.headers(ofFarewell: "c")))
        }
        #expect(replay.release().map(\.offset) == [1, 2, 12])
    }

    @Test("what is not believed takes no room of what is, nor do headers that nobody reads")
    func room() throws {
        var replay = StatusReplay(trust: SignedWords.trust())
        let large = String(repeating: "x", count: 1 << 20)
        for number in 0..<300 {
            replay.hold(
                Self.record(number, Array(large.utf8), key: "f/\(number)", []))
            replay.hold(
                Self.record(
                    1_000 + number, [], key: "h/\(number)",
                    [(RecordSignature.header, large), ("other", large)]))
        }
        replay.hold(try Self.word(9_999, "a", 1))
        let held = replay.release()
        #expect(held.last?.offset == 9_999)
        let bytes = held.reduce(0) { sum, record in
            record.headers.reduce(sum + (record.value?.count ?? 0)) { $0 + $1.value.utf8.count }
        }
        #expect(bytes <= StatusReplay.refusedBytesMax + 4_096, "\(bytes)")
        #expect(held.allSatisfy { $0.headers["other"] == nil })
    }
}
