import Kafka
import Platform

/// Whether more may be handed over now.
extension GroupSession {
    /// How many of the records that were parked may be handed over now; waits as `poll` does.
    package func roomForParked() -> Int {
        owner.assertCurrent()
        guard standing == .scoring, waitForRoom(), let consumer else { return 0 }
        return room(consumer, isPoll: false) ?? 0
    }

    /// Waits until another batch may be out; false where a stop or a failed delivery ended that.
    ///
    /// For a poll that is handed over in pieces: what is not handed over then is nobody's to score
    /// here.
    package func waitForRoom() -> Bool {
        owner.assertCurrent()
        makeRoom()
        return !tracker.isFull && tracker.failure == nil && !shared.signals.isStopping
    }
}
