import Foundation
import Judge
import Lifecycle
import Testing

@testable import Operations
@testable import Registry
@testable import swerve

@Suite("a rollout for people")
struct RolloutTextTests {
    private static let hostile = "<script>alert(1)</script>\u{1B}[31m & \"'"

    private func standing(
        signed mandate: SignedMandate? = nil, _ change: (inout RolloutState) -> Void = { _ in }
    ) throws -> RolloutStanding {
        let plan = RolloutPlan.standard
        var state = RolloutController(plan).start(
            over: RolloutDeployment(epoch: 4, stable: 7, settings: "s"), candidate: 8
        ).state
        state.elapsedMs = 240_000
        state.pairs = 312
        change(&state)
        let points: [JSONValue] = (0..<40).map { point in
            let part = Double(point) / 40
            return [
                .int(1_764_000_000_000 + Int64(point) * 10_000), .int(Int64(point) * 100),
                [0.001, .double(-0.01), 0.01, 0.002, .double(-part), .double(part)], .null,
            ]
        }
        let report: JSONValue = [
            "verdict": "running", "headline": "not decided: 3 of 180 blocks of ten seconds seen",
            "lines": [.string("alerts-up: \(Self.hostile)")],
            "chart": ["names": ["alerts-up", "latency"], "points": .array(points)],
        ]
        let stored = StoredRollout(
            id: 3, model: try ModelName("http-anomaly"), candidate: 8, isObserved: false,
            plan: plan.json, state: state.json, salt: 1,
            judged: RolloutJudgement(judge: [:], report: report), mandate: mandate, revision: 9,
            note: ChangeNote(by: "ada", at: "2026-11-23T18:52:00.000Z", reason: Self.hostile),
            endedAt: state.phase.isFinal ? "2026-11-23T19:52:00.000Z" : nil)
        return RolloutStanding(
            stored,
            [
                RolloutEntry(
                    number: 1, at: "2026-11-23T18:52:00.000Z", by: "loop", event: "step",
                    detail: Self.hostile, epoch: 5)
            ])
    }

    @Test("its lines tell phase, exposure, judge, plot and events, and drive no terminal")
    func lines() throws {
        let text = RolloutText.lines(of: try standing()).joined(separator: "\n")
        #expect(
            text.hasPrefix(
                "rollout 3 of http-anomaly: version 8 against 7: running, step 1 of 4, "))
        #expect(text.contains("exposure  240 s of 30 min; 312 of 10000 pairs"))
        #expect(text.contains("judge     not decided: 3 of 180"))
        #expect(text.contains("alerts-up        harm ▁▁") && text.contains("█ 0.98"))
        #expect(text.contains("(epoch 5)") && !text.contains("\u{1B}"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
        let over = try standing {
            $0.phase = .rolledBack
            $0.reason = "a guard failed"
        }
        #expect(over.headline.hasSuffix("rolled-back (a guard failed)"))
        #expect(!over.isCompleted)
        let bake = try standing { $0.phase = .baking }
        #expect(
            RolloutText.lines(of: bake).contains { $0.contains("exposure  240 s of 30 min, ") })
    }

    @Test("its page is one file of escaped text and inline plots, without scripts or links")
    func page() throws {
        let html = RolloutPage.html(try standing())
        #expect(html.hasPrefix("<!DOCTYPE html>") && html.hasSuffix("</html>\n"))
        #expect(!html.contains("<script") && html.contains("&lt;script&gt;"))
        #expect(!html.contains("href") && !html.contains("src=\"") && !html.contains("\u{1B}"))
        // Changes, and evidence, of the one guard that has counted something.
        #expect(html.components(separatedBy: "<svg").count == 3)
        #expect(html.contains("<title>proof</title></polyline>") && html.contains("class=\"band\""))
        for tag in ["table", "svg", "div", "ul", "body", "html"] {
            #expect(
                html.components(separatedBy: "<\(tag)").count
                    == html.components(separatedBy: "</\(tag)>").count, "\(tag)")
        }
    }

    @Test("its plots name their axes with units, and its table where the rollout is")
    func axes() throws {
        let html = RolloutPage.html(try standing())
        for unit in ["in 10,000 records", "part of proof"] {
            #expect(html.contains(")\">\(unit)</text>"), "\(unit)")
        }
        #expect(html.components(separatedBy: "time (UTC)</text>").count == 3)
        #expect(html.contains(">2025-11-24 16:00:00</text>"))
        func rows(_ change: (inout RolloutState) -> Void) throws -> [Substring] {
            RolloutPage.html(try standing(change)).split(separator: "\n")
                .filter { $0.hasPrefix("<tr") && $0.contains(" at ") || $0.contains("bake: ") }
        }
        let here = "<tr class=\"here\" aria-current=\"step\">"
        let first = try rows { _ in }
        #expect(first.count == 5 && first[0].hasPrefix(here) && first[0].contains("<td>now</td>"))
        #expect(first.dropFirst().allSatisfy { $0.hasPrefix("<tr>") && !$0.contains("now") })
        let bake = try rows {
            $0.step = 3
            $0.phase = .baking
        }
        #expect(bake[4].hasPrefix(here) && bake.dropLast().allSatisfy { $0.contains("done") })
        let completed = try rows {
            $0.step = 3
            $0.phase = .completed
        }
        #expect(completed.allSatisfy { $0.hasPrefix("<tr>") && $0.contains("<td>done</td>") })
        let back = try rows {
            $0.step = 1
            $0.phase = .rolledBack
        }
        #expect(back[0].contains("done") && back[1].contains("<td>the last</td>"))
        #expect(back.allSatisfy { $0.hasPrefix("<tr>") } && !back[2].contains("done"))
    }

    @Test("who signed the plan is told, and who has to sign it anew")
    func signed() throws {
        let version = DeployedVersion(
            version: 7, digest: Digest(sha256: [UInt8](repeating: 7, count: 32)))
        let mandate = RolloutMandate(
            model: try ModelName("http-anomaly"), stable: version,
            candidate: DeployedVersion(version: 8, digest: version.digest), previous: nil, salt: 1,
            bakeSalt: 2, settings: DeploymentSettings(),
            steps: [.init(mode: .shadow, share: try Share("25%"))], bakeShare: nil, fromEpoch: 4,
            expiresAtMs: 1_764_000_000_000, retreatUntilMs: 1_766_592_000_000,
            plan: version.digest)
        let signature = RecordSignature(keyName: "ada", bytes: [UInt8](repeating: 1, count: 64))
        let standing = try standing(
            signed: SignedMandate(
                text: String(decoding: mandate.json.bytes, as: UTF8.self),
                signature: signature.description)
        ) { $0 = $0.waitingForSignature }
        let lines = RolloutText.lines(of: standing).joined(separator: " ")
        let text = lines.split(separator: " ").joined(separator: " ")
        #expect(text.contains("gate (signature), step 1 of 4"))
        #expect(text.contains("plan signed by ada at epoch 4, for steps until 2025-11-24T16:00:00"))
        #expect(text.contains("for a retreat until 2025-12-24T16:00:00"))
        #expect(text.contains("swerve rollout sign http-anomaly --sign-with FILE"))
        #expect(standing.document["signature"]?["from_epoch"] == 4)
    }

    @Test("what cannot be read is said, and no number is made up")
    func damaged() throws {
        let stored = StoredRollout(
            id: 1, model: try ModelName("m"), candidate: 2, isObserved: true, plan: [:],
            state: [:], salt: nil, judged: nil, mandate: nil, revision: 1,
            note: ChangeNote(by: "", at: ""), endedAt: nil)
        let standing = RolloutStanding(stored, [])
        #expect(standing.headline == "rollout 1 of m: its state cannot be read")
        #expect(RolloutPage.html(standing).contains("cannot be read"))
        #expect(RolloutText.lines(of: standing).count == 3)
    }

    @Test("bars show parts from 0 to 1, whatever the numbers are")
    func bars() {
        #expect(RolloutPlot.bars([]) == "")
        #expect(RolloutPlot.bars([-1, 0, 0.5, 1, 9, .nan, .infinity]) == "▁▁▅██▁▁")
        #expect(RolloutPlot.bars(Array(repeating: 1, count: 500)).count == 24)
    }
}
