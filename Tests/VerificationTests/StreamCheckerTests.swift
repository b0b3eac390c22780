import Lifecycle
import Testing
import Verification

@Suite("Stream checker")
struct StreamCheckerTests {
    @Test("a faultless stream gives no finding")
    func faultless() throws {
        var fixture = try StreamFixture()
        fixture.predictAll()
        let found = fixture.checker.findings()
        var expected = Findings()
        expected.recordsIn = 8
        expected.recordsOut = 8
        expected.byVersion = [1: 4, 2: 4]
        expected.byEpoch = [1: 4, 2: 4]
        expected.byVersionAndLabel = [1: ["attack": 4], 2: ["attack": 4]]
        #expect(found == expected)
        #expect(fixture.checker.answered == 8)
        #expect(fixture.checker.hasSeen(epoch: 1))
        #expect(!fixture.checker.hasSeen(epoch: 3))
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        /// Changes the right prediction of the last record of partition 1, epoch 2.
        var change: @Sendable (inout Prediction) -> Void = { _ in }
        var key: String?
        var partition: Int32?
        let kind: Findings.Kind
        var testDescription: String { name }
    }

    static let faults = [
        Fault(
            name: "the old version under the new epoch",
            change: {
                $0.version = 1
                $0.score -= 10
            }, kind: .wrongVersion),
        Fault(name: "the wrong role", change: { $0.role = .canary }, kind: .wrongVersion),
        Fault(
            name: "an epoch nobody announced", change: { $0.epoch = 9 }, kind: .wrongVersion),
        Fault(name: "a score a little off", change: { $0.score += 1e-6 }, kind: .wrongScore),
        Fault(name: "a score that is none", change: { $0.score = .nan }, kind: .wrongScore),
        Fault(
            name: "the other label", change: { $0.label = Array("normal".utf8) },
            kind: .wrongLabel),
        Fault(
            name: "another id", change: { $0.id = Array("x".utf8) }, kind: .wrongSource),
        Fault(name: "no id", change: { $0.id = nil }, kind: .wrongSource),
        Fault(name: "another key", key: "key-0", kind: .wrongSource),
        Fault(name: "another partition", partition: 0, kind: .wrongSource),
    ]

    @Test("one wrong prediction is found, and nothing else", arguments: faults)
    func oneFault(fault: Fault) throws {
        var fixture = try StreamFixture()
        fixture.predictAll { $0 == 1 && $1 == 3 }
        var prediction = fixture.right(1, 3, epoch: 2)
        fault.change(&prediction)
        fixture.predict(
            prediction, key: fault.key.map { Array($0.utf8) }, on: fault.partition)
        let found = fixture.checker.findings()
        #expect(found[fault.kind] == 1)
        #expect(found.total == 1)
        #expect(found.places(of: fault.kind) == [StreamFixture.place(1, 3)])
    }

    @Test("a score within the tolerance is right")
    func tolerance() throws {
        var fixture = try StreamFixture()
        fixture.predictAll { $0 == 0 && $1 == 0 }
        var prediction = fixture.right(0, 0)
        prediction.score *= 1 + 1e-12
        fixture.predict(prediction)
        #expect(fixture.checker.findings().total == 0)
    }

    @Test("a withheld prediction is a lost record")
    func lost() throws {
        var fixture = try StreamFixture()
        fixture.predictAll { $0 == 1 && $1 == 3 }
        let found = fixture.checker.findings()
        #expect(found[.lost] == 1)
        #expect(found.recordsOut == 7)
        #expect(found.total == 1)
    }

    @Test("a second prediction is a duplicate, under the same epoch or a newer one")
    func duplicated() throws {
        var fixture = try StreamFixture()
        fixture.predictAll()
        fixture.predict(fixture.right(0, 3, epoch: 2))
        let found = fixture.checker.findings()
        #expect(found[.duplicated] == 1)
        #expect(found.recordsOut == 9)
        #expect(found.total == 1)
    }

    @Test("a record scored again under an older epoch went back, besides being a duplicate")
    func duplicateOfOlderEpoch() throws {
        var fixture = try StreamFixture()
        fixture.predictAll()
        fixture.predict(fixture.right(0, 3, epoch: 1))
        let found = fixture.checker.findings()
        #expect(found[.duplicated] == 1)
        #expect(found[.epochWentBack] == 1)
    }

    @Test("an older epoch behind a newer one is found by offset, whatever the order of arrival")
    func epochWentBack() throws {
        var fixture = try StreamFixture()
        for index in [3, 0, 1, 2] {
            fixture.predict(fixture.right(0, index, epoch: [1, 2, 1, 2][index]))
        }
        #expect(fixture.checker.findings()[.epochWentBack] == 1)
    }

    @Test("predictions that arrive before their deployment are checked once it is announced")
    func lateAnnouncement() throws {
        var fixture = try StreamFixture()
        var prediction = fixture.right(0, 0)
        prediction.epoch = 5
        fixture.predict(prediction)
        #expect(fixture.checker.findings()[.wrongVersion] == 1)
        fixture.checker.announced(try StreamFixture.deployment(epoch: 5, stable: 1))
        #expect(fixture.checker.findings()[.wrongVersion] == 0)
    }

    @Test("the key's bucket decides between stable and canary")
    func canary() throws {
        var fixture = try StreamFixture()
        let buckets = fixture.records[0].map { CanaryBucket.bucket(key: $0.key, salt: 9) }.sorted()
        let share = buckets[1] + 1
        let deployment = try StreamFixture.deployment(
            epoch: 3, stable: 1, candidate: 2, share: share)
        fixture.checker.announced(deployment)
        var byCanary = 0
        for partition in 0..<2 {
            for index in 0..<StreamFixture.recordsEach {
                let key = fixture.records[partition][index].key
                let isCanary = CanaryBucket.bucket(key: key, salt: 9) < share
                byCanary += isCanary ? 1 : 0
                var prediction = fixture.right(partition, index, epoch: isCanary ? 2 : 1)
                prediction.epoch = 3
                prediction.role = isCanary ? .canary : .stable
                fixture.predict(prediction)
            }
        }
        #expect(byCanary == 4)
        #expect(fixture.checker.findings().total == 0)
    }

    @Test("places that were never fed are foreign", arguments: [99, 104, -1, Int64.min, Int64.max])
    func foreignOffset(offset: Int64) throws {
        var fixture = try StreamFixture()
        var prediction = fixture.right(0, 0)
        prediction.offset = offset
        fixture.checker.predicted(prediction, key: [], partition: 0)
        #expect(fixture.checker.findings()[.wrongSource] == 1)
        prediction.partition = 7
        fixture.checker.predicted(prediction, key: [], partition: 7)
        #expect(fixture.checker.findings()[.wrongSource] == 2)
    }

    @Test("a record told twice counts once, and one of no partition not at all")
    func toldTwice() throws {
        var fixture = try StreamFixture()
        let record = fixture.records[0][3]
        let places = [
            StreamFixture.place(0, 3), StreamFixture.place(0, 1),
            StreamPlace(partition: 2, offset: 900), StreamPlace(partition: -1, offset: 900),
        ]
        for place in places {
            let isNew = fixture.checker.fed(record, at: place)
            #expect(!isNew, "\(place)")
        }
        #expect(fixture.checker.findings().recordsIn == 8)
        fixture.predictAll()
        #expect(fixture.checker.findings().total == 0)
    }

    @Test("offsets with gaps, as compaction and transactions leave them, are as good as any")
    func gaps() throws {
        var fixture = try StreamFixture()
        fixture.predictAll()
        let record = fixture.records[1][0]
        let place = StreamPlace(partition: 1, offset: 5_000)
        fixture.checker.fed(record, at: place)
        #expect(fixture.checker.findings().places(of: .lost) == [place])
        var prediction = fixture.right(1, 0, epoch: 2)
        prediction.offset = 4_999
        fixture.checker.predicted(prediction, key: record.key, partition: 1)
        #expect(fixture.checker.findings()[.wrongSource] == 1)
        prediction.offset = 5_000
        let answered = fixture.checker.predicted(prediction, key: record.key, partition: 1)
        #expect(answered == record)
        #expect(fixture.checker.findings().total == 1)
    }

    @Test("a dead letter answers a record that cannot be scored")
    func deadLetter() throws {
        var fixture = try StreamFixture()
        fixture.predictAll()
        let (broken, letter) = fixture.feedBroken()
        #expect(fixture.checker.findings()[.lost] == 1)
        let answered = fixture.checker.take(.deadLetter(letter))
        #expect(answered == broken)
        let found = fixture.checker.findings()
        #expect(found.deadLetters == 1)
        #expect(found.total == 0)
        // At least once: a second one is a duplicate, as that of a prediction is.
        let again = fixture.checker.take(.deadLetter(letter))
        #expect(again == nil)
        #expect(fixture.checker.findings()[.duplicated] == 1)
        #expect(fixture.checker.findings().total == 1)
    }

    @Test("a stub answers its record without its bytes")
    func stub() throws {
        var fixture = try StreamFixture()
        fixture.predictAll()
        let (_, letter) = fixture.feedBroken()
        fixture.checker.deadLetter(
            DeadLetter(
                source: letter.source, key: [], value: Array("{}".utf8), isStub: true,
                code: letter.code, epoch: letter.epoch))
        #expect(fixture.checker.findings().total == 0)
    }

    @Test("a dead letter is judged by the version that had to decide")
    func letterOfOtherVersion() throws {
        var fixture = try StreamFixture()
        fixture.predictAll { $0 == 0 && $1 == 0 }
        // Version 3 is known to nobody who scores: it cannot score the record.
        let letter = fixture.letter(0, 0, epoch: 7)
        fixture.checker.deadLetter(letter)
        #expect(fixture.checker.findings().places(of: .unexplainedDeadLetter) == [letter.source])
        fixture.checker.announced(try StreamFixture.deployment(epoch: 7, stable: 3))
        #expect(fixture.checker.findings().total == 0)
    }

    @Test("a dead letter of a good record, with other bytes, or of a record never fed")
    func wrongDeadLetter() throws {
        var fixture = try StreamFixture()
        fixture.predictAll { $0 == 0 && $1 == 0 }
        let letter = fixture.letter(0, 0)
        let answered = fixture.checker.deadLetter(letter)
        #expect(answered == fixture.records[0][0])
        #expect(fixture.checker.findings().places(of: .unexplainedDeadLetter) == [letter.source])
        let (_, broken) = fixture.feedBroken()
        fixture.checker.deadLetter(
            DeadLetter(
                source: broken.source, key: broken.key, value: [1], code: "not-json", epoch: 1))
        #expect(fixture.checker.findings()[.unexplainedDeadLetter] == 2)
        fixture.checker.deadLetter(
            DeadLetter(
                source: StreamPlace(partition: 5, offset: 0), key: [], value: [],
                code: "not-json", epoch: 1))
        #expect(fixture.checker.findings()[.unexplainedDeadLetter] == 3)
        fixture.checker.take(.unreadable(.deadLetter))
        let found = fixture.checker.findings()
        #expect(found[.unexplainedDeadLetter] == 4)
        #expect(found.deadLetters == 4)
        #expect(found.total == 4)
    }

    @Test("what stands on the output topic and is no prediction is told")
    func unreadable() throws {
        var fixture = try StreamFixture()
        fixture.predictAll()
        let answered = fixture.checker.take(.unreadable(.prediction))
        #expect(answered == nil)
        #expect(fixture.checker.findings()[.unreadable] == 1)
        #expect(fixture.checker.findings().total == 1)
        #expect(fixture.checker.findings().recordsOut == 8)
    }

    @Test("of each kind the first places are kept, and all are counted")
    func placesAreBounded() throws {
        let fixture = try StreamFixture()
        let found = fixture.checker.findings()
        #expect(found[.lost] == 8)
        #expect(
            found.places(of: .lost).map(\.description) == [
                "0@100", "0@101", "0@102", "0@103", "1@200",
            ])
        #expect(found.places(of: .duplicated).isEmpty)
    }
}
