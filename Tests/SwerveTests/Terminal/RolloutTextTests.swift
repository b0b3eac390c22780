import Foundation
import Judge
import Lifecycle
import Testing

@testable import Operations
@testable import Registry
@testable import swerve

@Suite("a rollout for people")
struct RolloutTextTests {
    private static let nowMs: Int64 = 1_764_000_000_000
    private static let hostile = "<script>alert(1)</script>\u{1B}[31m & \"'"

    private func standing(
        signed mandate: SignedMandate? = nil, events: [(String, String)] = [],
        _ change: (inout RolloutState) -> Void = { _ in }
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
            ]
                + events.enumerated().map { index, event in
                    RolloutEntry(
                        number: Int64(index) + 2, at: "2026-11-23T18:53:00.000Z", by: "ada",
                        event: event.0, detail: event.1, epoch: nil)
                })
    }

    @Test("its lines tell phase, exposure, judge, plot and events, and drive no terminal")
    func lines() throws {
        let text = RolloutText.lines(of: try standing(), nowMs: Self.nowMs)
            .joined(separator: "\n")
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
            RolloutText.lines(of: bake, nowMs: Self.nowMs)
                .contains { $0.contains("exposure  240 s of 30 min, ") })
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
        let lines = RolloutText.lines(of: standing, nowMs: Self.nowMs).joined(separator: " ")
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
        #expect(RolloutText.lines(of: standing, nowMs: Self.nowMs).count == 3)
    }

    @Test("bars show parts from 0 to 1, whatever the numbers are")
    func bars() {
        #expect(RolloutPlot.bars([]) == "")
        #expect(RolloutPlot.bars([-1, 0, 0.5, 1, 9, .nan, .infinity]) == "▁▁▅██▁▁")
        #expect(RolloutPlot.bars(Array(repeating: 1, count: 500)).count == 24)
    }

    @Test("that no loop carries it is told, with since when and what does")
    func idle() throws {
        func idle(
            _ lastMs: Int64?, by announcer: Announcer = .laterCommands,
            _ phase: RolloutState.Phase = .running
        ) throws -> String? {
            try standing {
                $0.lastMs = lastMs
                $0.phase = phase
            }.idleLine(nowMs: Self.nowMs, by: announcer)
        }
        let run = "swerve rollout run http-anomaly"
        #expect(try idle(nil) == "no loop has carried it yet: \(run)")
        #expect(
            try idle(Self.nowMs - 90_001)
                == "no loop has carried it since 2025-11-24T15:58:29.999Z: \(run)")
        #expect(try idle(Self.nowMs - 90_000) == nil)
        // A clock that was set back is no silence.
        #expect(try idle(Self.nowMs + 600_000) == nil)
        #expect(try idle(nil, by: .hub)?.contains("the hub") == true)
        #expect(try idle(nil, .aborted) == nil)
        let shown = try standing { $0.lastMs = 0 }
        #expect(RolloutText.lines(of: shown, nowMs: Self.nowMs).contains { $0.contains(run) })
        #expect(shown.document["carried_at"] == "1970-01-01T00:00:00.000Z")
        #expect(try standing().document["carried_at"] == .null)
    }

    @Test("steps that somebody left out are not told as done")
    func skipped() throws {
        func words(
            _ events: [(String, String)], _ change: (inout RolloutState) -> Void
        ) throws -> [String] {
            RolloutPage.html(try standing(events: events, change)).split(separator: "\n")
                .filter { $0.hasPrefix("<tr") && ($0.contains(" at ") || $0.contains("bake: ")) }
                .filter { !$0.contains("<td>step</td>") }
                .map { row in
                    ["skipped", "done", "now"].first { row.contains("<td>\($0)</td>") } ?? ""
                }
        }
        let first = [
            ("started", "version 8 against 7"), ("step", "step 1: shadow at 25%"),
            ("skip", "known well"), ("step", "step 2: canary at 1%"),
            ("step", "step 3: canary at 5%"),
        ]
        #expect(
            try words(first) { $0.step = 2 } == ["skipped", "done", "now", "", ""])
        let promoted = first + [("promote", ""), ("promoted", "1 record"), ("skip", "")]
        #expect(
            try words(promoted) {
                $0.step = 2
                $0.phase = .completed
            } == ["skipped", "done", "skipped", "skipped", "skipped"])
        // Somebody changed the share by hand, and it is gone through after all.
        let again = first + [("step", "step 1: shadow at 25%"), ("step", "step 2: canary at 1%")]
        #expect(try words(again) { $0.step = 1 } == ["done", "now", "", "", ""])
    }

    @Test("a start tells what ended with it, what its plan may not mean, and which pairs count")
    func started() throws {
        let standing = try standing {
            $0.pairs = 63_036
            $0.pairsBefore = 63_036
        }
        let ended = try JSONDecoder().decode(
            SupersededRollout.self,
            from: Data(#"{"id": 1, "isObserved": true, "phase": "running"}"#.utf8))
        func result(_ warnings: [String]?, _ ended: SupersededRollout?) -> RolloutStartResult {
            RolloutStartResult(
                standing: standing, isNew: true, margins: [], warnings: warnings,
                superseded: ended, alertRate: nil, fault: nil)
        }
        let told = result(["step 2 makes the canary smaller"], ended)
        let lines = told.lines(by: .laterCommands)
        #expect(lines.contains("rollout 1 (observes, running) is superseded"))
        #expect(lines.contains("warning: step 2 makes the canary smaller"))
        #expect(lines.contains { $0.contains("63,036 pairs are there already") })
        #expect(told.document["superseded"]?["rollout"] == 1)
        #expect(told.document["superseded"]?["observes"] == true)
        #expect(told.document["warnings"]?.array?.count == 1)
        let plain = result(nil, nil)
        #expect(plain.document["superseded"] == .null && plain.document["warnings"] == [])
        #expect(!plain.lines(by: .hub).contains { $0.contains("superseded") })
    }

    @Test("a line of the loop has the rollout's number")
    func loopLine() throws {
        #expect(
            RolloutText.line(
                try ModelName("http-anomaly"), 5, atMs: Self.nowMs,
                "superseded: by rollout 6, which acts")
                == "2025-11-24T16:00:00.000Z  http-anomaly  rollout 5  "
                + "superseded: by rollout 6, which acts")
    }
}
