import ArgumentParser
import Configuration
import Kafka
import Lifecycle
import Operations
import Registry

/// Where a command that writes to the registry announces what earlier commands could not.
struct AnnouncingOptions: ParsableArguments {
    @OptionGroup(title: "Brokers, to announce what earlier commands committed and could not")
    var kafka: KafkaOptions

    /// Announces what is pending, where brokers are named, and tells what came of it in a line.
    ///
    /// The command's own work is done by then, and stays done whatever comes of it. Nobody looks
    /// for brokers where nothing is pending.
    ///
    /// - Parameter options: the command's own, which name the configuration.
    func announcePending(in registry: Registry, by options: RegistryOptions) {
        let pending = PendingAnnouncements.announce(in: registry) {
            () throws(SwerveError) -> OutboxRelay? in
            let configuration = try options.configuration(kafka)
            guard configuration.given(.bootstrap) != nil else { return nil }
            let brokers = try kafka.brokers(configuration)
            let topic = brokers.controlTopic(timeoutMs: brokers.findingMs)
            try topic.prepare()
            return OutboxRelay(
                registry: registry, topic: topic, trust: try brokers.trust(isNeeded: true),
                lockWait: .milliseconds(Int(brokers.findingMs)))
        }
        for line in pending?.lines ?? [] { Terminal.note("swerve: \(line)".printable) }
    }
}
