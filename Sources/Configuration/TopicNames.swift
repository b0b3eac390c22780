package import Lifecycle

/// The five topics of a service.
package struct TopicNames: Sendable, Equatable {
    package let input: String
    package let output: String
    package let deadLetters: String
    package let control: String
    package let status: String

    /// - Throws: `.usage` for a name that Kafka does not take, and for two that are the same.
    package init(_ configuration: Configuration) throws(SwerveError) {
        input = try configuration.topic(.topicInput)
        output = try configuration.topic(.topicOutput)
        deadLetters = try configuration.topic(.topicDeadLetters)
        control = try configuration.topic(.topicControl)
        status = try configuration.topic(.topicStatus)
        var seen: [String: ConfigurationKey] = [:]
        let keys: [ConfigurationKey] = [
            .topicInput, .topicOutput, .topicDeadLetters, .topicControl, .topicStatus,
        ]
        for key in keys {
            let name = try configuration.topic(key)
            if let other = seen[name] {
                let isOtherNewer =
                    configuration.origin(of: other).rank > configuration.origin(of: key).rank
                let (wrong, taken) = isOtherNewer ? (other, key) : (key, other)
                throw configuration.wrong(
                    wrong, "is the name of \(taken.rawValue) too: two topics have the same name")
            }
            seen[name] = key
        }
    }
}
