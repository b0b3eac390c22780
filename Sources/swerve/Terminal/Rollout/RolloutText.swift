import Judge
import Lifecycle
import Operations
import Registry

/// The lines of a rollout for people.
enum RolloutText {
    /// - Parameters:
    ///   - nowMs: the wall clock.
    ///   - announcer: who carries rollouts out.
    static func lines(
        of standing: RolloutStanding, nowMs: Int64, by announcer: Announcer = .laterCommands
    ) -> [String] {
        var lines = [standing.headline]
        lines.append(
            "started \(standing.startedAt) by \(TextLayout.remark(standing.startedBy))"
                + (standing.reason.isEmpty ? "" : ": \(TextLayout.remark(standing.reason))"))
        if let signature = standing.signature { lines.append(signature.line) }
        if let progress = standing.progress {
            lines += progress.lines
            if let idle = standing.idleLine(nowMs: nowMs, by: announcer) { lines.append(idle) }
            if progress.state.isWaitingForSignature {
                lines.append(
                    "waits for a signature: swerve rollout sign \(standing.model) --sign-with FILE")
            }
        }
        if let report = standing.report {
            lines += judgement(report)
            lines += RolloutPlot.lines(RolloutChart(report["chart"]))
        } else if standing.endedAt == nil {
            lines.append("judge     no block of ten seconds has ended yet")
        }
        let shown = standing.entries.suffix(eventsMax)
        if !shown.isEmpty { lines.append("events") }
        lines += shown.map { entry in
            "  \(entry.at)  " + words(entry.event, entry.detail)
                + (entry.epoch.map { " (epoch \($0))" } ?? "")
        }
        return lines.flatMap(TextLayout.wrapped)
    }

    private static func judgement(_ report: JSONValue) -> [String] {
        var lines = ["judge     \(TextLayout.remark(report["headline"]?.string ?? "?"))"]
        for line in report["lines"]?.array ?? [] {
            lines.append("  " + TextLayout.remark(line.string ?? "?", scalars: lineScalars))
        }
        return lines
    }

    private static func words(_ event: String, _ detail: String) -> String {
        TextLayout.remark(detail.isEmpty ? event : "\(event): \(detail)")
    }

    /// What happens while rollouts run.
    static func tell(_ news: RolloutNews, asJSON: Bool) {
        switch news {
        case .told(let model, let rollout, let atMs, let event, let detail):
            guard !asJSON else {
                return Terminal.document([
                    "model": .string("\(model)"), "rollout": .int(rollout),
                    "at": .string(Timestamp.text(ofMs: atMs)),
                    "event": .string(event), "detail": .string(detail),
                ])
            }
            Terminal.line(line(model, rollout, atMs: atMs, words(event, detail)))
        case .fault(let model, let error):
            let whose = model.map { "\($0): " } ?? ""
            let line = error.atTerminal.line(passing: "passing: it is tried again")
            Terminal.note("swerve: \(whose)\(line)".printable)
        case .noted(let model, let words):
            Terminal.note("swerve: \(model): labels: \(words)".printable)
        case .waits(let model, let words):
            let whose = model.map { "\($0): " } ?? ""
            Terminal.note("swerve: \(whose)waits for \(words)".printable)
        }
    }

    /// As `2026-…  http-anomaly  rollout 5  step: step 2: canary at 5%`.
    static func line(
        _ model: ModelName, _ rollout: Int64, atMs: Int64, _ words: String
    ) -> String {
        "\(Timestamp.text(ofMs: atMs))  \(model)  rollout \(rollout)  \(words)"
    }

    private static let eventsMax = 20
    private static let lineScalars = 1_000
}

extension RolloutStanding {
    /// `rollout 3 of http-anomaly: version 8 against 7: running, step 2 of 4, canary at 1%`.
    var headline: String {
        let name = "rollout \(id) of \(model)"
        guard let progress else { return "\(name): its state cannot be read" }
        let state = progress.state
        let observes = isObserved ? " (observes, never acts)" : ""
        return "\(name): version \(state.candidate) against \(state.stable)\(observes): "
            + progress.phase
    }

    /// That nobody carries it out at present; nil where somebody does, or it is over.
    ///
    /// A loop writes at the end of each block of ten seconds; one that looks for brokers may take a
    /// minute for that.
    func idleLine(nowMs: Int64, by announcer: Announcer) -> String? {
        guard let state = progress?.state, !state.phase.isFinal else { return nil }
        let remedy =
            switch announcer {
            case .laterCommands: "swerve rollout run \(model)"
            case .hub: "the hub does once it leads; look at its log"
            }
        guard let lastMs = state.lastMs else { return "no loop has carried it yet: \(remedy)" }
        guard nowMs - Self.idleMs > lastMs else { return nil }
        return "no loop has carried it since \(Timestamp.text(ofMs: lastMs)): \(remedy)"
    }

    private static let idleMs: Int64 = 90_000

    var isCompleted: Bool { progress?.state.phase == .completed }

    /// Nil where the documents cannot be read.
    var progress: RolloutProgress? {
        guard let plan = try? RolloutPlan(plan, act: "reading a plan"),
            let state = try? RolloutState(state, act: "reading a rollout"), plan.fits(state)
        else { return nil }
        return RolloutProgress(plan: plan, state: state)
    }

    var document: JSONValue {
        [
            "rollout": .int(id), "model": .string("\(model)"),
            "candidate": .int(Int64(candidate)), "observes": .bool(isObserved), "plan": plan,
            "state": state, "report": report ?? .null, "started_at": .string(startedAt),
            "started_by": .string(startedBy), "reason": .string(reason),
            "ended_at": endedAt.map { .string($0) } ?? .null,
            "carried_at": progress?.state.lastMs.map { .string(Timestamp.text(ofMs: $0)) }
                ?? .null,
            "signature": signature?.document ?? .null,
            "events": .array(
                entries.map { entry in
                    [
                        "at": .string(entry.at), "by": .string(entry.by),
                        "event": .string(entry.event), "detail": .string(entry.detail),
                        "epoch": entry.epoch.map { .int($0) } ?? .null,
                    ]
                }),
        ]
    }
}

extension RolloutSignature {
    /// `plan signed by ada at epoch 12, for steps until 2026-… and for a retreat until 2026-…`.
    var line: String {
        "plan signed by \(TextLayout.remark(by)) at epoch \(fromEpoch), for steps until "
            + "\(Timestamp.text(ofMs: expiresAtMs)) and for a retreat until "
            + Timestamp.text(ofMs: retreatUntilMs)
    }

    var document: JSONValue {
        [
            "by": .string(by), "from_epoch": .int(fromEpoch), "expires_at_ms": .int(expiresAtMs),
            "retreat_until_ms": .int(retreatUntilMs),
        ]
    }
}

extension RolloutStartResult {
    var document: JSONValue {
        [
            "new": .bool(isNew), "margins": .array(margins.map { .string($0) }),
            "warnings": .array((warnings ?? []).map { .string($0) }),
            "superseded": superseded.map { ended in
                [
                    "rollout": .int(ended.id), "observes": .bool(ended.isObserved),
                    "phase": .string(ended.phase),
                ]
            } ?? .null,
            "alert_rate": alertRate.map { .double($0) } ?? .null, "rollout": standing.document,
        ]
    }

    /// - Parameter announcer: who carries the rollout out is who announces it.
    func lines(by announcer: Announcer) -> [String] {
        let rate =
            alertRate.map { "at present \(Figures.short($0 * 10_000)) in 10,000 alert" }
            ?? "how many records alert at present is not known"
        let isSigned = standing.signature != nil
        let loop =
            switch announcer {
            case _ where !isNew: "the same runs already; nothing was changed"
            case .laterCommands:
                "carried out by: swerve rollout run \(standing.model)"
                    + (isSigned ? " --sign-with FILE, of a key with role rollout" : "")
            case .hub:
                "carried out by the hub"
                    + (isSigned ? ", which signs with a key of the role rollout" : "")
            }
        let signed = standing.signature.map { [$0.line] } ?? []
        let ended = superseded.map { ["\($0.words) is superseded"] } ?? []
        let before = standing.progress.map { $0.state.pairsBefore } ?? 0
        let known =
            isNew && before > 0
            ? [
                "\(Figures.grouped(before)) pairs are there already: evidence for the judge, and "
                    + "none of the first step's min_pairs"
            ] : []
        let doubts = (warnings ?? []).map { "warning: \($0)" }
        return [standing.headline] + ended + signed + known + doubts
            + ["margins (\(rate)):"] + margins.map { "  \($0)" }
            + [loop, "see: swerve rollout status \(standing.model)"]
    }
}

extension RolloutWordResult {
    var document: JSONValue { standing.document }
}

/// How far a rollout is, in words.
struct RolloutProgress {
    let plan: RolloutPlan
    let state: RolloutState

    var phase: String {
        let step = "step \(state.step + 1) of \(plan.steps.count)"
        let at = "\(state.mode.rawValue) at \(state.share)"
        let reason = state.reason.map { " (\(TextLayout.remark($0)))" } ?? ""
        return switch state.phase {
        case .running, .gate, .paused, .held:
            state.isPromoted
                ? "\(state.phase.rawValue)\(reason), in the bake"
                : "\(state.phase.rawValue)\(reason), \(step), \(at)"
        case .promoted, .baking: "\(state.phase.rawValue)\(reason)"
        case .completed, .rolledBack, .aborted, .superseded: state.phase.rawValue + reason
        }
    }

    var lines: [String] {
        guard !state.phase.isFinal else { return [] }
        let exposure = Figures.duration(state.elapsedMs)
        let wall = Figures.duration(state.wallMs)
        if state.isPromoted {
            return [
                "exposure  \(exposure) of \(Figures.duration(plan.bake.ms)), "
                    + "\(wall) of \(Figures.duration(plan.bake.maxMs)) at most"
            ]
        }
        let step = plan.steps[state.step]
        let pairs = max(0, state.pairs - state.pairsBefore)
        return [
            "exposure  \(exposure) of \(Figures.duration(step.minMs)); \(pairs) of \(step.minPairs) "
                + "pairs; \(wall) of \(Figures.duration(step.maxMs)) at most; "
                + "requires \(step.require.rawValue)"
                + (step.gate == .manual ? ", then a person's approval" : "")
        ]
    }
}
