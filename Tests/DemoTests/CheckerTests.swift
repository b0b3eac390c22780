import Demo
import Lifecycle
import Testing

@Suite("Checker")
struct CheckerTests {
    @Test("a faultless stream gives no finding")
    func faultless() throws {
        var fixture = try CheckerFixture()
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
        #expect(fixture.checker.faultPlaces() == FaultPlaces())
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        /// Changes the right prediction of the last record of partition 1, epoch 2.
        var change: @Sendable (inout Prediction) -> Void = { _ in }
        var key: String?
        var partition: Int32?
        let count: @Sendable (Findings) -> Int
        var testDescription: String { name }
    }

    static let faults = [
        Fault(
            name: "the old version under the new epoch",
            change: {
                $0.version = 1
                $0.score -= 10
            }, count: \.wrongVersion),
        Fault(name: "the wrong role", change: { $0.role = .canary }, count: \.wrongVersion),
        Fault(
            name: "an epoch nobody announced", change: { $0.epoch = 9 }, count: \.wrongVersion),
        Fault(name: "a score a little off", change: { $0.score += 1e-6 }, count: \.wrongScore),
        Fault(name: "a score that is none", change: { $0.score = .nan }, count: \.wrongScore),
        Fault(
            name: "the other label", change: { $0.label = Array("normal".utf8) },
            count: \.wrongLabel),
        Fault(
            name: "another id", change: { $0.id = Array("x".utf8) }, count: \.wrongSource),
        Fault(name: "no id", change: { $0.id = nil }, count: \.wrongSource),
        Fault(name: "another key", key: "key-0", count: \.wrongSource),
        Fault(name: "another partition", partition: 0, count: \.wrongSource),
    ]

    @Test("one wrong prediction is found, and nothing else", arguments: faults)
    func oneFault(fault: Fault) throws {
        var fixture = try CheckerFixture()
        fixture.predictAll { $0 == 1 && $1 == 3 }
        var prediction = fixture.right(1, 3, epoch: 2)
        fault.change(&prediction)
        fixture.predict(
            prediction, key: fault.key.map { Array($0.utf8) }, on: fault.partition)
        let found = fixture.checker.findings()
        #expect(fault.count(found) == 1)
        #expect(Self.faultCount(found) == 1)
    }

    @Test("a score within the tolerance is right")
    func tolerance() throws {
        var fixture = try CheckerFixture()
        fixture.predictAll { $0 == 0 && $1 == 0 }
        var prediction = fixture.right(0, 0)
        prediction.score *= 1 + 1e-12
        fixture.predict(prediction)
        #expect(Self.faultCount(fixture.checker.findings()) == 0)
    }

    @Test("a withheld prediction is a lost record")
    func lost() throws {
        var fixture = try CheckerFixture()
        fixture.predictAll { $0 == 1 && $1 == 3 }
        let found = fixture.checker.findings()
        #expect(found.lost == 1)
        #expect(found.recordsOut == 7)
        #expect(Self.faultCount(found) == 1)
    }

    @Test("a second prediction is a duplicate, under the same epoch or a newer one")
    func duplicated() throws {
        var fixture = try CheckerFixture()
        fixture.predictAll()
        fixture.predict(fixture.right(0, 3, epoch: 2))
        let found = fixture.checker.findings()
        #expect(found.duplicated == 1)
        #expect(found.recordsOut == 9)
        #expect(Self.faultCount(found) == 1)
    }

    @Test("a record scored again under an older epoch went back, besides being a duplicate")
    func duplicateOfOlderEpoch() throws {
        var fixture = try CheckerFixture()
        fixture.predictAll()
        fixture.predict(fixture.right(0, 3, epoch: 1))
        let found = fixture.checker.findings()
        #expect(found.duplicated == 1)
        #expect(found.epochWentBack == 1)
    }

    @Test("an older epoch behind a newer one is found by offset, whatever the order of arrival")
    func epochWentBack() throws {
        var fixture = try CheckerFixture()
        for index in [3, 0, 1, 2] {
            fixture.predict(fixture.right(0, index, epoch: [1, 2, 1, 2][index]))
        }
        #expect(fixture.checker.findings().epochWentBack == 1)
    }

    @Test("predictions that arrive before their deployment are checked once it is announced")
    func lateAnnouncement() throws {
        var fixture = try CheckerFixture()
        var prediction = fixture.right(0, 0)
        prediction.epoch = 5
        fixture.predict(prediction)
        #expect(fixture.checker.findings().wrongVersion == 1)
        fixture.checker.announced(try CheckerFixture.deployment(epoch: 5, stable: 1))
        #expect(fixture.checker.findings().wrongVersion == 0)
    }

    @Test("the key's bucket decides between stable and canary")
    func canary() throws {
        var fixture = try CheckerFixture()
        let buckets = fixture.records[0].map { CanaryBucket.bucket(key: $0.key, salt: 9) }.sorted()
        let share = buckets[1] + 1
        let deployment = try CheckerFixture.deployment(
            epoch: 3, stable: 1, candidate: 2, share: share)
        fixture.checker.announced(deployment)
        var byCanary = 0
        for partition in 0..<2 {
            for index in 0..<CheckerFixture.recordsEach {
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
        #expect(Self.faultCount(fixture.checker.findings()) == 0)
    }

    @Test("places that were never fed are foreign", arguments: [99, 104, -1, Int64.min, Int64.max])
    func foreignOffset(offset: Int64) throws {
        var fixture = try CheckerFixture()
        var prediction = fixture.right(0, 0)
        prediction.offset = offset
        fixture.checker.predicted(prediction, key: [], partition: 0)
        #expect(fixture.checker.findings().wrongSource == 1)
        prediction.partition = 7
        fixture.checker.predicted(prediction, key: [], partition: 7)
        #expect(fixture.checker.findings().wrongSource == 2)
    }

    @Test("a dead letter answers a record that cannot be scored")
    func deadLetter() throws {
        var fixture = try CheckerFixture()
        fixture.predictAll()
        let broken = FedRecord(key: Array("k".utf8), id: nil, value: Array("broken".utf8))
        fixture.checker.fed(broken, partition: 1)
        #expect(fixture.checker.findings().lost == 1)
        let answered = fixture.checker.deadLetter(
            key: broken.key, value: broken.value, partition: 1)
        #expect(answered == broken)
        let found = fixture.checker.findings()
        #expect(found.deadLetters == 1)
        #expect(Self.faultCount(found) == 0)
    }

    @Test("a dead letter of a good request, of another one, or twice, is a fault")
    func wrongDeadLetter() throws {
        var fixture = try CheckerFixture()
        fixture.predictAll { $0 == 0 && $1 == 0 }
        let record = fixture.records[0][0]
        fixture.checker.deadLetter(key: record.key, value: record.value, partition: 0)
        #expect(fixture.checker.findings().wrongDeadLetters == 1)
        fixture.checker.deadLetter(key: record.key, value: record.value, partition: 0)
        #expect(fixture.checker.findings().wrongDeadLetters == 2)
        fixture.checker.deadLetter(key: [], value: nil, partition: 5)
        #expect(fixture.checker.findings().wrongDeadLetters == 3)
    }

    static func faultCount(_ found: Findings) -> Int {
        found.lost + found.duplicated + found.wrongScore + found.wrongLabel + found.wrongVersion
            + found.wrongSource + found.unreadable + found.wrongDeadLetters + found.epochWentBack
    }
}
