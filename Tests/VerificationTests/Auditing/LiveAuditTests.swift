import Lifecycle
import Testing

@testable import Verification

/// A stream is held against its promises while it runs, by the rules of every other audit.
@Suite("Auditing a stream while it runs")
struct LiveAuditTests {
    @Test("a faultless stream has no finding")
    func faultless() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        let report = fixture.audit.report()
        #expect(fixture.found == [] && report.verdict == .kept)
        #expect(report.counts.records == 8 && report.counts.predictions == 8)
        #expect(report.counts.byVersion.named == [1: 4, 2: 4])
        #expect(report.counts.byEpoch.named == [1: 4, 2: 4])
        #expect(report.counts.scored == 8 && report.counts.keysCompared == 8)
        #expect(fixture.audit.labels == [1: ["attack": 4], 2: ["attack": 4]])
        #expect(fixture.audit.answered == 8)
        #expect(fixture.audit.hasSeen(epoch: 1) && !fixture.audit.hasSeen(epoch: 3))
        // The registry was asked once for each epoch, and not for each record.
        #expect(fixture.epochs.asked == [1, 2])
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        /// Changes the right prediction of the last record of partition 1, epoch 2.
        var change: @Sendable (inout Prediction) -> Void = { _ in }
        var key: String?
        var partition: Int32?
        let found: String
        var testDescription: String { name }
    }

    static let faults = [
        Fault(
            name: "the old version under the new epoch",
            change: {
                $0.version = 1
                $0.score -= 10
            }, found: "wrong_version 1@203"),
        Fault(
            name: "the wrong role", change: { $0.role = .canary }, found: "wrong_version 1@203"),
        Fault(
            name: "an epoch nobody announced", change: { $0.epoch = 9 },
            found: "unknown_epoch 1@203"),
        Fault(
            name: "a score a little off", change: { $0.score += 1e-6 },
            found: "wrong_score 1@203"),
        Fault(
            name: "the other label", change: { $0.label = Array("normal".utf8) },
            found: "wrong_label 1@203"),
        Fault(name: "another id", change: { $0.id = Array("x".utf8) }, found: "wrong_id 1@203"),
        Fault(name: "no id", change: { $0.id = nil }, found: "wrong_id 1@203"),
        Fault(name: "another key", key: "key-0", found: "wrong_key 1@203"),
        Fault(name: "another partition", partition: 0, found: "wrong_partition 1@203"),
    ]

    @Test("one wrong prediction is found, and nothing else", arguments: faults)
    func oneFault(fault: Fault) throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll { $0 == 1 && $1 == 3 }
        var prediction = fixture.right(1, 3, epoch: 2)
        fault.change(&prediction)
        try fixture.predict(prediction, key: fault.key, on: fault.partition)
        #expect(fixture.found == [fault.found])
    }

    @Test("swapped keys are each another record's")
    func swappedKeys() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll { $0 == 0 && $1 < 2 }
        try fixture.predict(fixture.right(0, 0), key: "key-1")
        try fixture.predict(fixture.right(0, 1), key: "key-0")
        #expect(fixture.found == ["wrong_key 0@100-101"])
    }

    @Test("a score within the tolerance is right")
    func tolerance() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll { $0 == 0 && $1 == 0 }
        var prediction = fixture.right(0, 0)
        prediction.score *= 1 + 1e-12
        try fixture.predict(prediction)
        #expect(fixture.found == [])
    }

    @Test("a withheld prediction is a lost record, the newest too")
    func lost() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll { $1 == 3 }
        #expect(fixture.found == ["lost 0@103 1@203"])
        #expect(fixture.audit.report().counts.predictions == 6 && fixture.audit.answered == 6)
    }

    @Test("each answer beyond the first is counted, under the same epoch or a newer one")
    func duplicated() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        try fixture.predict(fixture.right(0, 3, epoch: 2))
        #expect(fixture.found == ["doubled 0@103"])
        try fixture.predict(fixture.right(0, 3, epoch: 2))
        try fixture.predict(fixture.right(0, 1, epoch: 2))
        #expect(fixture.found == ["doubled 0@101 0@103"])
        #expect(fixture.audit.report().findings[.doubled].count == 3)
        #expect(fixture.audit.answered == 8)
    }

    @Test("a record scored again under an older epoch went back, besides being a duplicate")
    func duplicateOfOlderEpoch() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        try fixture.predict(fixture.right(0, 3, epoch: 1))
        #expect(fixture.found == ["doubled 0@103", "epoch_went_back 0@103"])
    }

    @Test("an older epoch behind a newer one is found by offset, whatever the order of arrival")
    func epochWentBack() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll { partition, _ in partition == 0 }
        for index in [3, 0, 1, 2] {
            try fixture.predict(fixture.right(0, index, epoch: [1, 2, 1, 2][index]))
        }
        #expect(fixture.found == ["epoch_went_back 0@102"])
    }

    @Test("an epoch that the registry does not have yet is asked for again once it is announced")
    func lateAnnouncement() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll { $0 == 0 && $1 >= 2 }
        let deployment = try LiveAuditFixture.deployment(epoch: 5, stable: 1)
        var early = fixture.right(0, 2)
        early.epoch = 5
        try fixture.predict(early)
        #expect(fixture.audit.report().findings[.unknownEpoch].places.map(\.text) == ["0@102"])
        fixture.epochs.add(deployment)
        try fixture.announce(deployment)
        var later = fixture.right(0, 3)
        later.epoch = 5
        try fixture.predict(later)
        // Nobody may answer under an epoch before the registry has it.
        #expect(fixture.found == ["unknown_epoch 0@102"])
        #expect(fixture.epochs.asked == [1, 2, 5, 5])
    }

    @Test("the key's bucket decides between stable and canary")
    func canary() throws {
        var fixture = try LiveAuditFixture()
        let buckets = fixture.records[0].map { CanaryBucket.bucket(key: $0.key, salt: 9) }.sorted()
        let share = buckets[1] + 1
        fixture.epochs.add(
            try LiveAuditFixture.deployment(epoch: 3, stable: 1, candidate: 2, share: share))
        var byCanary = 0
        for partition in 0..<2 {
            for index in 0..<LiveAuditFixture.recordsEach {
                let key = fixture.records[partition][index].key
                let isCanary = CanaryBucket.bucket(key: key, salt: 9) < share
                byCanary += isCanary ? 1 : 0
                var prediction = fixture.right(partition, index, epoch: isCanary ? 2 : 1)
                prediction.epoch = 3
                prediction.role = isCanary ? .canary : .stable
                try fixture.predict(prediction)
            }
        }
        #expect(byCanary == 4)
        #expect(fixture.found == [])
    }

    @Test("a prediction for a place that was never fed is forged", arguments: [99, 104, 1 << 61])
    func foreignOffset(offset: Int64) throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        var prediction = fixture.right(0, 0)
        prediction.offset = offset
        try fixture.predict(prediction)
        #expect(fixture.found == ["unfounded 0@\(offset)"])
        prediction.partition = 7
        try fixture.predict(prediction)
        #expect(fixture.found == ["unfounded 0@\(offset) 7@\(offset)"])
    }

    @Test("places that no topic has are none", arguments: [-1, Int64.min, Int64.max])
    func impossibleOffset(offset: Int64) throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        var prediction = fixture.right(0, 0)
        prediction.offset = offset
        let answered = try fixture.predict(prediction)
        #expect(answered == nil)
        #expect(fixture.found == ["unreadable 0@9"])
    }

    @Test("a record told twice counts once, and one of no partition not at all")
    func toldTwice() throws {
        var fixture = try LiveAuditFixture()
        let record = fixture.records[0][3]
        for place in [
            LiveAuditFixture.place(0, 3), LiveAuditFixture.place(0, 1),
            StreamPlace(partition: 2, offset: 900), StreamPlace(partition: -1, offset: 900),
        ] {
            fixture.audit.fed(key: record.key, value: record.value, at: place)
        }
        #expect(fixture.audit.report().counts.records == 8)
        try fixture.predictAll()
        #expect(fixture.found == [])
    }

    @Test("offsets with gaps, as transactions leave them, are as good as any")
    func gaps() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        let record = fixture.records[1][0]
        let place = StreamPlace(partition: 1, offset: 5_000)
        fixture.audit.fed(key: record.key, value: record.value, at: place)
        #expect(fixture.found == ["lost 1@5000"])
        var prediction = fixture.right(1, 0, epoch: 2)
        prediction.offset = 4_999
        try fixture.predict(prediction, key: "key-0")
        prediction.offset = 5_000
        let answered = try fixture.predict(prediction, key: "key-0")
        #expect(answered == place)
        #expect(fixture.found == ["unfounded 1@4999"])
    }

    @Test("with room for few records the same is found, however many were fed")
    func bounded() throws {
        var fixture = try LiveAuditFixture {
            $0.windowRecords = 16
            $0.windowBytes = 4_096
        }
        try fixture.predictAll()
        for index in 4..<2_000 {
            fixture.feed("key", "value", 0)
            guard index != 700 else { continue }
            try fixture.predict(fixture.right(0, index, epoch: 2))
        }
        try fixture.predict(fixture.right(0, 300, epoch: 2))
        #expect(fixture.found == ["doubled 0@400", "lost 0@800"])
        #expect(fixture.audit.report().counts.records == 2_004)
    }

    // MARK: - Dead letters

    @Test("a dead letter answers a record that cannot be scored")
    func deadLetter() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        let broken = fixture.feedBroken()
        #expect(fixture.found == ["lost 1@204"])
        let answered = try fixture.letter(broken, epoch: 2)
        #expect(answered == broken && fixture.found == [])
        #expect(fixture.audit.report().counts.letters == 1 && fixture.audit.answered == 9)
        // A second one is a duplicate, as that of a prediction is.
        try fixture.letter(broken, epoch: 2)
        #expect(fixture.found == ["doubled 1@204"])
    }

    @Test("a stub answers its record without its bytes")
    func stub() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        let broken = fixture.feedBroken()
        try fixture.letter(broken, epoch: 2, value: Array("{}".utf8), isStub: true)
        #expect(fixture.found == [])
    }

    @Test("a dead letter of a good record, with other bytes, of no record, or of nothing at all")
    func wrongDeadLetter() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll { $0 == 0 && $1 == 0 }
        try fixture.letter(LiveAuditFixture.place(0, 0))
        #expect(fixture.found == ["wrong_letter 0@100"])
        let broken = fixture.feedBroken()
        try fixture.letter(broken, epoch: 2, value: [1])
        #expect(fixture.audit.report().findings[.wrongLetter].count == 2)
        try fixture.letter(StreamPlace(partition: 5, offset: 0))
        #expect(fixture.audit.report().findings[.wrongLetter].count == 3)
        try fixture.audit.take(
            StreamRecord(at: StreamPlace(partition: 0, offset: 77), key: [], value: [1]),
            of: LiveAuditFixture.topics.deadLetters)
        #expect(fixture.audit.report().counts.letters == 4)
        #expect(fixture.found == ["wrong_letter 0@77 0@100 1@204 5@0"])
    }

    @Test("a dead letter under an epoch nobody announced, or on another's partition")
    func strangeLetter() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        try fixture.letter(fixture.feedBroken(), epoch: 9)
        #expect(fixture.found == ["unknown_epoch 1@204"])
        try fixture.letter(fixture.feedBroken(), epoch: 2, on: 0)
        #expect(fixture.found.contains("wrong_partition 1@205"))
    }

    @Test("what stands on the output and is no prediction is told")
    func unreadable() throws {
        var fixture = try LiveAuditFixture()
        try fixture.predictAll()
        let values: [[UInt8]?] = [
            nil, [], Array("null".utf8),
            Array(
                String(decoding: LiveAuditFixture.value(fixture.right(0, 0)), as: UTF8.self)
                    .replacing(#""in""#, with: #""other""#).utf8),
        ]
        for value in values {
            let answered = try fixture.out(value, key: [], on: 1)
            #expect(answered == nil)
        }
        #expect(fixture.audit.report().findings[.unreadable].count == 4)
        #expect(fixture.audit.report().counts.predictions == 8)
    }

    // MARK: - The ledger

    @Test("what was taken is held against the ledger, where one is kept")
    func ledger() throws {
        for isRight in [true, false] {
            var fixture = try LiveAuditFixture(ledger: "ledger")
            try fixture.predictAll()
            // Partition 1 was taken under epoch 2 from its third record on, or only from its last.
            for (epoch, partition, first, last) in [
                (1, 0, 100, 101), (2, 0, 102, 103), (1, 1, 200, isRight ? 201 : 202),
                (2, 1, isRight ? 202 : 203, 203),
            ] as [(Int64, Int32, Int64, Int64)] {
                try fixture.took(epoch, partition, first...last)
            }
            #expect(fixture.found == (isRight ? [] : ["outside_ledger 1@202"]))
            #expect(fixture.audit.report().ledgerEntries == 8)
        }
    }

    @Test("a ledger that says nothing leaves the question open")
    func noLedger() throws {
        var fixture = try LiveAuditFixture(ledger: "ledger")
        try fixture.predictAll()
        #expect(fixture.audit.report().verdict == .undecided)
    }
}

extension LiveAuditFixture {
    /// The ledger's word of one worker's taking.
    fileprivate mutating func took(
        _ epoch: Int64, _ partition: Int32, _ offsets: ClosedRange<Int64>
    ) throws {
        for (event, last) in [
            (LedgerEntry.Event.began, offsets.lowerBound), (.superseded, offsets.upperBound),
        ] {
            var entry = LedgerEntry(
                event, atMs: 1_000, slot: SlotID(group: "g", slot: 0), model: "m", topic: "in",
                incarnation: StatusRecord.Incarnation(
                    id: "one", startedAtMs: 0, host: "here", pid: 42), generation: 1)
            entry.epoch = epoch
            entry.stable = Int(epoch)
            entry.spans = [
                LedgerEntry.Span(partition: partition, first: offsets.lowerBound, last: last)
            ]
            try audit.take(
                StreamRecord(
                    at: StreamPlace(partition: 0, offset: 0), key: Array(entry.key.utf8),
                    value: entry.bytes), of: "ledger")
        }
    }
}
