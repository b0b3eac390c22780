import Fleet
import Lifecycle
import Operations

/// A change as people and pipes are told of it.
extension ChangeResult {
    /// What the registry has now: notes for people, and the deployment unless a document will tell.
    func tellChange(asJSON: Bool, announcer: Announcer) {
        for line in notes(announcer) { Terminal.note("swerve: \(line)".printable) }
        if !asJSON { Terminal.line("\(deployment.model) \(deployment.summary)") }
    }

    func notes(_ announcer: Announcer) -> [String] {
        var lines = others?.lines(by: announcer) ?? []
        if let already { lines.append(already) }
        if let trial {
            lines += trial.lines(to: deployment, isSame: already != nil)
        } else if !isAnnounced, fault == nil {
            lines.append(
                "\(deployment.model) epoch \(deployment.epoch) is committed, not announced: "
                    + announcer.words(
                        isOne: true, command: "swerve republish \(deployment.model)"))
        }
        return lines + warningLines.map { "warning: \($0)" }
    }

    private var warningLines: [String] { warnings.map { $0.line(of: deployment.model) } }

    /// The document that promotions, rollbacks and their like print.
    var document: JSONValue {
        var fields = deployment.document.object ?? [:]
        fields["committed_at_ms"] = committedAtMs.map { .int($0) } ?? .null
        fields["changed"] = .bool(trial == nil ? committedAtMs != nil : already == nil)
        if let trial {
            fields["dry_run"] = true
            fields["before"] = trial.before?.document ?? .null
            fields["live_slots"] = trial.liveSlots.map { .int(Int64($0)) } ?? .null
        }
        fields["announced"] = .bool(isAnnounced)
        fields["warnings"] = .array(warningLines.map { .string($0) })
        if let convergence {
            fields["converged"] = .bool(convergence.verdict == .converged)
            fields["waiting_for"] = .array(convergence.stragglers.map { .string($0) })
            fields["not_waited_for"] = .array(convergence.unawaited.map { .string($0) })
            fields["heartbeats"] = convergence.heartbeats.json
            fields["converged_at_ms"] = convergence.convergedAtMs.map { .int($0) } ?? .null
        }
        return .object(fields)
    }
}

extension ChangeOutlook {
    /// What would be another, and for whom.
    ///
    /// - Parameter isSame: whether nothing would have to be changed.
    fileprivate func lines(to after: Deployment, isSame: Bool) -> [String] {
        let now = before?.summary ?? "no version was ever promoted"
        var lines = ["dry run: nothing was changed; now \(now)"]
        guard !isSame else { return lines }
        if let candidate = after.candidate {
            let (stable, other) = (after.stable.version, candidate.deployed.version)
            lines.append(
                candidate.mode == .shadow
                    ? "dry run: version \(stable) would decide all of the records, and version "
                        + "\(other) would score \(candidate.share) of them beside it"
                    : "dry run: version \(other) would decide \(candidate.share) of the records, "
                        + "and version \(stable) the others")
        } else {
            lines.append(
                "dry run: version \(after.stable.version) would decide all of the records")
        }
        let slots = liveSlots.map { "\($0) live slots" } ?? "slots that were not asked for"
        lines.append("dry run: it would be taken up by \(slots)")
        return lines
    }
}

extension ChangeWarning {
    /// What is in doubt, and what somebody can do who did not mean it.
    func line(of model: ModelName) -> String {
        switch self {
        case .comparedNothing(let candidate, let stable):
            "candidate \(candidate) has compared 0 records with version \(stable): nothing that was "
                + "seen speaks for it or against it; " + Self.again(candidate, of: model)
        case .comparisonsUnknown(let candidate):
            "how many records candidate \(candidate) was compared on is not known: the status "
                + "topic was not read; " + Self.again(candidate, of: model)
        case .slotAhead(let slot, let epoch):
            "slot \(slot) has seen epoch \(epoch), and ignores this one; "
                + (epoch > Limits.epochLeap
                    ? "no honest history leads there: stop the workers, remove their state folders, "
                        + "and start them"
                    : "to go above it: swerve registry adopt \(model)")
        case .slotsUnheard:
            "which epochs the slots have seen is not known: the status topic was not read; where one "
                + "ignores this, give the epoch that it names: swerve registry adopt \(model) --above "
                + "EPOCH"
        }
    }

    private static func again(_ candidate: Int, of model: ModelName) -> String {
        "if that was not meant, go back (swerve rollback \(model)), make it a candidate "
            + "again (swerve promote \(model)@\(candidate) --canary 5%), and complete it once swerve "
            + "status \(model) shows records scored by both"
    }
}

extension ConvergenceResult {
    /// The line at the end of a wait that ended well.
    func line(of result: ChangeResult) -> String {
        var ms = ""
        if let convergedAtMs, let committedAtMs = result.committedAtMs {
            // A worker's own word, and anybody's on an open topic.
            let (span, overflow) = convergedAtMs.subtractingReportingOverflow(committedAtMs)
            if !overflow { ms = ", \(max(0, span)) ms after the change" }
        }
        let worth = heartbeats.areSigned ? "" : " (\(HeartbeatStanding.unsigned))"
        return "converged: every slot serves epoch \(result.deployment.epoch)\(ms)\(worth)"
    }
}
