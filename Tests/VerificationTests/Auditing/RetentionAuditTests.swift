import Lifecycle
import Testing

@testable import Verification

/// What retention took away is in doubt, and nothing is called broken for it.
@Suite("Auditing what retention has cut")
struct RetentionAuditTests {
    @Test(
        "answers to records that went while they were read are let pass, early and late",
        arguments: [262_144, 12], [false, true])
    func inputCut(windowRecords: Int, exactlyOnce: Bool) throws {
        var fixture = try AuditFixture(exactlyOnce ? .exactlyOnce : .atLeastOnce)
        fixture.terms.windowRecords = windowRecords
        for away: Range<Int64> in [105..<112, 100..<104, 130..<140] {
            fixture.away = away
            let cut = "? input_cut 0@\(away.lowerBound)-\(away.upperBound - 1)"
            #expect(fixture.found() == [cut])
            var broken = fixture
            broken.answers.insert(broken.right(120), at: 22)
            broken.answers.removeAll { $0.prediction.offset == 117 }
            broken.letters = [broken.letter(away.lowerBound)]
            #expect(broken.found() == [cut, "doubled 0@120", "lost 0@117"])
        }
    }

    @Test("without room for what was cut, the answers are in doubt")
    func bounded() throws {
        var fixture = try AuditFixture()
        fixture.terms.rangesMax = 0
        fixture.away = 105..<112
        let found = fixture.found()
        #expect(found.contains("? input_cut 0@105-111"))
        #expect(found.allSatisfy { $0.hasPrefix("?") }, "\(found)")
    }

    @Test("a worker that began with a record that is gone explains what it answered again")
    func killed() throws {
        var fixture = try AuditFixture()
        fixture.entries.removeLast(2)
        fixture.entries += fixture.took(3, 120, nil)
        fixture.entries += fixture.took(3, 125, 139, by: "two")
        fixture.answers.insert(contentsOf: (125...129).map { fixture.right($0) }, at: 30)
        fixture.away = 123..<127
        #expect(fixture.found() == ["? input_cut 0@123-126"])
        #expect(fixture.outcome().counts.repeated == 3)
        fixture.away = 123..<125
        fixture.answers.append(fixture.right(121))
        #expect(fixture.found() == ["? input_cut 0@123-124", "doubled 0@121"])
    }

    @Test("a replay whose letter is gone is no first answer")
    func replayed() throws {
        var fixture = try AuditFixture()
        fixture.terms.lettersReplayed = true
        fixture.lettersAreCut = true
        fixture.answers.removeAll { $0.prediction.offset == 105 }
        fixture.answers.append(fixture.right(105, epoch: 3))
        #expect(fixture.found() == ["? answers_cut 0@105"])
        #expect(fixture.outcome().counts.replayed == 1)
        fixture.terms.windowRecords = 12
        #expect(fixture.found() == ["? late 0@105"])
        // Its letter would be there.
        fixture.terms.windowRecords = 1_000
        fixture.lettersAreCut = false
        #expect(fixture.found() == ["epoch_went_back 0@105", "outside_ledger 0@105"])
    }

    @Test("where answers begin is no replay's to say")
    func firstSources() {
        var plain = FirstSources(isReplayed: false)
        #expect(plain.isWanted && plain.cutBefore(from: 100, lettered: nil) == .max)
        for offset: Int64 in [120, 105] { plain.note(offset) }
        #expect(!plain.isWanted && plain.cutBefore(from: 100, lettered: nil) == 120)
        var replayed = FirstSources(isReplayed: true)
        #expect(replayed.cutBefore(from: 100, lettered: OffsetSet()) == .max)
        for offset: Int64 in [90, 105, 120, 107, 121] { replayed.note(offset) }
        var lettered = OffsetSet()
        for offset: Int64 in [105, 107] { lettered.add(offset) }
        #expect(replayed.isWanted && replayed.cutBefore(from: 100, lettered: lettered) == 120)
        #expect(replayed.cutBefore(from: 100, lettered: nil) == 121)
        lettered.add(120..<122)
        #expect(replayed.cutBefore(from: 100, lettered: lettered) == .max)
    }

    @Test("what went before the group had read it is of the range, and gone")
    func goneUnread() {
        func span(
            _ kept: Range<Int64>, from first: Int64? = nil, to end: Int64? = nil, _ mark: Int64?
        ) -> PartitionSpan {
            RangeResolver.span(0, kept, begins: first, ends: end, committed: mark)
        }
        let whole = span(401..<500, 154)
        #expect(whole.offsets == 154..<154 && whole.cut == 154..<401)
        #expect(span(401..<500, from: 100, 154).cut == 100..<401)
        #expect(span(401..<500, from: 200, 154).cut == 200..<401)
        #expect(span(401..<500, from: 0, to: 100, 154).cut == 0..<100)
        // The group has read all that went.
        #expect(span(401..<500, 450).cut == nil && span(401..<500, 450).offsets == 401..<450)
        #expect(span(401..<401, 401).cut == nil && span(401..<500, nil).offsets == 401..<500)
    }
}
