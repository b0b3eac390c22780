package import Lifecycle

/// The settings of one librdkafka handle, under librdkafka's own names.
package struct KafkaSettings: Sendable, Equatable {
    package private(set) var values: [String: String]

    package init(_ values: [String: String] = [:]) { self.values = values }

    package subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// These settings with `others` on top.
    package func overlaid(with others: KafkaSettings) -> KafkaSettings {
        KafkaSettings(values.merging(others.values) { _, over in over })
    }

    /// These settings below whatever `self` already says.
    package func withDefaults(_ defaults: [String: String]) -> KafkaSettings {
        KafkaSettings(values.merging(defaults) { own, _ in own })
    }

    /// The brokers to ask first, for messages.
    package var bootstrap: String {
        values["bootstrap.servers"].map(SecretMask.withoutUsers) ?? "(no bootstrap.servers)"
    }

    /// Checks names and values, each by itself; connects to nothing.
    ///
    /// - Throws: `.usage` for the first that librdkafka does not take, with the nearest name.
    package func check(act: String) throws(SwerveError) { try KafkaHandle.check(self, act: act) }
}
