import Inputs
import Kafka
import Lifecycle
import Platform
import Scoring
import Serving
import TestSupport
import Testing

/// Several threads over one batch, against one thread over the same batch.
@Suite("ScoringTeam", .blocking)
struct ScoringTeamTests {
    private let held = HeldRecords()

    private func team(
        _ threads: Int, _ input: InputSettings = InputSettings(), shadowPercent: Int = 100,
        isByCost: Bool = false
    ) throws -> ScoringTeam {
        try ScoringTeam(
            decoders: try (0..<threads).map { _ in try RecordDecoder(input) }, isByCost: isByCost,
            capacity: 1_000, shadowPercent: shadowPercent, predictionBytes: 1_000_000,
            progress: ProgressCounter())
    }

    private func told(_ outcome: RecordOutcome) -> String {
        switch outcome {
        case .prediction(let bytes), .malformed(let bytes):
            unsafe String(decoding: bytes, as: UTF8.self)
        case .unscorable(let reason): "\(reason.code): \(reason.text)"
        }
    }

    /// What a batch came to: each outcome, and what was counted.
    private struct Told: Equatable {
        var outcomes: [String]
        var stable: [Int64]
        var candidate: [Int64]
        var comparison: [Int64]
    }

    private func tell(_ team: borrowing ScoringTeam) -> Told {
        func add(_ more: [Int64], to sums: inout [Int64]) {
            sums = sums.isEmpty ? more : zip(sums, more).map { $0 + $1 }
        }
        var told = Told(
            outcomes: team.outcomes.map(told), stable: [], candidate: [], comparison: [])
        team.forEachTally { tally in
            for (version, sums) in [
                (tally.stable, \Told.stable), (tally.candidate, \Told.candidate),
            ] {
                add(
                    [version.scored, version.produced, version.score.moments.count]
                        + version.byClass, to: &told[keyPath: sums])
            }
            add(
                [tally.comparison.records, tally.comparison.shed] + tally.comparison.pairs,
                to: &told.comparison)
        }
        return told
    }

    /// Requests of different lengths, every seventh of them none.
    private func batch(_ count: Int, _ routes: [StagedRecord.Route]) -> [StagedRecord] {
        (0..<count).map { index in
            let path = String(repeating: "/a\(index)", count: 1 + index % 9)
            return StagedRecord(
                view: held.record(
                    index % 7 == 3 ? "{\(index)" : Streams.request(path, id: "r-\(index)"),
                    partition: Int32(index % 3), offset: Int64(index)), index: index,
                route: routes[index % routes.count])
        }
    }

    private static let sizes = [1_000, 0, 1, 7, 8, 9, 250, 33]

    @Test(
        "however many threads there are, outcomes are the same bytes in the same order, and counts",
        arguments: [2, 3, 5], [Candidate.Mode.canary, .shadow])
    func deterministic(threads: Int, mode: Candidate.Mode) throws {
        let set = try Streams.set(
            try Streams.weighing(1, weight: 0.37),
            candidate: try Streams.weighing(2, weight: -1.5), mode: mode, threads: threads)
        var one = try team(1)
        var many = try team(threads)
        one.takeUp(set)
        many.takeUp(set)
        let routes: [StagedRecord.Route] = [.stable, mode == .canary ? .canary : .shadow, .stable]
        for count in Self.sizes {
            let batch = batch(count, routes)
            one.score(batch)
            many.score(batch)
            #expect(tell(many) == tell(one), "\(count)")
            one.scoreShadow(batch, isBehind: false)
            many.scoreShadow(batch, isBehind: false)
            #expect(tell(many) == tell(one), "\(count), with the shadow")
            #expect(many.outcomes.count == count)
        }
    }

    @Test("the same over lines of text, and over numbers")
    func formats() throws {
        let text = InputSettings(format: .text)
        let numbers = #"{"steps":[{"fields":["bytes","age"]}]}"#
        let lines = (0..<500).map { String(repeating: "x", count: $0 % 40) }
        let objects = (0..<500).map {
            $0 % 5 == 2 ? #"{"bytes":1}"# : #"{"bytes":\#($0),"age":\#($0 % 90)}"#
        }
        for (input, version, values) in [
            (text, try Streams.weighing(1, weight: 3), lines),
            (InputSettings(), try Streams.reading(2, spec: numbers, features: 2), objects),
        ] {
            var one = try team(1, input)
            var two = try team(2, input)
            let set = try Streams.set(version, input: input, threads: 2)
            one.takeUp(set)
            two.takeUp(set)
            let batch = values.enumerated().map { index, value in
                StagedRecord(
                    view: held.record(value, offset: Int64(index)), index: index, route: .stable)
            }
            one.score(batch)
            two.score(batch)
            #expect(tell(two) == tell(one))
            #expect(two.outcomes.contains { if case .unscorable = $0 { true } else { false } })
        }
    }

    @Test("a whole batch is of the set taken up before it, on each thread")
    func swaps() throws {
        var team = try team(3)
        for epoch in 1...20 as ClosedRange<Int64> {
            let set = try Streams.set(
                try Streams.constant(Int(epoch), score: Double(epoch)), epoch: epoch, threads: 3)
            team.takeUp(set)
            #expect(team.set === set)
            team.score(batch(100, [.stable]))
            let predictions = team.outcomes.map(told).filter { $0.hasPrefix("{") }
            #expect(predictions.count == 86)
            #expect(predictions.allSatisfy { $0.contains(#""epoch":\#(epoch),"#) })
        }
    }

    @Test("a batch that is not divided has outcomes and counts of its own alone")
    func undivided() throws {
        var team = try team(2)
        team.takeUp(try Streams.set(try Streams.constant(1, score: 1), threads: 2))
        team.score(batch(100, [.stable]))
        team.score(batch(3, [.stable]))
        #expect(tell(team).outcomes.count == 3 && tell(team).stable[0] == 3)
        team.score(batch(100, [.stable]))
        team.refuse(batch(20, [.stable]))
        #expect(tell(team).stable[0] == 0)
        #expect(tell(team).outcomes.count == 20)
        #expect(tell(team).outcomes.allSatisfy { $0.hasPrefix("crashed_worker") })
    }

    @Test("a shadow that is behind, or has no time, is shed on each thread", arguments: [0, 100])
    func shedding(percent: Int) throws {
        var team = try team(3, shadowPercent: percent)
        team.takeUp(
            try Streams.set(
                try Streams.constant(1, score: 1), candidate: try Streams.constant(2, score: 2),
                mode: .shadow, threads: 3))
        let batch = batch(700, [.shadow])
        team.score(batch)
        team.scoreShadow(batch, isBehind: percent == 100)
        #expect(tell(team).comparison.prefix(2) == [0, 600])
        #expect(tell(team).candidate[0] == 0)
    }

    @Test("between start and finish the outcomes before stay as they are")
    func overlapping() throws {
        var one = try team(1)
        var many = try team(3)
        let set = try Streams.set(try Streams.weighing(1, weight: 0.37), threads: 3)
        one.takeUp(set)
        many.takeUp(set)
        var wanted: [[String]] = []
        let batches = [400, 90, 8, 1_000, 31].map { batch($0, [.stable]) }
        for batch in batches {
            one.score(batch)
            wanted.append(one.outcomes.map(told))
        }
        many.start(batches[0])
        var isUnderWay = many.isUnderWay
        #expect(isUnderWay)
        for next in batches.indices {
            many.finish()
            isUnderWay = many.isUnderWay
            #expect(!isUnderWay)
            // Before the next one is started, which counts anew.
            #expect(tell(many).stable[0] == Int64(wanted[next].count { $0.hasPrefix("{") }))
            if next + 1 < batches.count { many.start(batches[next + 1]) }
            #expect(many.outcomes.map(told) == wanted[next])
        }
    }

    @Test("a team that goes while a batch is under way waits for it")
    func abandoned() throws {
        var team: ScoringTeam? = try team(3)
        team?.takeUp(try Streams.set(try Streams.constant(1, score: 1), threads: 3))
        team?.start(batch(1_000, [.stable]))
        team = nil
    }

    @Test("the watch over the poll thread sees that it comes on, whoever scores")
    func progress() throws {
        let counter = ProgressCounter()
        var team = try ScoringTeam(
            decoders: [try RecordDecoder(), try RecordDecoder()], capacity: 100,
            shadowPercent: 0, predictionBytes: 1_000, progress: counter)
        team.takeUp(try Streams.set(try Streams.constant(1, score: 1), threads: 2))
        var seen = counter.value
        for _ in 0..<5 {
            team.score(batch(3, [.stable]))
            #expect(counter.value == seen + 3)
            seen = counter.value
        }
    }
}

@Suite("ForkRule")
struct ForkRuleTests {
    @Test("one thread divides nothing; more divide what makes at least two pieces")
    func byNumber() {
        let one = ForkRule(threads: 1, isByCost: false)
        #expect([0, 1, 8, 1_000].allSatisfy { one.piece(of: $0) == nil })
        #expect(!one.wantsTimes && !ForkRule(threads: 1, isByCost: true).wantsTimes)
        let two = ForkRule(threads: 2, isByCost: false)
        #expect([0, 1, 7].allSatisfy { two.piece(of: $0) == nil })
        #expect([8, 100, 320, 1_000].map { two.piece(of: $0) } == [4, 4, 8, 32])
        #expect(ForkRule(threads: 4, isByCost: false).piece(of: 1_000) == 16)
        #expect(!two.wantsTimes)
    }

    @Test("by cost, what is not known to be costly is not divided")
    func byCost() {
        var rule = ForkRule(threads: 2, isByCost: true)
        #expect(rule.wantsTimes && rule.piece(of: 1_000) == nil)
        // 1 µs a record.
        rule.took(1_000_000, records: 1_000)
        #expect(rule.piece(of: 1_000) == 32 && rule.piece(of: 299) == nil)
        // 100 µs a record.
        for _ in 0..<50 { rule.took(100_000_000, records: 1_000) }
        #expect(rule.piece(of: 1_000) == 32 && rule.piece(of: 8) == 4)
        #expect(rule.piece(of: 7) == nil)
        for _ in 0..<50 { rule.took(100_000, records: 1_000) }
        #expect(rule.piece(of: 1_000) == nil)
        rule.took(500_000, records: 0)
        rule.took(.max, records: 1)
        #expect(rule.piece(of: 1_000) != nil)
        rule.forget()
        #expect(rule.piece(of: 1_000) == nil)
    }

    @Test("by cost, no more helpers are woken than have something to do")
    func helpers() {
        #expect(ForkRule(threads: 1, isByCost: true).helpers(of: 1_000) == 0)
        #expect(ForkRule(threads: 5, isByCost: false).helpers(of: 8) == 4)
        var rule = ForkRule(threads: 9, isByCost: true)
        // 1 µs a record.
        rule.took(1_000_000, records: 1_000)
        #expect([300, 1_000, 2_000, 100_000].map { rule.helpers(of: $0) } == [1, 2, 4, 8])
        #expect(rule.piece(of: 1_000) == 24)
        rule.took(.max, records: 1)
        #expect(rule.helpers(of: 1_000) == 8)
    }
}
