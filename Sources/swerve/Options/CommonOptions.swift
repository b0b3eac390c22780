import ArgumentParser
import Configuration
import FoundationEssentials
import Lifecycle
import Platform
import Registry

/// Options that stand for keys of the configuration.
protocol KeyOptions {
    /// What was given of them; nil is nothing.
    var keys: [ConfigurationKey: String?] { get }
}

/// Where a command's configuration comes from, and the registry.
///
/// Every command has it that opens a registry or talks to brokers, so that one rule names them for
/// all: options beat environment beats file.
struct RegistryOptions: ParsableArguments, KeyOptions {
    @Option(help: "The configuration file; default $SWERVE_CONFIG, else ./swerve.yaml if there.")
    var config: String?

    @Option(
        name: .customLong("set"),
        help:
            "One key of the file, KEY=VALUE, as in slots.first=2 or kafka.linger.ms=20; repeatable."
    )
    var settings: [String] = []

    @Option(
        help: """
            The registry file; over $SWERVE_REGISTRY and the configuration file; default \
            ./swerve.db, made on first use.
            """)
    var registry: String?

    @Option(
        help: """
            The hub to ask in place of the registry's file, as https://models.example:9465; over \
            $SWERVE_HUB and the configuration file.
            """)
    var hub: String?

    @Option(help: "Certificates in PEM to believe the hub's by, in place of the system's.")
    var ca: String?

    @Flag(
        help: "Write the registry's file also while a hub leads it; told in the audit chain.")
    var breakGlass = false

    var keys: [ConfigurationKey: String?] {
        [.registry: registry, .hubURL: hub, .hubCA: ca]
    }

    /// By what right a command writes.
    var authority: WriteAuthority {
        breakGlass ? .breakGlass(by: Environment.author) : .whileNoneLeads
    }

    /// - Parameter others: the command's other options that stand for keys.
    func configuration(_ others: any KeyOptions...) throws(SwerveError) -> Configuration {
        try configuration(others)
    }

    func configuration(_ others: [any KeyOptions]) throws(SwerveError) -> Configuration {
        var sources = ConfigurationSources(file: config, environment: Environment.variables)
        sources.settings = settings
        sources.options = keys.compactMapValues(\.self)
        for other in others { sources.options.merge(other.keys.compactMapValues(\.self)) { $1 } }
        return try sources.resolve()
    }

    /// The registry's file.
    ///
    /// - Parameter act: for the error of somebody who names a hub.
    func path(for act: String) throws(SwerveError) -> String {
        try RegistryPlace(configuration()).file(for: act)
    }

    /// Opens the file for changes.
    func open(create: Bool = true, for act: String) throws(SwerveError) -> Registry {
        try Registry.open(
            path: path(for: act), access: .readWrite(create: create), authority: authority)
    }
}

/// Where the configuration comes from, for a command that opens no registry.
struct SourceOptions: ParsableArguments {
    @Option(help: "The configuration file; default $SWERVE_CONFIG, else ./swerve.yaml if there.")
    var config: String?

    @Option(
        name: .customLong("set"),
        help: "One key of the file, KEY=VALUE, as in input.format=log; repeatable.")
    var settings: [String] = []

    /// - Parameter others: the command's other options that stand for keys.
    func configuration(_ others: any KeyOptions...) throws(SwerveError) -> Configuration {
        var sources = ConfigurationSources(file: config, environment: Environment.variables)
        sources.settings = settings
        for other in others { sources.options.merge(other.keys.compactMapValues(\.self)) { $1 } }
        return try sources.resolve()
    }
}

/// The same as `RegistryOptions` for a command whose `--set` is another.
struct RegistryPlaceOptions: ParsableArguments {
    @Option(help: "The configuration file; default $SWERVE_CONFIG, else ./swerve.yaml if there.")
    var config: String?

    @Option(
        help: """
            The registry file; over $SWERVE_REGISTRY and the configuration file; default \
            ./swerve.db.
            """)
    var registry: String?

    @Option(
        help: """
            The hub to ask in place of the registry's file; over $SWERVE_HUB and the configuration \
            file.
            """)
    var hub: String?

    @Option(help: "Certificates in PEM to believe the hub's by, in place of the system's.")
    var ca: String?

    var options: RegistryOptions {
        var options = RegistryOptions()
        options.config = config
        options.settings = []
        options.registry = registry
        options.hub = hub
        options.ca = ca
        options.breakGlass = false
        return options
    }
}

/// How results are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on standard output.")
    var json = false
}

/// The process's environment; the only place that reads it.
enum Environment {
    static var variables: [String: String] { ProcessInfo.processInfo.environment }

    /// A variable that is there and not empty; keys of the configuration are asked of a
    /// `Configuration`.
    static subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// Who makes a change, as far as the machine knows it; not verified.
    static var author: String {
        "\(ProcessIdentity.userName)@\(ProcessIdentity.hostName) (unverified)"
    }
}

extension LabelRule: ExpressibleByArgument {}

extension ModelName: ExpressibleByArgument {
    /// As typed; nil for what is not a name.
    public init?(argument: String) {
        guard let name = try? ModelName(argument) else { return nil }
        self = name
    }
}
