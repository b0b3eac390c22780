import Fleet
import Lifecycle
import Registry

/// What webhooks are told of the fleet, out of what its slots say: a value without I/O.
///
/// A refused deployment is told once an epoch. A split is told once it has stood longer than a
/// change takes, and is over when it has been gone for as long.
struct FleetConditions: Sendable {
    enum Change: Sendable, Equatable {
        case told(WebhookCondition)
        case ended(WebhookEventKind, ModelName)
    }

    private struct Split: Sendable {
        /// Since when the model's slots are as they are: split, or not.
        var sinceMs: Int64
        var isSplit: Bool
        /// Nil before it has stood for long enough.
        var isTold: Bool?
    }

    private var rejected: [ModelName: String] = [:]
    private var splits: [ModelName: Split] = [:]

    /// - Parameters:
    ///   - wanted: the present deployments of the registry.
    ///   - nowMs: the clock of the boards.
    mutating func look(
        at boards: FleetBoards, wanted: [Deployment], registry: String, nowMs: Int64
    ) -> [Change] {
        var changes: [Change] = []
        for deployment in wanted {
            let board = boards[deployment.model]
            let live = board.slots.filter { $0.isLive(nowMs: nowMs) }
            if let change = rejection(
                of: deployment, board, registry: registry, nowMs: nowMs)
            {
                changes.append(change)
            }
            if let change = split(of: deployment, live, nowMs: nowMs) { changes.append(change) }
        }
        return changes
    }

    private mutating func rejection(
        of deployment: Deployment, _ board: FleetBoard, registry: String, nowMs: Int64
    ) -> Change? {
        let wanted = WantedEpoch(deployment, registry: registry)
        guard
            case .rejected(let slot, let reason) = Convergence(board: board, wanted: wanted)
                .verdict(nowMs: nowMs)
        else { return nil }
        let occurrence = "epoch \(deployment.epoch)"
        guard rejected.updateValue(occurrence, forKey: deployment.model) != occurrence else {
            return nil
        }
        return .told(
            WebhookCondition(
                .rejected, of: deployment.model, occurrence: occurrence,
                [
                    "epoch": .int(deployment.epoch),
                    "version": .int(Int64(deployment.stable.version)),
                    "group": .string(slot.group.shortened(to: 200)), "slot": .int(Int64(slot.slot)),
                    "reason": .string(reason),
                ]))
    }

    private mutating func split(
        of deployment: Deployment, _ live: [FleetMember], nowMs: Int64
    ) -> Change? {
        let model = deployment.model
        let slots = Dictionary(grouping: live.filter { $0.record.serving != nil }) {
            $0.record.serving?.epoch ?? 0
        }
        let isSplit = slots.count > 1
        var known = splits[model] ?? Split(sinceMs: nowMs, isSplit: isSplit)
        if known.isSplit != isSplit {
            known.isSplit = isSplit
            known.sinceMs = nowMs
        }
        defer { splits[model] = known }
        guard nowMs - known.sinceMs >= Self.standsMs, known.isTold != isSplit else { return nil }
        known.isTold = isSplit
        guard isSplit else { return .ended(.split, model) }
        let epochs = slots.keys.sorted().suffix(Self.epochsTold).map { epoch -> JSONValue in
            ["epoch": .int(epoch), "slots": .int(Int64(slots[epoch]?.count ?? 0))]
        }
        return .told(
            WebhookCondition(
                .split, of: model, occurrence: "split",
                ["epoch": .int(deployment.epoch), "serving": .array(epochs)]))
    }

    /// Longer than a change of the fleet takes, or a restart.
    static let standsMs: Int64 = 30_000
    private static let epochsTold = 16
}
