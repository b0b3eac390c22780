import Fleet
import Lifecycle
import Registry

/// Slots that have seen an epoch for which they ignore what the registry announces: after a restore
/// with a new control topic, or after a forgery that the topic has lost.
extension Deployer {
    /// The fleet as the status topic has it; nil where it cannot be read within `timeoutMs`.
    ///
    /// The caller closes it.
    func heardFleet(timeoutMs: Int64) -> FleetListener? {
        fleet { fleet throws(SwerveError) in try fleet.reachEnd(timeoutMs: timeoutMs) }
    }

    /// The same once everybody of `model` who lives was heard: two heartbeats at most.
    func settledFleet(of model: ModelName) -> FleetListener? {
        fleet { fleet throws(SwerveError) in
            try fleet.settle(
                on: model, timeoutMs: brokers.readingMs, isStopped: FleetListener.never)
            return true
        }
    }

    private func fleet(
        _ isRead: (FleetListener) throws(SwerveError) -> Bool
    ) -> FleetListener? {
        guard let feed = try? brokers.statusFeed() else { return nil }
        let fleet = FleetListener(feed: feed)
        if (try? isRead(fleet)) == true { return fleet }
        fleet.close()
        return nil
    }

    /// The highest epoch that a live slot has and that the registry's next one must be above; nil
    /// where the registry's own is not ignored.
    ///
    /// An epoch to which no honest history leads is passed over: hardly one is left above it.
    func epochAhead(
        of model: ModelName, in fleet: FleetListener?
    ) throws(SwerveError) -> Int64? {
        guard let fleet, let own = try registry.deployment(of: model) else { return nil }
        return fleet.watcher.boards[model].ahead(
            of: WantedEpoch(own, registry: registry.id),
            atMost: own.epoch + Int64(Limits.epochLeap), nowMs: fleet.nowMs
        )?.epoch
    }

    /// What somebody should know who announced the registry's newest deployment of `model`.
    ///
    /// A registry that cannot be read any more is no failure of what was done.
    func slotAhead(of model: ModelName, in fleet: FleetListener?) -> ChangeWarning? {
        guard let fleet, let own = try? registry.deployment(of: model) else { return nil }
        return fleet.watcher.boards[model].ahead(
            of: WantedEpoch(own, registry: registry.id), nowMs: fleet.nowMs
        ).map { .slotAhead(slot: $0.slot.description, epoch: $0.epoch) }
    }
}
