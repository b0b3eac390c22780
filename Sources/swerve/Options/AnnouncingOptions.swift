import ArgumentParser
import Configuration
import Lifecycle
import Operations
import Platform
import Registry

/// Where a command that writes to the registry announces what earlier commands could not.
struct AnnouncingOptions: ParsableArguments {
    @OptionGroup(title: "Brokers, to announce what earlier commands committed and could not")
    var kafka: KafkaOptions

    /// Has a change made, tells what came of it, and behind that what was announced beside it.
    ///
    /// - Parameters:
    ///   - options: the command's own, which name the registry and the configuration.
    ///   - tell: gets the result, once what waited was announced.
    func change<Result>(
        _ options: RegistryOptions,
        _ change: (any Backend) throws(SwerveError) -> Result, tell: (Result) throws -> Void
    ) throws {
        let held = Guarded<[PendingAnnouncements]>([])
        defer { held.withLock { $0 }.forEach(Terminal.tell) }
        let backend = try options.backend(kafka) { event in
            guard case .pending(let announcements) = event else { return Terminal.tell(event) }
            held.withLock { $0.append(announcements) }
        }
        try tell(try change(backend))
    }

    /// Announces what is pending, where brokers are named, and tells what came of it in a line.
    ///
    /// For commands that are no requests to a backend. Their own work is done by then, and stays
    /// done whatever comes of it. Nobody looks for brokers where nothing is pending.
    ///
    /// - Parameter options: the command's own, which name the configuration.
    func announcePending(in registry: Registry, by options: RegistryOptions) {
        let pending = PendingAnnouncements.announce(in: registry) {
            () throws(SwerveError) -> any Brokers in
            try kafka.brokersOrNone(try options.configuration(kafka))
        }
        if let pending { Terminal.tell(pending) }
    }
}
