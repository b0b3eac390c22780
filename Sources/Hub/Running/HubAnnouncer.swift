import Lifecycle
import Operations
import Registry

/// Announces what the registry has and the topic has not, over handles that it keeps: so a change
/// is on the topic a moment behind its answer.
///
/// One thread.
struct HubAnnouncer {
    private let source: () throws(SwerveError) -> any Brokers
    private var kept: (topic: any ControlTopic, brokers: any Brokers)?

    init(_ brokers: @escaping () throws(SwerveError) -> any Brokers) { source = brokers }

    /// - Returns: nil where nothing was pending.
    mutating func announce(in registry: Registry) -> PendingAnnouncements? {
        let done = PendingAnnouncements.announce(in: registry) {
            () throws(SwerveError) -> OutboxRelay? in
            if kept == nil {
                let brokers = try source()
                guard brokers.areNamed else { return nil }
                let topic = try brokers.foundControlTopicForPending(for: registry.id)
                kept = (topic, brokers)
            }
            guard let kept else { return nil }
            return OutboxRelay(
                registry: registry, topic: kept.topic,
                trust: try kept.brokers.trust(isNeeded: true),
                lockWait: .milliseconds(Int(kept.brokers.findingMs)))
        }
        // What failed once is begun anew: the topic may have been made again, too.
        if case .fault = done?.obstacle { close() }
        return done
    }

    mutating func close() {
        if let kept { kept.brokers.release(kept.topic) }
        kept = nil
    }
}
