import Foundation
import Judge
import Lifecycle
import TestSupport
import Testing

/// States that are written and read back: nothing changes, and what is hostile is refused.
@Suite("States of the judge")
struct StateTests {
    private static func reread<Value: TreeCodable>(_ value: Value) throws -> Value {
        try Value(try JSONValue(parsing: value.json.bytes, act: "reading"), act: "reading a state")
    }

    /// A slot's traffic with something of everything, the same for the same seed.
    private static func grow(_ slot: inout SampleTraffic.Slot, _ generator: inout SeededGenerator) {
        for cell in 0..<64 {
            let pairs = Int64.random(in: 0...40, using: &generator)
            let alerts = Int64.random(in: 0...pairs, using: &generator) / 8
            slot.add(
                cell, pairs: pairs, alerts: alerts,
                up: Int64.random(in: 0...(pairs - alerts), using: &generator) / 16,
                down: alerts / 2, lost: Int64.random(in: 0...1, using: &generator))
        }
        slot.counts.shed += 3
        slot.time(5, slower: Double.random(in: 0...1, using: &generator))
        slot.counts.scoreDifference = Moments(
            count: slot.counts.scoreDifference.count + 11, mean: 0.3, squares: 1)
        slot.counts.stableScore = Moments(count: 50, mean: 0.1, squares: 7)
    }

    @Test("a judge that is read back at any moment goes on as the one that was not")
    func midway() throws {
        var generator = SeededGenerator(seed: 16)
        var kept = SampleTraffic(SampleTraffic.hasty(), number: 2)
        var reread = kept
        var slots = (0..<3).map { SampleTraffic.Slot($0) }
        for round in 0..<60 {
            for index in slots.indices { Self.grow(&slots[index], &generator) }
            let labels = try #require(LabelCounts([Int64(round * 7), Int64(round), 1, 2]))
            let feedback = LabelFeedback(normal: labels, attack: labels)
            let wanted = kept.block(slots, feedback: feedback)
            let got = reread.block(slots, feedback: feedback)
            #expect(wanted == got)
            #expect(kept.judge == reread.judge)
            reread.judge = try Self.reread(reread.judge)
        }
        #expect(kept.judge.verdict == .fail)
    }

    @Test("the same through Codable")
    func codable() throws {
        var traffic = SampleTraffic()
        var slots = [SampleTraffic.Slot(0)]
        _ = traffic.run(5, &slots) { slot, _ in slot.addEverywhere(pairs: 3, alerts: 1) }
        let data = try JSONEncoder().encode(traffic.judge)
        #expect(try JSONDecoder().decode(CanaryJudge.self, from: data) == traffic.judge)
    }

    @Test("a state from before a change of settings counts nothing more")
    func otherComparison() throws {
        var traffic = SampleTraffic()
        var slot = SampleTraffic.Slot(0)
        slot.addEverywhere(pairs: 1)
        traffic.block([slot])
        traffic.judge = try Self.reread(traffic.judge)
        var other = SampleTraffic.Slot(0, comparison: "ffffffffffffffff")
        other.addEverywhere(pairs: 9)
        traffic.block([other])
        #expect(traffic.judge.pairs == 64)
    }

    @Test("a hostile state is refused or goes on, and never ends the process")
    func hostile() throws {
        var traffic = SampleTraffic(SampleTraffic.only("alerts-up", "latency"))
        var slots = [SampleTraffic.Slot(0)]
        _ = traffic.run(14, &slots) { slot, _ in
            slot.addEverywhere(pairs: 3, up: 3)
            slot.time(20, slower: 1)
        }
        #expect(traffic.judge.verdict == .fail)
        var refused = 0
        for changed in HostileTrees.changes(traffic.judge.json) {
            do throws(SwerveError) {
                let judge = try CanaryJudge(changed, act: "reading a judge's state")
                var next = traffic
                next.judge = judge
                next.nowMs = 1_800_000_000_000
                next.block(slots)
                next.block(slots)
                _ = next.block(slots)?.lines
            } catch {
                refused += 1
                #expect(error.code == .invalid && !error.reason.isEmpty)
            }
        }
        #expect(refused > 500)
    }

    @Test("what is wrong is told by its path")
    func words() throws {
        func refusal(_ change: (inout [String: JSONValue]) -> Void) -> String {
            var fields = SampleTraffic().judge.json.object ?? [:]
            change(&fields)
            do throws(SwerveError) {
                _ = try CanaryJudge(.object(fields), act: "reading the judge's state")
                return ""
            } catch {
                return error.description
            }
        }
        #expect(refusal { $0["form"] = 2 }.contains("of form 2, this one reads 1"))
        #expect(refusal { $0["pairs"] = -1 }.contains("pairs is -1"))
        #expect(refusal { $0["verdict"] = "fail" }.contains("verdict does not follow"))
        #expect(refusal { $0["trials"] = [] }.contains("trials are 0, guards 9"))
        #expect(refusal { $0["more"] = 1 }.contains("unknown key 'more'"))
    }
}
