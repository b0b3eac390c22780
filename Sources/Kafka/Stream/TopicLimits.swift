/// How large a batch of records the topics of a producer take: their own `max.message.bytes`, in
/// bytes.
///
/// A broker refuses a larger batch, whatever its records are. Nil where it is not known, as for
/// want of the right to ask.
package struct TopicLimits: Sendable, Equatable {
    package let output: Int?
    package let deadLetters: Int?

    package static let unknown = TopicLimits(output: nil, deadLetters: nil)

    package init(output: Int?, deadLetters: Int?) {
        self.output = output
        self.deadLetters = deadLetters
    }

    /// librdkafka has one bound of a batch for all topics.
    var smallest: Int? { [output, deadLetters].compactMap(\.self).min() }
}
