import ArgumentParser
import FoundationEssentials
import Lifecycle

/// Where the configuration of a service comes from: flags beat environment beats file.
struct ServeOptions: ParsableArguments {
    @Option(help: "The configuration file; default $SWERVE_CONFIG, else ./swerve.yaml if there.")
    var config: String?

    @Option(help: "The brokers, HOST:PORT[,…]; over $SWERVE_BOOTSTRAP and the file.")
    var bootstrap: String?

    @Option(help: "The registry file; over $SWERVE_REGISTRY and the file.")
    var registry: String?

    @Option(
        name: .customLong("set"),
        help:
            "One key of the file, KEY=VALUE, as in slots.first=2 or kafka.linger.ms=20; repeatable."
    )
    var settings: [String] = []

    func flat() throws(SwerveError) -> FlatConfiguration {
        var flat = try file()
        for key in ConfigurationKey.allCases {
            if let value = Environment[key.variable] { flat[key.rawValue] = value }
        }
        if let brokers = bootstrap ?? Environment["SWERVE_BOOTSTRAP"] {
            flat.setKafka("bootstrap.servers", brokers)
        }
        for setting in settings { try apply(setting, to: &flat) }
        if let registry { flat[ConfigurationKey.registry.rawValue] = registry }
        return flat
    }

    private func file() throws(SwerveError) -> FlatConfiguration {
        if let path = config ?? Environment["SWERVE_CONFIG"] {
            return try FlatConfiguration.read(path)
        }
        do throws(SwerveError) {
            return try FlatConfiguration.read("./swerve.yaml")
        } catch {
            guard error.code == .notFound else { throw error }
            return FlatConfiguration(name: "the configuration (no swerve.yaml here)")
        }
    }

    private func apply(_ setting: String, to flat: inout FlatConfiguration) throws(SwerveError) {
        let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw SwerveError(
                // Not what follows the key: it may be a password.
                .usage,
                act: "reading --set "
                    + "'\(String(setting.prefix { !":= ".contains($0) }).shortened(to: 80))…'",
                reason: "not KEY=VALUE", remedy: "write --set KEY=VALUE")
        }
        let key = String(parts[0])
        if key.hasPrefix("kafka.") {
            flat.setKafka(String(key.dropFirst("kafka.".count)), String(parts[1]))
        } else if ConfigurationKey(rawValue: key) != nil {
            flat[key] = String(parts[1])
        } else {
            throw SwerveError(
                .usage, act: "reading --set \(key.shortened(to: 80))", reason: "unknown key",
                remedy: ConfigurationKey.remedy(for: key))
        }
    }
}
