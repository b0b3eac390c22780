package import Lifecycle

/// The topics of a service: six, and fewer without dead letters or ledger; and that of corrections.
package struct TopicNames: Sendable, Equatable {
    package let input: String
    package let output: String
    /// `none` where they are switched off.
    package let deadLetters: String
    package let control: String
    package let status: String
    /// `none` where nobody is to write one.
    package let ledger: String
    /// Of predictions; no service reads or writes it.
    package let corrections: String

    /// The word in the place of the name of dead letters or ledger with which there is none.
    package static let none = "none"

    package var hasDeadLetters: Bool { deadLetters != Self.none }
    package var hasLedger: Bool { ledger != Self.none }

    /// Those that have as many partitions as the input where they are made.
    package var data: [String] { [input, output] + (hasDeadLetters ? [deadLetters] : []) }

    /// - Throws: `.usage` for a name that Kafka does not take, and for two that are the same.
    package init(_ configuration: Configuration) throws(SwerveError) {
        input = try configuration.topic(.topicInput)
        output = try configuration.topic(.topicOutput)
        deadLetters = try configuration.topic(.topicDeadLetters)
        control = try configuration.topic(.topicControl)
        status = try configuration.topic(.topicStatus)
        ledger = try configuration.topic(.topicLedger)
        corrections = try configuration.topic(.topicCorrections)
        var seen: [String: ConfigurationKey] = [:]
        let keys: [ConfigurationKey] = [
            .topicInput, .topicOutput, .topicDeadLetters, .topicControl, .topicStatus,
            .topicLedger, .topicCorrections,
        ]
        for key in keys {
            let name = try configuration.topic(key)
            if key == .topicDeadLetters, !hasDeadLetters { continue }
            if key == .topicLedger, !hasLedger { continue }
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
