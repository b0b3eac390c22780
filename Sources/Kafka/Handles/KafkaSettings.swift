package import Lifecycle
import Platform

/// The settings of one librdkafka handle, under librdkafka's own names.
package struct KafkaSettings: Sendable, Equatable {
    package private(set) var values: [String: String]
    /// How groups and transactional ids are named that are not among the settings.
    package private(set) var names: KafkaNames

    package init(_ values: [String: String] = [:], names: KafkaNames = KafkaNames()) {
        self.values = values
        self.names = names
    }

    package subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// These settings with `others` on top.
    package func overlaid(with others: KafkaSettings) -> KafkaSettings {
        KafkaSettings(values.merging(others.values) { _, over in over }, names: names)
    }

    /// These settings below whatever `self` already says.
    package func withDefaults(_ defaults: [String: String]) -> KafkaSettings {
        KafkaSettings(values.merging(defaults) { own, _ in own }, names: names)
    }

    /// The brokers to ask first, for messages.
    package var bootstrap: String {
        values["bootstrap.servers"].map(SecretMask.withoutUsers) ?? "(no bootstrap.servers)"
    }

    /// These settings with the secrets that files hold in the place of the files' names, as they
    /// are now.
    ///
    /// - Throws: `.unavailable` for a file that cannot be read; somebody may be changing it.
    func withSecrets(act: String) throws(SwerveError) -> KafkaSettings {
        var settings = self
        for (key, path) in values {
            guard let target = SecretMask.target(ofFile: key) else { continue }
            settings[key] = nil
            settings[target] = try SecretFile(path: path).read(act: "\(act), for \(target)")
        }
        return settings
    }

    /// Checks names and values, each by itself; connects to nothing.
    ///
    /// - Throws: `.usage` for the first that librdkafka does not take, with the nearest name.
    package func check(act: String) throws(SwerveError) { try KafkaHandle.check(self, act: act) }
}
