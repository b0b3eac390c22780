package import Lifecycle

/// The topics of a service: five, or four without dead letters.
package struct TopicNames: Sendable, Equatable {
    package let input: String
    package let output: String
    /// `noDeadLetters` where they are switched off.
    package let deadLetters: String
    package let control: String
    package let status: String

    /// The word in the place of the dead-letter topic's name with which there is none.
    package static let noDeadLetters = "none"

    package var hasDeadLetters: Bool { deadLetters != Self.noDeadLetters }

    /// Those that have as many partitions as the input where they are made.
    package var data: [String] { [input, output] + (hasDeadLetters ? [deadLetters] : []) }

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
            if key == .topicDeadLetters, !hasDeadLetters { continue }
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
