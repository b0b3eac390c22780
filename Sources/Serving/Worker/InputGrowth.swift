package import Lifecycle

/// Whether the input has got more partitions than a worker serves, and whether the output has as
/// many: a prediction has the partition of its request.
///
/// A value that is told what the brokers list.
package struct InputGrowth: Sendable {
    package enum News: Sendable, Equatable {
        /// Both have so many now.
        case servable(Int)
        /// The output is behind: said once for each pair of numbers.
        case behind(SwerveError)
    }

    private let input: String
    private let output: String
    private var known: Int
    /// Partitions that the input has, whether or not the output has as many.
    package private(set) var inputPartitions: Int
    /// What was said already.
    private var told = (input: 0, output: 0)

    /// - Parameter known: partitions that are served.
    package init(of topics: WorkerConfiguration.Topics, known: Int) {
        input = topics.input
        output = topics.output
        self.known = known
        inputPartitions = known
    }

    /// Takes what the brokers list; fewer than known is what a broker lists that is starting.
    ///
    /// - Returns: nil where there is nothing new.
    package mutating func listed(_ counts: [String: Int]) -> News? {
        let (inputs, outputs) = (counts[input] ?? 0, counts[output] ?? 0)
        inputPartitions = max(inputPartitions, inputs)
        guard min(inputs, outputs) >= known else { return nil }
        let servable = min(inputs, outputs)
        let isBehind = inputs > outputs
        if isBehind, told != (inputs, outputs) {
            told = (inputs, outputs)
            return .behind(Self.behind(input, inputs, output, outputs))
        }
        guard servable > known else { return nil }
        known = servable
        return .servable(servable)
    }

    private static func behind(
        _ input: String, _ inputs: Int, _ output: String, _ outputs: Int
    ) -> SwerveError {
        SwerveError(
            .refused, act: "serving all of \(input)",
            reason: "it has got \(inputs) partitions, \(output) has \(outputs): the partitions "
                + "from \(outputs) on are not read",
            remedy: "give \(output) \(inputs) partitions; they are read then, from their "
                + "beginning, without a restart")
    }
}
