import Judge
import Lifecycle
import Testing

/// The judge over whole streams of counts: the edge cases of its specification.
@Suite("Canary judge")
struct CanaryJudgeTests {
    @Test("without traffic nothing passes and nothing fails")
    func noTraffic() throws {
        var traffic = SampleTraffic(SampleTraffic.hasty())
        var slots = [SampleTraffic.Slot(0)]
        let ended = traffic.run(40, &slots) { _, _ in }
        let report = try #require(ended)
        #expect(report.verdict == .running && report.blocks == 0 && report.pairs == 0)
        #expect(report.headline.contains("no record was scored by both versions yet"))
    }

    @Test("no flip and no alert passes by abs alone, at about 44,000 records")
    func ruleOfThree() throws {
        var traffic = SampleTraffic(SampleTraffic.only("alerts-up", pass: 2))
        var slots = [SampleTraffic.Slot(0)]
        var passedAt: Int64?
        for _ in 0..<60 where passedAt == nil {
            slots[0].addEverywhere(pairs: 16)
            guard let report = traffic.block(slots) else { continue }
            if report.verdict == .pass { passedAt = report.pairs }
        }
        let pairs = try #require(passedAt)
        #expect((40_000...48_000).contains(pairs), "\(pairs)")
    }

    @Test("one client that flips for ever neither fails nor passes, and its cell is told")
    func oneClient() throws {
        var traffic = SampleTraffic(SampleTraffic.only("alerts-up"))
        var slots = [SampleTraffic.Slot(0)]
        let ended = traffic.run(200, &slots) { slot, _ in
            slot.addEverywhere(pairs: 16)
            slot.add(7, pairs: 10, up: 10)
        }
        let report = try #require(ended)
        #expect(report.verdict == .running)
        let told = try #require(report.guardReport("alerts-up"))
        #expect(told.fullestCellShare == 1)
        #expect(told.line.contains("100 % of the flips lie in one cell of 64"), "\(told.line)")
    }

    @Test("without keys time alone counts, and for the rest of the comparison")
    func withoutKeys() throws {
        var traffic = SampleTraffic(SampleTraffic.only("alerts-up"))
        var slots = [SampleTraffic.Slot(0)]
        let ended = traffic.run(40, &slots) { slot, _ in
            slot.addEverywhere(pairs: 16, isKeyed: false)
            slot.add(7, pairs: 10, up: 10, isKeyed: false)
        }
        let report = try #require(ended)
        #expect(report.verdict == .fail && report.reason == "alerts-up")
        #expect(report.guardReport("alerts-up")?.fullestCellShare == nil)
    }

    @Test("a candidate that alerts on everything fails after two minutes, not before")
    func alertsOnEverything() throws {
        var traffic = SampleTraffic()
        var slots = [SampleTraffic.Slot(0)]
        var failedAt: Int64?
        for _ in 0..<20 {
            slots[0].addEverywhere(pairs: 16, up: 16)
            guard let report = traffic.block(slots), failedAt == nil else { continue }
            if report.verdict == .fail { failedAt = report.blocks }
        }
        #expect(failedAt == 12)
        #expect(traffic.judge.reason == "alerts-up")
    }

    @Test("a candidate that never alerts fails by alerts-down")
    func neverAlerts() throws {
        var traffic = SampleTraffic()
        var slots = [SampleTraffic.Slot(0)]
        let report = traffic.run(30, &slots) { slot, block in
            for cell in 0..<64 {
                let alerts: Int64 = (cell + block).isMultiple(of: 7) ? 2 : 0
                slot.add(cell, pairs: 16, alerts: alerts, down: alerts)
            }
        }
        #expect(report?.verdict == .fail)
        #expect(report?.guardReport("alerts-down")?.hasFailed == true)
        #expect(report?.guardReport("alerts-up")?.hasFailed == false)
    }

    @Test("errors of the candidate alone fail, of the stable version alone do not")
    func errors() throws {
        var traffic = SampleTraffic()
        var slots = [SampleTraffic.Slot(0)]
        let worse = traffic.run(30, &slots) { slot, _ in
            for cell in 0..<64 { slot.add(cell, pairs: 16, lost: 1) }
        }
        #expect(worse?.verdict == .fail && worse?.reason == "errors")
        traffic = SampleTraffic()
        slots = [SampleTraffic.Slot(0)]
        let better = traffic.run(30, &slots) { slot, _ in
            for cell in 0..<64 { slot.add(cell, pairs: 16, gained: 1) }
        }
        #expect(better?.guardReport("errors")?.hasFailed == false)
        #expect(better?.verdict == .running)
    }

    @Test("a candidate three times as slow fails by its votes; reversed, the other way round")
    func latency() throws {
        for isReversed in [false, true] {
            var traffic = SampleTraffic(SampleTraffic.only("latency"), isReversed: isReversed)
            var slots = (0..<8).map { SampleTraffic.Slot($0) }
            let report = traffic.run(30, &slots) { slot, _ in
                slot.addEverywhere(pairs: 1)
                slot.time(20, slower: 1.1)
            }
            #expect(report?.guardReport("latency")?.hasFailed == !isReversed)
        }
    }

    @Test("labels drawn at random find false positives, and labels that go back count nothing")
    func labels() throws {
        var traffic = SampleTraffic()
        var slots = [SampleTraffic.Slot(0)]
        var worse: Int64 = 0
        for _ in 0..<30 {
            slots[0].addEverywhere(pairs: 16)
            worse += 20
            let normal = try #require(LabelCounts([worse * 9, worse, 0, 0]))
            let attack = try #require(LabelCounts([0, 0, 0, 0]))
            traffic.block(slots, feedback: LabelFeedback(normal: normal, attack: attack))
        }
        let ended = traffic.block(slots)
        let report = try #require(ended)
        #expect(report.verdict == .fail && report.reason == "false-positives")
        let before = report.rebased
        let fewer = try #require(LabelCounts([1, 0, 0, 0]))
        traffic.block(slots, feedback: LabelFeedback(normal: fewer, attack: fewer))
        #expect(traffic.judge.rebased == before + 1)
    }

    @Test("most of the shadow's records shed: no pass, and that is said")
    func shed() throws {
        var traffic = SampleTraffic(SampleTraffic.only("alerts-up"))
        var slots = [SampleTraffic.Slot(0)]
        let ended = traffic.run(60, &slots) { slot, _ in
            slot.addEverywhere(pairs: 16)
            slot.counts.shed += 2_000
        }
        let report = try #require(ended)
        #expect(report.verdict == .running && !report.isCovered)
        #expect(report.headline.contains("were shed"))
    }

    @Test("the forecast of records shrinks to nothing as the pass comes")
    func forecast() throws {
        var traffic = SampleTraffic(SampleTraffic.only("alerts-up", pass: 2))
        var slots = [SampleTraffic.Slot(0)]
        let earlyEnded = traffic.run(20, &slots) { slot, _ in
            slot.addEverywhere(pairs: 16)
        }
        let early = try #require(earlyEnded)
        let missing = try #require(early.forecast)
        #expect(missing > 20_000 && missing < 40_000, "\(missing)")
        let lateEnded = traffic.run(40, &slots) { slot, _ in
            slot.addEverywhere(pairs: 16)
        }
        let late = try #require(lateEnded)
        #expect(late.forecast == 0 && late.verdict == .pass)
    }

    @Test("the line of a guard says all that a reader needs to judge it")
    func words() throws {
        var traffic = SampleTraffic(SampleTraffic.only("alerts-up"))
        var slots = [SampleTraffic.Slot(0)]
        let ended = traffic.run(20, &slots) { slot, block in
            slot.addEverywhere(pairs: 100, alerts: 1)
            slot.add(block % 64, pairs: 1, up: 1)
            slot.add((block + 9) % 64, pairs: 1, alerts: 1, down: 1)
        }
        let report = try #require(ended)
        let line = try #require(report.guardReport("alerts-up")?.line)
        for part in [
            "alerts-up: ", "20 flips for the worse, 20 for the better in 128,040 records",
            "change 0.00 in 10,000 (", " to +", "allowed 21.3", "evidence for harm ", " of 200",
            "against ", " of 20.0", "say as much as one",
        ] {
            #expect(line.contains(part), "\(part): \(line)")
        }
    }
}
