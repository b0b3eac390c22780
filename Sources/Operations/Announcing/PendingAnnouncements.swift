package import Lifecycle
package import Registry

/// What earlier commands committed and could not announce, and what became of it now.
///
/// Every command that writes to the registry asks for it once its own work is done. So nothing here
/// throws: a broker that is out of reach is told, and changes nothing of what was done.
package struct PendingAnnouncements: Codable, Sendable, Equatable {
    /// A deployment that the registry has.
    package struct Entry: Codable, Sendable, Equatable, CustomStringConvertible {
        package let model: ModelName
        package let epoch: Int64

        package var description: String { "\(model) epoch \(epoch)" }
    }

    /// Why some are still not announced.
    package enum Obstacle: Codable, Sendable, Equatable {
        case noBrokersNamed
        case fault(SwerveError)
    }

    /// On the control topic now.
    package let announced: [Entry]
    /// Committed, and not announced.
    package let remaining: [Entry]
    /// Nil where nothing remains; a fault without anything that remains: the outbox itself cannot
    /// be read.
    package let obstacle: Obstacle?

    /// Announces what is pending in `registry`, where it can be.
    ///
    /// - Parameter relay: called once something is pending: the way to the control topic, with the
    ///   brokers found; nil where none are named. It bounds how long this call takes.
    /// - Returns: nil where nothing was pending.
    package static func announce(
        in registry: Registry, through relay: () throws(SwerveError) -> OutboxRelay?
    ) -> PendingAnnouncements? {
        var pending: [Entry] = []
        var obstacle: Obstacle?
        do throws(SwerveError) {
            pending = try entries(of: registry)
            guard !pending.isEmpty else { return nil }
            if let relay = try relay() {
                obstacle = try relay.drain().compactMap(\.error).first.map { .fault($0) }
            } else {
                obstacle = .noBrokersNamed
            }
        } catch {
            obstacle = .fault(error)
        }
        // The outbox decides, not what was tried: another process may have announced them.
        guard let left = try? entries(of: registry) else {
            return PendingAnnouncements(announced: [], remaining: pending, obstacle: obstacle)
        }
        let announced = pending.filter { entry in
            !left.contains { $0.model == entry.model && $0.epoch <= entry.epoch }
        }
        return PendingAnnouncements(
            announced: announced, remaining: left,
            obstacle: left.isEmpty && !pending.isEmpty ? nil : obstacle)
    }

    /// Announces what is pending in `registry`, where brokers are named.
    ///
    /// - Parameter brokers: asked for once something is pending.
    /// - Returns: nil where nothing was pending.
    package static func announce(
        in registry: Registry, by brokers: () throws(SwerveError) -> any Brokers
    ) -> PendingAnnouncements? {
        announce(in: registry) { () throws(SwerveError) -> OutboxRelay? in
            let brokers = try brokers()
            guard brokers.areNamed else { return nil }
            return OutboxRelay(
                registry: registry,
                topic: try brokers.foundControlTopicForPending(for: registry.id),
                trust: try brokers.trust(isNeeded: true),
                lockWait: .milliseconds(Int(brokers.findingMs)))
        }
    }

    /// What came of announcing beside something else; nil where nothing was pending.
    package init?(of publications: [Publication]) {
        guard !publications.isEmpty else { return nil }
        func entries(_ isFailed: Bool) -> [Entry] {
            publications.filter { ($0.error != nil) == isFailed }
                .map { Entry(model: $0.model, epoch: $0.epoch) }
        }
        self.init(
            announced: entries(false), remaining: entries(true),
            obstacle: publications.compactMap(\.error).first.map { .fault($0) })
    }

    private init(announced: [Entry], remaining: [Entry], obstacle: Obstacle?) {
        self.announced = announced
        self.remaining = remaining
        self.obstacle = obstacle
    }

    private static func entries(of registry: Registry) throws(SwerveError) -> [Entry] {
        try registry.pendingPublications().map { Entry(model: $0.model, epoch: $0.epoch) }
    }
}
