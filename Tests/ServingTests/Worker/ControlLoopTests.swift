import Foundation
import Kafka
import Lifecycle
import Logging
import Platform
import TestSupport
import Testing

@testable import Serving

/// The control thread and the loader thread of a worker without a poll thread, on a broker.
@Suite("ControlLoop", .blocking)
struct ControlLoopTests {
    @Test("what is announced before the start is served before the group is joined")
    func replays() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.announce(1, version: 1)
        try side.announce(2, version: 2)
        try side.start()
        try side.wait { side.shared.signals.mayJoin }
        #expect(side.shared.slot.load()?.deployment.epoch == 2)
        side.end()
        // Nobody loaded what was overtaken on the topic already.
        #expect(side.source.asked.withLock { $0 } == [side.digests[1]])
    }

    @Test("without a deployment it waits, says so, and takes up the first that is announced")
    func waits() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.start()
        let told = try side.status { $0.phase == .waiting }
        #expect(told.group == "g" && told.slot == 0 && told.total == 2 && told.model == "m")
        #expect(!told.ready && !side.shared.signals.mayJoin)
        side.source.held.withLock { $0 = [side.digests[0]] }
        try side.announce(1, version: 1)
        // There is something to serve now, though it is not loaded yet.
        try side.status { $0.phase == .starting && $0.sentAtMs > told.sentAtMs }
        side.source.held.withLock { $0 = [] }
        try side.wait { side.shared.signals.mayJoin }
        side.end()
    }

    @Test("a slot that may not write its status says so, and goes on")
    func statusDenied() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.announce(1, version: 1)
        side.broker.denyWrites(1)
        try side.start()
        try side.wait { side.lines.all.contains { $0.contains("Write") } }
        try side.status { $0.serving == nil || $0.ready || $0.phase == .starting }
        side.end()
        let told = side.lines.all.filter { $0.contains("writing the status of slot g/0") }
        #expect(told.count == 1, "\(told)")
        #expect(told.first?.contains("status") == true)
    }

    @Test("a state folder that takes nothing is told as that, and not as brokers that are away")
    func fullStateFolder() throws {
        let side = try ControlSide()
        defer { side.close() }
        let file = "state/m.0.g.input.json"
        // Whatever keeps the file from being written, root may not either.
        try FileManager.default.createDirectory(
            atPath: side.folder.path(file), withIntermediateDirectories: true)
        side.shared.marks.begin()
        try side.start(keepsInput: true)
        try side.wait { side.lines.all.contains { $0.contains(file) } }
        side.end()
        let told = side.lines.all.filter { $0.contains(file) }
        #expect(told.count == 1, "\(told)")
        #expect(!(told.first ?? "").contains("brokers") && !(told.first ?? "").contains("kafka"))
    }

    @Test("what a key signed before it was trusted is taken up, whatever junk came after it")
    func trustedLater() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.trust(signer: false)
        try side.announce(2, version: 1, isSigned: true)
        try side.announce(9, version: 2)
        try side.start()
        try side.status { $0.phase == .waiting && $0.rejected?.epoch == 9 }
        try side.trust(signer: true)
        try side.wait { side.shared.slot.load()?.deployment.epoch == 2 }
        try side.announce(3, version: 2, isSigned: true)
        try side.wait { side.shared.slot.load()?.deployment.epoch == 3 }
        try side.status { $0.rejected == nil }
        side.end()
    }

    @Test("what is no record is passed over and counted, and the next one is taken")
    func garbled() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.announce(1, version: 1)
        try side.start()
        try side.wait { side.shared.slot.load()?.deployment.epoch == 1 }
        try side.write("control", key: "m", Array("{".utf8))
        let told = try side.status { $0.ignored != nil }
        #expect(told.counts.ignoredControlRecords == 1)
        #expect(side.shared.slot.load()?.deployment.epoch == 1)
        try side.announce(2, version: 2)
        try side.wait { side.shared.slot.load()?.deployment.epoch == 2 }
        side.end()
    }

    @Test("a version that is not there is rejected, with the reason, and the old one serves on")
    func rejects() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.announce(1, version: 1)
        try side.start()
        try side.wait { side.shared.slot.load()?.deployment.epoch == 1 }
        try side.announce(2, version: 2, digest: ContentHash.sha256([1]))
        let told = try side.status { $0.rejected != nil }
        #expect(told.rejected?.epoch == 2)
        #expect(told.rejected?.reason.contains("no such artifact") == true, "\(told)")
        #expect(side.shared.slot.load()?.deployment.epoch == 1)
        side.end()
    }

    @Test("a partition that comes waits until what is on the topic is loaded")
    func catchesUp() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.announce(1, version: 1)
        try side.start()
        try side.wait { side.shared.slot.load()?.deployment.epoch == 1 }
        side.source.held.withLock { $0 = [side.digests[1]] }
        try side.announce(2, version: 2)
        let ticket = side.shared.gate.ask()
        try side.wait { side.source.asked.withLock { $0.contains(side.digests[1]) } }
        #expect(!side.shared.gate.isOpen(for: ticket))
        side.source.held.withLock { $0 = [] }
        try side.wait { side.shared.gate.isOpen(for: ticket) }
        #expect(side.shared.slot.load()?.deployment.epoch == 2)
        side.end()
    }

    @Test("what the poll thread tells is in the next word, and a gap is told once")
    func reports() throws {
        let side = try ControlSide()
        defer { side.close() }
        side.shared.board.update { board in
            board.records = 12
            board.deadLetters = 2
            board.byVersion = [3: 10]
            board.partitions = [0, 2]
            board.assignments = 3
            board.pollGapNs = 5_000_000
            board.pollGapMaxNs = 7_000_000
        }
        try side.start()
        let told = try side.status { _ in true }
        #expect(told.counts.records == 12 && told.counts.deadLetters == 2)
        #expect(told.counts.byVersion == ["3": 10] && told.partitions == [0, 2])
        #expect(told.counts.rebalances == 2)
        #expect(told.pollGapMs == 5 && told.pollGapMaxMs == 7)
        let next = try side.status { _ in true }
        #expect(next.pollGapMs == 0 && next.pollGapMaxMs == 7 && next.counts.records == 12)
        #expect(next.sentAtMs >= told.sentAtMs)
        side.end()
    }

    @Test("another process in the slot is told, and ends nobody")
    func rival() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.start()
        try side.status { _ in true }
        let other = StatusRecord(
            group: "g", slot: 0, total: 2, model: "m",
            incarnation: .init(id: "other", startedAtMs: 2, host: "elsewhere", pid: 8),
            phase: .serving)
        // A word now and then, as a process has: of one before this one heard itself nothing is
        // made.
        var told: StatusRecord?
        while told == nil {
            try side.write("status", key: "g/0", other.bytes)
            let word = try side.status { _ in true }
            if word.rival != nil { told = word }
        }
        #expect(told?.rival?.id == "other" && told?.rival?.host == "elsewhere")
        #expect(side.shared.failure == nil)
        side.end()
    }

    @Test("of a status topic with several partitions a worker writes and reads its slot's own")
    func ownPartition() throws {
        let side = try ControlSide(statusPartitions: 4)
        defer { side.close() }
        let own = StatusPartitions(count: 4).partition(of: SlotID(group: "g", slot: 0))
        try side.start()
        #expect(try side.statusAndPlace { _ in true }.partition == own)
        func word(_ id: String) -> [UInt8] {
            StatusRecord(
                group: "g", slot: 0, total: 2, model: "m",
                incarnation: .init(id: id, startedAtMs: 2, host: "elsewhere", pid: 8),
                phase: .serving
            ).bytes
        }
        var told: (record: StatusRecord, partition: Int32)?
        while told == nil {
            for partition in 0..<4 as Range<Int32> where partition != own {
                try side.write("status", partition: partition, key: "g/0", word("beside"))
            }
            try side.write("status", partition: own, key: "g/0", word("other"))
            let next = try side.statusAndPlace { _ in true }
            if next.record.rival != nil { told = next }
        }
        #expect(told?.record.rival?.id == "other" && told?.partition == own)
        #expect(side.lines.all.allSatisfy { !$0.contains("beside") })
        side.end()
    }

    @Test("a clean stop takes the slot's word away; another end leaves the last one")
    func lastWords() throws {
        let side = try ControlSide()
        defer { side.close() }
        try side.start()
        try side.status { _ in true }
        side.end(.stopped)
        let word = try side.lastWord()
        #expect(word.key == Array("g/0".utf8) && word.value == nil)

        let failing = try ControlSide()
        defer { failing.close() }
        try failing.start()
        try failing.status { _ in true }
        failing.end(.refused(SwerveError(.refused, act: "scoring", reason: "no right")))
        let last = try #require(try failing.lastWord().value)
        #expect(StatusRecord(value: last)?.incarnation.id == "own")
        #expect(StatusRecord(value: last)?.ended?.kind == "refused")
    }

    @Test("a control topic that is missing ends the worker, once listings bear it out")
    func missingTopic() throws {
        let side = try ControlSide()
        defer { side.close() }
        side.broker.setMissing("control", true)
        try side.start()
        while side.shared.failure == nil { _ = try Poll.waitForAny([], timeoutMs: 10) }
        guard case .refused(let error) = side.shared.failure else {
            Issue.record("another end: \(String(describing: side.shared.failure))")
            return side.end()
        }
        #expect(error.code == .notFound, "\(error)")
        side.end(.refused(error))
    }
}
