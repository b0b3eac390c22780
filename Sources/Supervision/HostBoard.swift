import Lifecycle
import Platform
package import Telemetry

/// What the supervisor's thread knows of its slots, for the thread that answers HTTP.
///
/// A short lock for each event and report; whoever reads takes a copy.
package final class HostBoard: Sendable {
    private let state: Guarded<HostState>

    package init(
        model: String, group: String, version: String, librdkafka: String, slots: OwnedSlots
    ) {
        state = Guarded(
            HostState(
                model: model, group: group, version: version, librdkafka: librdkafka,
                slots: slots.range.map { SlotState(slot: $0) }))
        turned()
    }

    /// A copy, as of now.
    package var current: HostState { state.withLock { $0 } }

    /// The supervisor's loop turns.
    func turned() {
        let now = MonotonicClock.now
        state.withLock { $0.turnedAtNs = now }
    }

    func stopping() { state.withLock { $0.isStopping = true } }

    func update(_ slot: Int, _ body: (inout SlotState) -> Void) {
        state.withLock { state in
            guard let place = state.slots.firstIndex(where: { $0.slot == slot }) else { return }
            body(&state.slots[place])
        }
    }
}
