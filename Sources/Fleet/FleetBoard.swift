package import Lifecycle

/// The newest word of each slot that works for one model.
///
/// A value; feed it what the status topic says. Nothing on that topic is believed further than it
/// fits: another model, a key that differs from the record and absurd sizes are passed over.
///
/// Times. A record that came while we watched was said when it was heard, whatever its sender's
/// clock shows. One that stood there before is as old as the broker's clock says, or else the
/// sender's; where that time is still to come it says nothing, and the slot is not counted on
/// until it is heard. Nobody is called gone before we have listened for two heartbeats. A signed
/// one is as old as its own signed time says: `HeartbeatOrder`.
package struct FleetBoard: Sendable {
    /// A heartbeat comes each second; a slot that missed five is not counted on.
    package static let freshnessMs: Int64 = 5_000
    /// A slot that missed sixty is not expected back.
    package static let goneMs: Int64 = 60_000
    /// Two heartbeats: who lives is heard in that time, however wrong its clock.
    package static let listenMs: Int64 = 2_000

    private struct Farewell {
        /// Nil where the group was whoever is alive.
        let total: Int?
        /// Nil where the slot had stopped before we looked.
        let heardAtMs: Int64?
    }

    package let model: ModelName
    private var members: [String: [Int: FleetMember]] = [:]
    private var farewells: [SlotID: Farewell] = [:]
    /// Since when all that is said is heard at once; nil before the topic's end was reached.
    private var listeningSinceMs: Int64?
    /// What did not count, whatever its model.
    package internal(set) var standing = HeartbeatStanding()

    package init(model: ModelName) { self.model = model }

    /// The end of the topic was reached: what is heard from here on is fresh.
    package mutating func reachEnd(atMs: Int64) {
        listeningSinceMs = listeningSinceMs ?? atMs
    }

    /// Takes in one record.
    package mutating func hear(_ heard: HeardStatus, heardAtMs: Int64) {
        let slot = heard.slot
        guard let record = heard.record else {
            if let member = remove(slot) {
                farewells[slot] = Farewell(
                    total: member.record.fixedTotal, heardAtMs: heard.isOld ? nil : heardAtMs)
            }
            return
        }
        guard record.model == model.description else {
            // The slot went over to another model, if it was ours.
            _ = remove(slot)
            return
        }
        guard record.group == slot.group, record.slot == slot.slot,
            (1...Limits.slots).contains(record.total), (0..<record.total).contains(record.slot),
            record.serving.map({ (1...Int64(Limits.epoch)).contains($0.epoch) }) ?? true,
            record.inputPartitions.map({ (0...Limits.inputPartitions).contains($0) }) ?? true
        else { return }
        farewells[slot] = nil
        members[slot.group, default: [:]][slot.slot] = Self.member(
            heard, record, after: self[slot], heardAtMs: heardAtMs)
    }

    private mutating func remove(_ slot: SlotID) -> FleetMember? {
        guard let member = members[slot.group]?.removeValue(forKey: slot.slot) else { return nil }
        if members[slot.group]?.isEmpty ?? false { members[slot.group] = nil }
        return member
    }

    private static func member(
        _ heard: HeardStatus, _ record: StatusRecord, after previous: FleetMember?,
        heardAtMs: Int64
    ) -> FleetMember {
        let aliveAtMs = aliveAtMs(heard, record, heardAtMs: heardAtMs)
        let reference = heard.isOld ? heard.appendedAtMs : heardAtMs
        let behind = reference.map { FleetMember.difference($0, record.sentAtMs) }
        func member(_ rival: FleetMember.Rival?) -> FleetMember {
            FleetMember(
                slot: heard.slot, record: record, aliveAtMs: aliveAtMs, clockBehindMs: behind,
                signedBy: signer(of: heard), rival: rival)
        }
        guard let previous else { return member(nil) }
        switch takeover(by: record, aliveAtMs: aliveAtMs, from: previous) {
        case .sameProcess: return member(previous.rival)
        case .successor:
            return member(
                .init(
                    incarnation: previous.record.incarnation, aliveAtMs: previous.aliveAtMs,
                    isContending: false))
        case .contender:
            return previous.contended(
                by: .init(
                    incarnation: record.incarnation, aliveAtMs: aliveAtMs, isContending: true))
        case .formerProcess: return previous
        }
    }

    /// What a record makes of the process that had the slot before it.
    private enum Takeover {
        case sameProcess
        /// Another process has the slot now.
        case successor
        /// An older process speaks beside the newer one, which has the slot, as they decide it
        /// themselves.
        case contender
        /// The end of a process that another has taken the place of already: nothing new.
        case formerProcess
    }

    private static func takeover(
        by record: StatusRecord, aliveAtMs: Int64, from previous: FleetMember
    ) -> Takeover {
        guard previous.record.incarnation.id != record.incarnation.id else { return .sameProcess }
        // Who has ended has the slot no longer, whatever the clocks of the two say.
        guard !previous.hasEnded,
            isEarlier(record.incarnation, than: previous.record.incarnation)
        else { return .successor }
        guard record.ended == nil else { return .formerProcess }
        let silenceMs = FleetMember.difference(aliveAtMs, previous.aliveAtMs)
        return silenceMs > freshnessMs ? .successor : .contender
    }

    private static func isEarlier(
        _ left: StatusRecord.Incarnation, than right: StatusRecord.Incarnation
    ) -> Bool {
        (left.startedAtMs, left.id) < (right.startedAtMs, right.id)
    }

    private static func aliveAtMs(
        _ heard: HeardStatus, _ record: StatusRecord, heardAtMs: Int64
    ) -> Int64 {
        var told = heard.isOld ? heard.appendedAtMs ?? record.sentAtMs : heardAtMs
        if signer(of: heard) != nil {
            // Not the broker's time: anybody can send an old word again.
            told = HeartbeatOrder.saidAtMs(record.sentAtMs, reference: told) ?? .max
        }
        guard FleetMember.difference(told, heardAtMs) <= freshnessMs else {
            return FleetMember.difference(heardAtMs, freshnessMs + 1)
        }
        return min(told, heardAtMs)
    }

    /// The key that signed it; nil where nobody asks for signatures.
    private static func signer(of heard: HeardStatus) -> String? {
        if case .believed(let name) = heard.belief { name } else { nil }
    }

    // MARK: - Slots

    /// All slots heard, by group and number.
    package var slots: [FleetMember] { groups.flatMap { slots(of: $0) } }

    package func slots(of group: String) -> [FleetMember] {
        (members[group] ?? [:]).values.sorted { $0.slot.slot < $1.slot.slot }
    }

    package var groups: [String] { members.keys.sorted() }

    package subscript(slot: SlotID) -> FleetMember? { members[slot.group]?[slot.slot] }

    package func hasStopped(_ slot: SlotID) -> Bool { farewells[slot] != nil }

    /// Groups with a slot that was heard, or that stopped of late.
    package func groups(nowMs: Int64) -> [String] {
        let leaving = farewells.keys.filter { condition(of: $0, nowMs: nowMs) == .stopped }
        return Set(members.keys).union(leaving.map(\.group)).sorted()
    }

    package func condition(of slot: SlotID, nowMs: Int64) -> SlotCondition {
        guard let member = self[slot] else {
            guard let heardAtMs = farewells[slot]?.heardAtMs,
                FleetMember.difference(nowMs, heardAtMs) <= Self.goneMs
            else { return standing.refusedSlots.contains(slot) ? .unbelieved : .missing }
            return .stopped
        }
        if member.hasEnded { return .failed }
        if member.isLive(nowMs: nowMs) { return .live }
        return isLongSilent(member, nowMs: nowMs) ? .gone : .stale
    }

    /// Whether nobody expects it back.
    private func isLongSilent(_ member: FleetMember, nowMs: Int64) -> Bool {
        member.silenceMs(nowMs: nowMs) > Self.goneMs && hasListened(nowMs: nowMs)
    }

    /// Whether everybody who lives has been heard: all are live or said that they ended, or we have
    /// listened for long enough.
    ///
    /// Who ended so long ago that nobody waits for it is gone only once we have listened: a look
    /// before that would judge otherwise than one behind it.
    package func isSettled(nowMs: Int64) -> Bool {
        if hasListened(nowMs: nowMs) { return true }
        return members.values.allSatisfy {
            $0.values.allSatisfy { member in
                member.isLive(nowMs: nowMs)
                    || member.hasEnded && member.silenceMs(nowMs: nowMs) <= Self.goneMs
            }
        }
    }

    private func hasListened(nowMs: Int64) -> Bool {
        listeningSinceMs.map { FleetMember.difference(nowMs, $0) >= Self.listenMs } ?? false
    }

    /// The live slot with the highest epoch for which workers ignore `wanted`; nil where none has
    /// one, as far as they say.
    ///
    /// - Parameter limit: higher epochs are passed over.
    package func ahead(
        of wanted: WantedEpoch, atMost limit: Int64 = .max, nowMs: Int64
    ) -> (slot: SlotID, epoch: Int64)? {
        slots.filter { $0.isLive(nowMs: nowMs) }
            .compactMap { member in
                wanted.obstacle(in: member.record).map { (slot: member.slot, epoch: $0) }
            }
            .filter { $0.epoch <= limit }
            .max { $0.epoch < $1.epoch }
    }

    // MARK: - Groups

    /// Whether every slot of `group` has been silent for so long that nobody waits for it, whether
    /// or not it said why.
    package func isGone(_ group: String, nowMs: Int64) -> Bool {
        slots(of: group).allSatisfy { isLongSilent($0, nowMs: nowMs) }
    }

    /// How many slots `group` has; nil where all that count say that it is whoever is alive.
    ///
    /// Its live members say it; where none lives its stale ones, then those that failed, and at
    /// last those that are gone. The largest, where they disagree: during a change of the number
    /// none may be forgotten, but one that is left over from a larger number counts only as long as
    /// it lives.
    package func total(of group: String, nowMs: Int64) -> Int? {
        let totals = totals(of: group, nowMs: nowMs)
        return totals.isEmpty ? 0 : totals.compactMap(\.self).max()
    }

    /// Whether a member that counts says that the group is whoever is alive.
    package func isElastic(_ group: String, nowMs: Int64) -> Bool {
        totals(of: group, nowMs: nowMs).contains(nil)
    }

    /// The totals that those say who count.
    private func totals(of group: String, nowMs: Int64) -> [Int?] {
        let byCondition = Dictionary(grouping: (members[group] ?? [:]).values) { member in
            condition(of: member.slot, nowMs: nowMs)
        }
        for condition in [SlotCondition.live, .stale, .failed, .gone] {
            if let members = byCondition[condition] { return members.map(\.record.fixedTotal) }
        }
        return farewells.filter { $0.key.group == group }.map(\.value.total)
    }

    /// The numbers of a group's slots that nobody speaks for, in runs of one condition.
    package func absent(
        of group: String, nowMs: Int64
    ) -> [(slots: ClosedRange<Int>, condition: SlotCondition, hasStopped: Bool)] {
        var runs: [(slots: ClosedRange<Int>, condition: SlotCondition, hasStopped: Bool)] = []
        for number in 0..<(total(of: group, nowMs: nowMs) ?? 0) {
            let slot = SlotID(group: group, slot: number)
            guard self[slot] == nil else { continue }
            let condition = condition(of: slot, nowMs: nowMs)
            let hasStopped = hasStopped(slot)
            if let last = runs.last, last.slots.upperBound == number - 1,
                last.condition == condition, last.hasStopped == hasStopped
            {
                runs[runs.count - 1].slots = last.slots.lowerBound...number
            } else {
                runs.append((number...number, condition, hasStopped))
            }
        }
        return runs
    }
}
