import Lifecycle
import Testing

@testable import Verification

/// What the ledger says is held against the answers, and says where records were answered again.
@Suite("Auditing one partition by the ledger")
struct LedgerAuditTests {
    /// Two workers: the first took from the beginning and died after it had answered up to 129, the
    /// second began at 125, which was the first that was not committed.
    private func killed() throws -> AuditFixture {
        var fixture = try AuditFixture()
        fixture.entries.removeLast(2)
        fixture.entries += fixture.took(3, 120, nil)
        fixture.entries += fixture.took(3, 125, 139, by: "two")
        fixture.answers.insert(contentsOf: (125...129).map { fixture.right($0) }, at: 30)
        return fixture
    }

    @Test("what was answered again after a kill is counted, and placed at it")
    func placed() throws {
        let fixture = try killed()
        #expect(fixture.found() == [])
        let outcome = fixture.outcome()
        #expect(outcome.counts.repeated == 5)
        let only = try #require(outcome.repeated.first)
        #expect(outcome.repeated.count == 1 && only.offsets == 125...129)
        #expect(only.slot == "g/0" && only.pid == 42)
    }

    /// What another group took, as the ledger has it.
    private func other(_ fixture: AuditFixture, _ first: Int64, _ last: Int64?) -> [LedgerEntry] {
        fixture.took(1, first, last, by: "three").map { entry in
            var entry = entry
            entry.group = "other"
            return entry
        }
    }

    @Test(
        "a second group that answers the same records is named, and a kill is no reason beside it")
    func otherGroup() throws {
        var fixture = try killed()
        fixture.entries += other(fixture, 100, nil)
        fixture.answers = fixture.answers.flatMap { [$0, $0] }
        let outcome = fixture.outcome()
        #expect(outcome.counts.repeated == 0)
        let doubt = try #require(outcome.findings.doubts[.otherGroup])
        #expect(doubt.words?.contains("group 'other'") == true, "\(doubt)")
        // Where no worker began, no reason was there before, and who did it is told.
        let doubled = try #require(outcome.findings.breaches[.doubled])
        #expect(doubled.words?.contains("group 'other'") == true, "\(doubled)")
    }

    @Test("a group beside it that answers elsewhere changes nothing")
    func neighbour() throws {
        var fixture = try killed()
        fixture.entries += other(fixture, 100, 139)
        #expect(fixture.found() == [])
        #expect(fixture.outcome().counts.repeated == 5)
    }

    @Test("a kill explains no second answer before it or apart from it, and no third one")
    func unexplained() throws {
        var fixture = try killed()
        fixture.answers.append(fixture.right(124))
        #expect(fixture.found() == ["doubled 0@124"])
        fixture = try killed()
        fixture.answers.append(fixture.right(135))
        #expect(fixture.found() == ["doubled 0@135"])
        fixture = try killed()
        fixture.answers.append(fixture.right(127))
        #expect(fixture.found() == ["doubled 0@127"])
        fixture.answers += [fixture.right(127), fixture.right(127)]
        let outcome = fixture.outcome()
        #expect(outcome.findings[.doubled].count == 3 && outcome.counts.repeated == 5)
    }

    @Test("with exactly-once delivery nothing explains a second answer")
    func exactlyOnce() throws {
        var fixture = try killed()
        fixture.terms.delivery = .exactlyOnce
        #expect(fixture.found() == ["doubled 0@125-129"])
    }

    @Test("answered again under a newer epoch is fine, under an older one it is not")
    func againEpochs() throws {
        var fixture = try killed()
        fixture.answers[32] = fixture.right(127, epoch: 2)
        #expect(fixture.found() == ["epoch_went_back 0@127"])
    }

    /// The first worker goes on after the second has taken its partition.
    ///
    /// It stands still under epoch 2, having answered up to 114; the second begins there under
    /// epoch 3. Then comes what the first one had on its way.
    private func overtaken(
        _ late: ClosedRange<Int64>, behind offset: Int64, toldItsEnd last: Int64? = nil
    ) throws -> AuditFixture {
        var fixture = try AuditFixture()
        fixture.entries.removeLast(3)
        if let last { fixture.entries += Array(fixture.took(2, 110, last).dropFirst()) }
        fixture.entries += fixture.took(3, 115, 139, by: "two")
        for place in 115..<120 {
            fixture.answers[place - 100] = fixture.right(Int64(place), epoch: 3)
        }
        fixture.answers.insert(
            contentsOf: late.map { fixture.right($0, epoch: 2) }, at: Int(offset - 100) + 1)
        return fixture
    }

    @Test("a worker that others have overtaken may come with what it had on its way")
    func overtakenAnswers() throws {
        for (behind, older) in [(Int64(114), Int64(0)), (116, 3), (139, 3)] {
            let fixture = try overtaken(115...117, behind: behind)
            #expect(fixture.found() == [])
            #expect(fixture.outcome().counts.repeated == 3)
            #expect(fixture.outcome().counts.overtaken == older)
        }
    }

    @Test("but not with others, beyond what may be uncommitted, or with exactly-once delivery")
    func notOvertaken() throws {
        // Before the other worker began.
        #expect(
            try overtaken(113...113, behind: 130).found()
                == ["doubled 0@113"])
        // Behind what the first one says that it took.
        #expect(
            try overtaken(115...117, behind: 130, toldItsEnd: 116).found()
                == ["epoch_went_back 0@117"])
        var fixture = try overtaken(115...117, behind: 130)
        fixture.terms.uncommittedRecords = 2
        #expect(fixture.found() == ["doubled 0@117", "epoch_went_back 0@117"])
        fixture = try overtaken(115...117, behind: 130)
        fixture.terms.delivery = .exactlyOnce
        #expect(fixture.found().contains("epoch_went_back 0@115-117"))
        // An epoch that nobody took it under.
        fixture = try overtaken(115...117, behind: 130)
        let place = try #require(
            fixture.answers.lastIndex { $0.prediction.offset == 116 })
        fixture.answers[place] = fixture.right(116, epoch: 1)
        #expect(fixture.found() == ["epoch_went_back 0@116"])
        // The record has no other answer.
        fixture = try overtaken(115...117, behind: 130)
        fixture.answers.removeAll { $0.prediction.offset == 116 && $0.prediction.epoch == 3 }
        #expect(fixture.found().contains("epoch_went_back 0@116"))
    }

    @Test("who died before it could tell of its epoch, and whose records were taken again under it")
    func untold() throws {
        // The second worker takes up epoch 3 where the first was, under 2, up to 121.
        var fixture = try AuditFixture()
        fixture.entries.removeLast(3)
        fixture.entries += fixture.took(3, 118, 139, by: "two")
        fixture.answers[20] = fixture.right(120, epoch: 2)
        fixture.answers[21] = fixture.right(121, epoch: 2)
        fixture.answers.insert(
            contentsOf: (118...121).map { fixture.right($0, epoch: 3) }, at: 22)
        #expect(fixture.found() == [])
        #expect(fixture.outcome().counts.repeated == 4)
        // The same where nothing at all was told of the first one's last epoch.
        fixture.entries.removeAll { $0.epoch == 2 }
        #expect(fixture.found() == ["outside_ledger 0@110-117"])
    }

    @Test("a third answer, after two kills over the same records, is placed too")
    func twice() throws {
        var fixture = try killed()
        fixture.entries += fixture.took(3, 127, 139, by: "three")
        fixture.entries.removeAll { $0.incarnation.id == "two" && $0.event == .superseded }
        fixture.answers.insert(contentsOf: (127...129).map { fixture.right($0) }, at: 35)
        #expect(fixture.found() == [])
        #expect(fixture.outcome().counts.repeated == 8)
    }

    @Test("a third answer by a worker that died before it told what it took is placed too")
    func silent() throws {
        var fixture = try killed()
        fixture.answers.insert(contentsOf: (125...126).map { fixture.right($0) }, at: 35)
        #expect(fixture.found() == ["doubled 0@125-126"])
        // It was given the partition, between the two that told.
        let last = try #require(fixture.entries.last)
        var given = LedgerEntry(
            .assigned, atMs: 1_000, slot: SlotID(group: "g", slot: 0), model: "m", topic: "in",
            incarnation: StatusRecord.Incarnation(
                id: "silent", startedAtMs: 0, host: "here", pid: 43), generation: 1)
        given.partitions = [0]
        fixture.entries.insert(given, at: fixture.entries.count - 2)
        #expect(last.incarnation.id == "two" && fixture.found() == [])
        #expect(fixture.outcome().counts.repeated == 7)
    }

    @Test("without a ledger, a second answer is in doubt")
    func noLedger() throws {
        var fixture = try AuditFixture()
        fixture.answers.append(fixture.right(125))
        fixture.terms.ledger = nil
        #expect(fixture.found() == ["? unplaced 0@125"])
        fixture.terms.ledger = "ledger"
        fixture.entries = []
        #expect(fixture.found() == ["? unplaced 0@125", "? no_ledger 0@100-139"])
    }

    @Test("a cut ledger: records that nobody took under their epoch")
    func cut() throws {
        var fixture = try AuditFixture()
        // Of epoch 2 both entries, or the end alone.
        fixture.entries.removeSubrange(2..<4)
        #expect(fixture.found() == ["outside_ledger 0@110-119"])
        fixture = try AuditFixture()
        fixture.entries.remove(at: 3)
        #expect(fixture.found() == ["unended 2"])
    }

    @Test("a boundary that was moved")
    func moved() throws {
        var fixture = try AuditFixture()
        fixture.entries[2].spans = [LedgerEntry.Span(partition: 0, first: 112, last: 112)]
        fixture.entries[3].spans = [LedgerEntry.Span(partition: 0, first: 112, last: 119)]
        #expect(fixture.found() == ["outside_ledger 0@110-111"])
        fixture = try AuditFixture()
        fixture.entries[3].spans = [LedgerEntry.Span(partition: 0, first: 110, last: 124)]
        #expect(fixture.found() == ["outside_ledger 0@120-124"])
    }

    @Test("forged entries: an epoch that nobody announced, other versions, another's words")
    func forged() throws {
        var fixture = try AuditFixture()
        fixture.entries += fixture.took(7, 130, 131, by: "mallory")
        #expect(fixture.found() == ["ledger wrong_ledger", "outside_ledger 0@130-131"])
        fixture = try AuditFixture()
        fixture.entries[0].stable = 5
        #expect(fixture.found() == ["ledger wrong_ledger"])
        // Of another group, model or input, which are not ours to judge.
        fixture = try AuditFixture()
        var other = fixture.took(7, 130, 131)
        for index in other.indices { other[index].model = "another" }
        fixture.entries += other
        #expect(fixture.found() == [])
    }
}
