import ArgumentParser
import Configuration

/// The configuration of a service; beside `RegistryOptions`.
struct ServeOptions: ParsableArguments, KeyOptions {
    @Option(help: "The brokers, HOST:PORT[,…]; over $SWERVE_BOOTSTRAP and the configuration file.")
    var bootstrap: String?

    var keys: [ConfigurationKey: String?] { [.bootstrap: bootstrap] }
}
