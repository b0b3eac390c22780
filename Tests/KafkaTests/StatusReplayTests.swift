import Lifecycle
import Testing

@testable import Kafka

/// Which of the old records of the status topic are still read.
@Suite("Status replay")
struct StatusReplayTests {
    private static let slot = SlotID(group: "g", slot: 0)

    private static func status(
        _ process: String, sentAtMs: Int64, ignored: String? = nil
    ) -> [UInt8] {
        var record = StatusRecord(
            group: "g", slot: 0, total: 1, model: "m",
            incarnation: .init(id: process, startedAtMs: 1, host: "h", pid: 7), phase: .serving)
        record.sentAtMs = sentAtMs
        record.ignored = ignored
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
}
