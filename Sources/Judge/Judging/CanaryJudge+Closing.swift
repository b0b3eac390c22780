import Glibc
import Lifecycle

/// The end of a block: tables to the guards, then the question to each.
extension CanaryJudge {
    mutating func close(_ block: Int64) -> JudgeReport {
        let closed = open
        open = OpenBlock()
        if closed.hasPairs { blocks += 1 }
        for index in trials.indices { feed(closed, to: index) }
        let tried = StatusCount.sum(pairs, shed)
        let isCovered =
            tried == 0 || Double(pairs) >= settings.coverage * Double(tried)
        var guards: [JudgeReport.GuardReport] = []
        for index in trials.indices {
            guards.append(ask(index, at: block, isCovered: isCovered))
            if guards[index].hasFailed, trials[index].rule.isEnforced, verdict != .fail {
                verdict = .fail
                reason = trials[index].rule.name
            }
        }
        if verdict != .fail {
            let needed = guards.filter(\.rule.isNeeded)
            verdict = !needed.isEmpty && needed.allSatisfy(\.hasPassed) ? .pass : .running
        }
        return JudgeReport(
            block: block, blocks: blocks, pairs: pairs, shed: shed, rebased: rebased,
            isCovered: isCovered, verdict: verdict, reason: reason, guards: guards,
            failBlocks: settings.failBlocks, passBlocks: settings.passBlocks,
            coverage: settings.coverage, oldSlots: oldSlots, refusedSlots: refusedSlots)
    }

    private mutating func feed(_ closed: OpenBlock, to index: Int) {
        let rule = trials[index].rule
        func seen(_ table: Outcomes) -> Outcomes { isReversed ? table.reversed : table }
        func cells(_ table: CellCounts.Table) -> [Outcomes] {
            (0..<RecordCell.count).map { seen(closed.cells.outcomes(table, cell: $0)) }
        }
        switch rule.source {
        case .alerts: trials[index].evidence.add(cells: cells(.alerts))
        case .incidents: trials[index].evidence.add(cells: cells(.incidents))
        case .errors: trials[index].evidence.add(cells: cells(.errors))
        case .latency, .score: trials[index].evidence.add(ballot(rule))
        case .normal: trials[index].evidence.add(seen(closed.normal.outcomes))
        case .attack: trials[index].evidence.add(seen(closed.attack.outcomes))
        }
    }

    /// One vote of each slot with enough new samples: against the candidate, or for it.
    private mutating func ballot(_ rule: Guard) -> Outcomes {
        var votes = Outcomes.zero
        let ratioLog = log(rule.ratio)
        let limit = rule.source == .score ? rule.spreads * stableSpread : 0
        for slot in slotOrder {
            let vote =
                rule.source == .latency
                ? slots[slot]?.voteOnTime(ratioLog: ratioLog, isReversed: isReversed)
                : slots[slot]?.voteOnScore(limit: limit)
            guard let isAgainst = vote else { continue }
            if isAgainst { votes.n01 += 1 } else { votes.n10 += 1 }
        }
        return votes
    }

    /// Of the stable version's scores over the fleet, as the slots last told them.
    private var stableSpread: Double {
        var scores = Moments()
        for slot in slotOrder {
            guard let last = slots[slot]?.last else { continue }
            scores.merge(last.stableScore)
        }
        return scores.spread
    }

    var slotOrder: [SlotID] {
        slots.keys.sorted { ($0.group, $0.slot) < ($1.group, $1.slot) }
    }

    private mutating func ask(
        _ index: Int, at block: Int64, isCovered: Bool
    ) -> JudgeReport.GuardReport {
        if trials[index].evidence.hasCells, Double(keyed) < Self.keyedShareLeast * Double(pairs) {
            trials[index].evidence.hasCells = false
        }
        let evidence = trials[index].evidence
        let failEffect = evidence.designEffect(level)
        let passEffect = evidence.designEffect(settings.beta)
        let fail = evidence.logFail(effect: failEffect)
        let pass = evidence.logPass(effect: passEffect)
        let failNeeds = log(1 / level)
        let passNeeds = log(1 / settings.beta)
        if blocks >= settings.failBlocks, trials[index].failedAt == nil, fail >= failNeeds {
            trials[index].failedAt = block
        }
        return JudgeReport.GuardReport(
            rule: trials[index].rule, counts: evidence.counts, blocks: evidence.blocks,
            logFail: fail, logPass: pass, failNeeds: failNeeds, passNeeds: passNeeds,
            failEffect: failEffect.isFinite ? failEffect : nil,
            passEffect: passEffect.isFinite ? passEffect : nil, evidence: evidence,
            fullestCellShare: evidence.fullestCellShare,
            hasFailed: trials[index].failedAt != nil,
            hasPassed: blocks >= settings.passBlocks && isCovered && pass >= passNeeds)
    }

    /// So many of all pairs must have a key: cells are groups of clients by their records' keys.
    ///
    /// What has none is in no client's cell. Below that share time alone tells of bursts, from then
    /// on in this comparison.
    private static let keyedShareLeast = 0.99
}
