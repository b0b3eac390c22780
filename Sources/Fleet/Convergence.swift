package import Lifecycle

/// Whether the fleet serves an epoch: all slots of each group that works for the model were heard
/// in the last 5 s and serve it, each claimed by one process alone.
///
/// A group that is whoever is alive (`slots.total: auto`) has no number of slots: there each
/// partition of the input is that of exactly one slot that was heard in the last 5 s and serves
/// the epoch, and no slot heard serves an older one. One that has no partition and serves nothing
/// yet, or nothing any more, is not waited for: it reads the control topic to its end before it
/// takes any. While a live slot of the group says a number, its slots are waited for as well.
///
/// A group whose every slot has been silent for a minute is not waited for, as long as another one
/// is there: nobody expects it back. It is told by `unawaited`. A group asked for by name is always
/// waited for.
///
/// Where the number of the input's partitions is given, each of them is one slot's alone anywhere,
/// and no slot is without one while there are enough: a slot that has just joined gets its share
/// in a change of assignment that is still to come.
///
/// A question to a board; `ConvergenceWait` asks it after each event until it is answered.
package struct Convergence: Sendable {
    package enum Verdict: Sendable, Equatable, Codable {
        case converged
        /// A slot refuses the epoch for good, and why.
        case rejected(SlotID, String)
        /// A later epoch is served: this one will never converge.
        case overtaken(by: Int64)
        /// Who is missing, one line each.
        case waiting([String])
    }

    private let board: FleetBoard
    private let wanted: WantedEpoch
    private let groups: [String]
    private let partitions: Int?

    /// - Parameters:
    ///   - groups: those that are waited for, whether heard or not; none are all that were heard.
    ///   - partitions: of the input topic; nil asks who has them only in a group that is whoever is
    ///     alive, as many as its slots say.
    package init(
        board: FleetBoard, wanted: WantedEpoch, groups: [String] = [], partitions: Int? = nil
    ) {
        self.board = board
        self.wanted = wanted
        self.groups = groups
        self.partitions = partitions
    }

    private var epoch: Int64 { wanted.epoch }

    /// - Parameter nowMs: the watcher's clock.
    package func verdict(nowMs: Int64) -> Verdict {
        let groups = awaited(nowMs: nowMs)
        guard !groups.isEmpty else { return .waiting([unheard("")]) }
        let live = groups.flatMap { board.slots(of: $0) }.filter { $0.isLive(nowMs: nowMs) }
        for member in live {
            let refusals = [member.record.rejected, member.record.unloadable].compactMap(\.self)
            if let rejected = refusals.first(where: { wanted.isMeant(by: $0) }) {
                return .rejected(
                    member.slot, rejected.reason.shortened(to: Self.reasonCharacters))
            }
        }
        let newest = live.compactMap(\.record.serving?.epoch).max() ?? 0
        guard newest <= epoch else { return .overtaken(by: newest) }
        let stragglers = groups.flatMap { group in
            board.slots(of: group).isEmpty
                ? [unheard(" in group \(group.shortened(to: Self.nameCharacters))", group)]
                : self.stragglers(of: group, isOnly: groups.count == 1, nowMs: nowMs)
        }
        guard !stragglers.isEmpty else { return .converged }
        let rest = stragglers.count - Self.stragglersMax
        return .waiting(
            rest > 0 ? stragglers.prefix(Self.stragglersMax) + ["\(rest) more"] : stragglers)
    }

    /// - Parameter group: nil for any.
    private func unheard(_ place: String, _ group: String? = nil) -> String {
        let standing = board.standing
        let isRefused = group.map(standing.hasRefused) ?? (standing.refused > 0)
        return "no worker of \(board.model) was heard\(place)"
            + (isRefused ? " whose heartbeats are believed" : "")
    }

    /// The groups that are not waited for, since all their slots are gone: one line each.
    package func unawaited(nowMs: Int64) -> [String] {
        let awaited = Set(self.awaited(nowMs: nowMs))
        // Who names groups knows of the others.
        guard groups.isEmpty else { return [] }
        let gone = board.groups.filter { !awaited.contains($0) }
        let lines = gone.prefix(Self.unawaitedMax).map { group in
            let silenceMs = board.slots(of: group).map { $0.silenceMs(nowMs: nowMs) }.min() ?? 0
            return "group \(group.shortened(to: Self.nameCharacters)): nothing heard of it for "
                + "\(silenceMs / 1_000) s, so it does not count"
        }
        let rest = gone.count - Self.unawaitedMax
        return rest > 0 ? lines + ["\(rest) more groups of which nothing is heard"] : lines
    }

    /// The moment of the last slot's first poll under the epoch; nil until all have polled.
    package func firstPollOfLastSlotAtMs(nowMs: Int64) -> Int64? {
        guard verdict(nowMs: nowMs) == .converged else { return nil }
        return awaited(nowMs: nowMs).flatMap { board.slots(of: $0) }
            .compactMap(\.record.serving).filter { $0.epoch == epoch }.map(\.firstPollAtMs).max()
    }

    /// Some of the stragglers in one line, for an error.
    package static func named(_ stragglers: [String]) -> String {
        let rest = stragglers.count - stragglersNamed
        let names = stragglers.prefix(stragglersNamed).joined(separator: "; ")
        return rest > 0 ? "\(names); and \(rest) more" : names
    }

    private func awaited(nowMs: Int64) -> [String] {
        guard groups.isEmpty else { return groups }
        let groups = board.groups
        let present = groups.filter { !board.isGone($0, nowMs: nowMs) }
        return present.isEmpty ? groups : present
    }

    /// In the order of their numbers.
    private func stragglers(of group: String, isOnly: Bool, nowMs: Int64) -> [String] {
        let place = isOnly ? "" : " of \(group.shortened(to: Self.nameCharacters))"
        let members = board.slots(of: group)
        let claims = PartitionClaims(members.filter { $0.isLive(nowMs: nowMs) })
        let isElastic = board.isElastic(group, nowMs: nowMs)
        let total = board.total(of: group, nowMs: nowMs) ?? 0
        var found: [(first: Int, text: String)] = []
        for member in members {
            let lack =
                if member.slot.slot < total {
                    lack(of: member, nowMs: nowMs) ?? lackOfShare(member, of: total)
                } else if isElastic {
                    lackOfWhoeverIsAlive(member, claims, nowMs: nowMs)
                } else {
                    String?.none
                }
            guard let lack else { continue }
            found.append((member.slot.slot, "slot \(member.slot.slot)\(place): \(lack)"))
        }
        for run in board.absent(of: group, nowMs: nowMs) {
            let (first, last) = (run.slots.lowerBound, run.slots.upperBound)
            let name = first == last ? "slot \(first)" : "slots \(first) to \(last)"
            let lack = run.hasStopped ? "stopped" : "never heard"
            found.append((first, "\(name)\(place): \(lack)"))
        }
        return found.sorted { $0.first < $1.first }.map(\.text)
            + unshared(by: claims, isElastic: isElastic).map { $0 + place }
    }

    /// What a slot of a group that is whoever is alive lacks.
    ///
    /// Who is silent or has ended is nobody's to wait for while another lives: what it had is that
    /// one's now, or nobody's, which the partitions tell.
    private func lackOfWhoeverIsAlive(
        _ member: FleetMember, _ claims: PartitionClaims, nowMs: Int64
    ) -> String? {
        guard member.isLive(nowMs: nowMs) else {
            return claims.members > 0 ? nil : lack(of: member, nowMs: nowMs)
        }
        let isBystander =
            !claims.hasAny(member) && member.record.held == nil
            && member.contender(nowMs: nowMs) == nil
            && member.record.serving.map { wanted.isServed(by: $0) } ?? true
        return isBystander ? nil : lack(of: member, nowMs: nowMs)
    }

    private func lackOfShare(_ member: FleetMember, of total: Int) -> String? {
        guard let partitions, partitions >= total, member.record.partitions.isEmpty else {
            return nil
        }
        return "has no partition yet"
    }

    /// The partitions that no live slot of the group has, and those that several have.
    private func unshared(
        by claims: PartitionClaims, isElastic: Bool
    ) -> [String] {
        guard isElastic else { return partitions.map(claims.faults) ?? [] }
        guard claims.members > 0 else { return ["no slot is alive"] }
        guard let count = partitions ?? claims.inputPartitions, count > 0 else {
            return ["how many partitions the input has is not known"]
        }
        return claims.faults(among: count)
    }

    /// What a slot lacks; nil where it serves the epoch.
    private func lack(of member: FleetMember, nowMs: Int64) -> String? {
        if let ended = member.record.ended {
            return "failed: \(ended.reason.shortened(to: Self.reasonCharacters))"
        }
        guard member.isLive(nowMs: nowMs) else {
            if member.signedBy != nil, let behindMs = member.clockBehindMs,
                behindMs.magnitude > HeartbeatOrder.toleranceMs
            {
                return "by its signed time not heard of late: its clock is "
                    + "\(behindMs.magnitude / 1_000) s \(behindMs > 0 ? "behind" : "ahead"), or an "
                    + "old word was sent again"
            }
            return "not heard for \(member.silenceMs(nowMs: nowMs) / 1_000) s"
        }
        let record = member.record
        if let other = member.contender(nowMs: nowMs) {
            // What each of the two serves is not told apart, and both may produce.
            return "two processes claim it: " + Self.name(record.incarnation) + " and "
                + Self.name(other)
        }
        if record.phase == .serving, let serving = record.serving, wanted.isServed(by: serving) {
            return nil
        }
        if let held = record.held {
            return "holds: \(held.shortened(to: Self.reasonCharacters))"
        }
        let served = record.serving.map(words)
        let isServing = record.phase == .serving
        let state = isServing ? served ?? "serves nothing yet" : record.phase.rawValue
        return state
            + (record.retrying.map { ", retrying: \($0.shortened(to: Self.reasonCharacters))" }
                ?? "")
    }

    private static func name(_ incarnation: StatusRecord.Incarnation) -> String {
        "pid \(incarnation.pid) on \(incarnation.host.shortened(to: nameCharacters))"
    }

    private func words(_ served: StatusRecord.Served) -> String {
        guard served.epoch == epoch else { return "serves epoch \(served.epoch)" }
        let whose = served.registry.map { " of registry \($0.shortened(to: 36))" } ?? ""
        return "serves another epoch \(epoch)\(whose) with version \(served.stable)"
    }

    private static let stragglersMax = 2 * Limits.slots
    private static let unawaitedMax = 32
    private static let nameCharacters = 100
    private static let reasonCharacters = 500
    /// In one line of an error.
    private static let stragglersNamed = 20
}
