import Lifecycle
import Serving
import Testing

/// What a manager makes of a controller's records once somebody has spoken.
@Suite("VersionManager and plans that are over")
struct MandateEndTests {
    @Test("once somebody has spoken, nothing by a plan that was signed before moves the worker")
    func planIsOver() throws {
        var versions = try ManagedVersions.serving()
        // The plan of epoch 5, behind its own records; then a person, at epoch 8.
        for epoch in [6, 7] as [Int64] {
            let step = try TrackedRecords.record(epoch, version: 2, planFrom: 5)
            #expect(versions.hear(step).begun?.deployment.epoch == epoch)
            _ = versions.settle(epoch: epoch, .ready)
        }
        let spoken = try TrackedRecords.record(8)
        _ = versions.hear(spoken)
        _ = versions.settle(epoch: 8, .ready)
        let again = try TrackedRecords.record(9, version: 2, planFrom: 5)
        let reason = try #require(versions.hear(again).ignored)
        #expect(reason.contains("signed at epoch 5, and epoch 8 is not of that plan"), "\(reason)")
        #expect(reason.contains("swerve rollout sign m"))
        #expect(versions.manager.wanted?.deployment.epoch == 8)
        #expect(versions.manager.tracker.highestEpoch == 8)
        #expect(versions.manager.rejected?.epoch == 9)
        // Over a restart the slot remembers who spoke last; one without a state does not.
        var restarted = try ManagedVersions(SlotMemory(highest: TrackedRecords.accepted(spoken)))
        _ = restarted.hear(again)
        #expect(restarted.manager.wanted == nil && restarted.manager.tracker.highestEpoch == 8)
        var fresh = try ManagedVersions()
        _ = fresh.hear(again)
        #expect(fresh.manager.wanted?.deployment.epoch == 9)
        // Signed anew, it goes on, and the older one is over for good.
        let renewed = try TrackedRecords.record(9, version: 2, planFrom: 8)
        #expect(versions.hear(renewed).begun?.deployment.epoch == 9)
        #expect(versions.hear(try TrackedRecords.record(10, planFrom: 5)).ignored != nil)
        #expect(
            try versions.hear(TrackedRecords.record(11, planFrom: 8)).begun?.deployment.epoch
                == 11)
    }

    @Test("a person's word is not made a plan's own by announcing it again")
    func takenOver() throws {
        // The same deployment under the old plan takes the person's record off a compacted topic.
        let (spoken, again) = (
            try TrackedRecords.record(8), try TrackedRecords.record(8, planFrom: 5)
        )
        #expect(spoken.deployment == again.deployment)
        var restarted = try ManagedVersions(SlotMemory(highest: TrackedRecords.accepted(spoken)))
        _ = restarted.hear(again)
        #expect(try restarted.manager.wanted == TrackedRecords.accepted(spoken))
        let step = try TrackedRecords.record(9, version: 2, planFrom: 5)
        _ = restarted.hear(step)
        #expect(restarted.manager.wanted?.deployment.epoch == 8)
        #expect(restarted.manager.tracker.highestEpoch == 8)
        // A plan's own record comes again as it was.
        let own = try TrackedRecords.record(6, version: 2, planFrom: 5)
        var other = try ManagedVersions(SlotMemory(highest: TrackedRecords.accepted(own)))
        _ = other.hear(own)
        _ = other.hear(try TrackedRecords.record(7, planFrom: 5))
        #expect(other.manager.wanted?.deployment.epoch == 7)
    }

    @Test("where nobody asks for signatures a plan is no more than a field")
    func planWithoutTrust() throws {
        var versions = try ManagedVersions.serving()
        _ = versions.hear(try TrackedRecords.record(8))
        let step = try TrackedRecords.record(9, version: 2, planFrom: 5)
        let actions = versions.manager.heard(key: TrackedRecords.key, value: step.bytes)
        #expect(actions.begun?.deployment.epoch == 9)
    }
}
