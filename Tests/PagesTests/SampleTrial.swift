import Fleet
import Judge
import Lifecycle
import TestSupport

@testable import Operations
@testable import Pages
@testable import Registry

/// A canary under judgement, and the fleet that runs it.
struct SampleTrial {
    let registry: SampleRegistry
    private var say: SampleTexts { registry.say }
    private var nowMs: Int64 { SampleRegistry.nowMs }

    init(_ say: SampleTexts) { registry = SampleRegistry(say: say) }

    // MARK: - Rollout

    func rollout(
        phase: RolloutState.Phase = .running, reason: String? = nil, pairs: Int64 = 62_840
    ) throws -> RolloutStanding {
        let plan = RolloutPlan.standard
        let before = RolloutDeployment(epoch: 20, stable: 41, settings: "{}")
        var state = RolloutController(plan).start(over: before, candidate: 42).state
        state.step = 2
        state.mode = .canary
        state.share = try Share("5%")
        state.epoch = 23
        state.elapsedMs = 412_000
        state.wallMs = 720_000
        state.pairsBefore = 61_000
        state.pairs = pairs
        state.phase = phase
        // Longer ones are refused where they are read.
        state.reason = reason.map {
            String(String.UnicodeScalarView(say($0).unicodeScalars.prefix(100)))
        }
        return RolloutStanding(
            StoredRollout(
                id: 7, model: try SampleRegistry.model(), candidate: 42, isObserved: false,
                plan: plan.json, state: state.json, salt: 7,
                judged: RolloutJudgement(judge: .null, report: report()), mandate: nil, revision: 9,
                note: registry.note("erik@corp.example", 95, "weekly retraining"), endedAt: nil),
            [
                entry(1, 95, "started", "against version 41", 21),
                entry(2, 41, "step", "canary at 1%", 22),
                entry(3, 12, "step", "canary at 5%", 23),
            ])
    }

    private func entry(
        _ number: Int64, _ minutes: Int64, _ event: String, _ detail: String, _ epoch: Int64
    ) -> RolloutEntry {
        RolloutEntry(
            number: number, at: SampleRegistry.at(minutes), by: say("rollout 7"), event: say(event),
            detail: say(detail), epoch: epoch)
    }

    private func report() -> JSONValue {
        let names = ["alerts-up", "alerts-down", "incidents-up", "errors", "latency"].map {
            say($0)
        }
        var outcomes: [String: JSONValue] = [:]
        for (place, name) in names.enumerated() {
            outcomes[name] = ["failed": false, "passed": .bool(place == 1)]
        }
        return [
            "verdict": "running",
            "headline": .string(
                say("not decided: no proof yet from alerts-up; about 31,000 more pairs")),
            "lines": .array(
                names.map {
                    .string("\($0): not decided; 14 flips for the worse, 9 for the better")
                }),
            "outcome": ["guards": .object(outcomes)], "chart": chart(names),
        ]
    }

    private func chart(_ names: [String]) -> JSONValue {
        let points = (0..<80).map { step -> JSONValue in
            let part = Double(step + 1) / 80
            let marks = names.indices.map { place -> JSONValue in
                let wobble = Double((step * 7 + place * 13) % 11 - 5) * 0.00002 * (1.2 - part)
                let change = 0.00009 - 0.00004 * part + wobble
                let half = 0.0003 / part.squareRoot() * 0.6
                return .array([
                    .double(change), .double(change - half), .double(change + half),
                    place == 4 ? .null : .double(0.00021), .double(0.18 * part),
                    .double(place == 1 ? 1.04 : 0.72 * part),
                ])
            }
            return .array(
                [.int(nowMs - Int64(80 - step) * 60_000), .int(Int64(step) * 780)] + marks)
        }
        return ["names": .array(names.map { .string($0) }), "stride": 6, "points": .array(points)]
    }

    func rates() -> [AlertRatePoint] {
        (0..<90).map { step in
            let wave = Int64((step * 5) % 17) + Int64(step / 9)
            return AlertRatePoint(
                atMs: nowMs - Int64(90 - step) * 60_000, stableRecords: 118_000,
                stableAlerts: 480 + wave * 6, candidateRecords: 6_200,
                candidateAlerts: 26 + wave * 2 / 5 + Int64(step % 5))
        }
    }

    func flips() -> FlipLook {
        FlipLook(
            findings: FlipFindings(
                topic: say("raw_requests"), records: 20_000, pairs: 19_996,
                counts: [.alert: 41, .normal: 3], span: (nowMs - 212_000)...(nowMs - 9_000),
                cut: say("they have more than 64 MB together"), explained: 44,
                causes: [
                    .init(words: say("'sel' 'uni'"), direction: .alert, count: 38),
                    .init(words: say("length of the query"), direction: .normal, count: 3),
                ],
                examples: [
                    flip(
                        "/products?id=7%20UNION%20SELECT%20card,cvv%20FROM%20payments--", "normal",
                        "attack", 3_122),
                    flip("/search?q=select+a+size+from+the+table", "attack", "normal", 88_410),
                ]), atMs: nowMs - 8_000)
    }

    private func flip(
        _ path: String, _ stable: String, _ candidate: String, _ offset: Int
    ) -> FlipExample {
        let isAlert = candidate == "attack"
        return FlipExample(
            record: say("raw_requests/3@\(offset)"), atMs: nowMs - Int64(offset) * 17,
            direction: isAlert ? .alert : .normal,
            request: say("{\"method\":\"GET\",\"path\":\"\(path)\",\"id\":\"r-\(offset)\"}"),
            cause: say("'sel' 'uni'"),
            stable: FlipExample.Side(label: say(stable), score: isAlert ? -0.12 : 0.31),
            candidate: FlipExample.Side(label: say(candidate), score: isAlert ? 0.94 : -0.27),
            reasons: [
                .init(name: say("'sel' 'uni'"), stable: 0.04, candidate: isAlert ? 0.71 : -0.4),
                .init(name: say("'uni'"), stable: -0.1, candidate: isAlert ? 0.31 : -0.2),
                .init(name: say("length of the query"), stable: -0.02, candidate: -0.08),
            ])
    }

    // MARK: - Fleet

    /// - Parameters:
    ///   - slots: of the group.
    ///   - isTroubled: whether some of them are not as they should be.
    func fleet(slots: Int, isTroubled: Bool, model: String = "http-anomaly") throws -> FleetReport {
        let wanted = try registry.deployment(
            23, stable: 41, candidate: (42, .canary, "5%"), previous: 40, model: model)
        var board = FleetBoard(model: try ModelName(model))
        for slot in 0..<slots {
            // Two that nobody speaks for.
            if isTroubled, slot == slots - 1 || slot == slots - 2 { continue }
            board.hear(.old(record(slot, of: slots, isTroubled, model)), heardAtMs: nowMs)
        }
        board.reachEnd(atMs: nowMs - 60_000)
        return FleetReport(
            board: board,
            wanted: RegisteredDeployment(deployment: wanted, registry: SampleFleet.registry),
            control: SampleFleet.control(wanted), notes: isTroubled ? [say("a note")] : [],
            nowMs: nowMs)
    }

    private func record(
        _ slot: Int, of total: Int, _ isTroubled: Bool, _ model: String
    ) -> StatusRecord {
        var record = SampleFleet.busy(slot)
        record.group = say("edge-eu")
        record.model = model
        record.total = total
        record.incarnation.host = say("scorer-\(slot / 8).eu.internal")
        record.incarnation.pid = 4_000 + Int32(slot)
        record.serving?.epoch = 23
        record.serving?.stable = 41
        record.serving?.candidate = 42
        record.serving?.stableDigest = SampleRegistry.digest(41).description
        record.serving?.candidateDigest = SampleRegistry.digest(42).description
        record.sentAtMs = nowMs - Int64(slot % 7) * 130
        record.counts.records = 1_204_551 + Int64(slot) * 9_117
        record.counts.deadLetters = Int64(slot % 5)
        record.counts.rebalances = slot == 3 ? 4 : 1
        record.lag = Int64(slot * 13 % 90)
        record.recordsPerSecond = 1_870 + Double(slot * 31 % 200)
        record.partitions = [Int32(slot), Int32(slot + total)]
        record.comparison?.candidate = 42
        record.comparison?.stable = 41
        record.comparison?.flips = [say("normal -> attack"): 60, say("attack -> normal"): 4]
        guard isTroubled else { return record }
        switch slot % 16 {
        case 2:
            record.serving?.epoch = 22
            record.rejected = .init(
                epoch: 23,
                reason: say(
                    "version 42: self-test differs: golden input 7 scores 0.31, expected 0.94"))
        case 5: record.lag = 184_211
        case 9: record.sentAtMs = nowMs - 41_000
        case 11:
            record.serving?.epoch = 22
            record.retrying = say("fetching sha256:27d1…: connection refused")
        default: break
        }
        return record
    }
}
