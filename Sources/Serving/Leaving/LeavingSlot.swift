package import Configuration
import Kafka
package import Lifecycle

extension WorkerConfiguration {
    /// As much as is needed to take a slot out of a group: the brokers, the group and the topics.
    ///
    /// The rest may be missing: whoever gives back a dead slot's place need not have its service's
    /// configuration. A worker that lives is found with its `state` and `model` alone.
    /// - Parameters:
    ///   - group: as the caller names it; a configuration that names one has to name the same.
    ///   - total: nil where the group is whoever is alive.
    /// - Throws: `.usage` for settings that are wrong, and for the configuration of another group.
    package init(
        leaving group: String, _ configuration: Configuration, slot: Int, of total: Int?
    ) throws(SwerveError) {
        let clients = try ClientSettings(configuration)
        try configuration.checkClientSettings { settings, act throws(SwerveError) in
            try KafkaSettings(settings).check(act: act)
        }
        guard let assignment = Assignment(rawValue: try configuration.choice(.assignment)) else {
            throw configuration.wrong(.assignment, "is not supported by this version")
        }
        // As a worker takes it.
        let source: ConfigurationKey = configuration.text(.group) == nil ? .model : .group
        if let named = configuration.text(source), named != group {
            throw configuration.wrong(
                source,
                (source == .model ? "names the group too, which " : "")
                    + "is another group than \(group.shortened(to: 80))",
                remedy: "name the configuration of its service, --config FILE, or the group that "
                    + "is meant")
        }
        self.init(
            model: configuration.text(.model) ?? "", group: group, slot: slot, total: total,
            assignment: assignment, start: "", artifacts: "",
            stateFolder: try configuration.required(.state), kafka: clients.common)
        kafkaConsumer = clients.consumer
        namePrefix = try configuration.namePrefix()
        topics = Topics(try TopicNames(configuration))
        isDevelopment = try configuration.flag(.development)
        drainMs = try configuration.integer(.drainMs)
    }
}
