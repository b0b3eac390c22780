/// Where a scorer writes what it says of one input beside its verdict; one thread's own.
///
/// Not `Sendable`. Allocates nothing once it has grown to the largest model.
package final class ScoreOutput {
    // One struct for the same reason as in `FeatureBuffer`: one exclusivity check an access.
    var memory = ScoreMemory()

    package init() {}

    /// The decisions of the last input, as the model's tool tells them.
    package var decisionCount: Int { memory.decisionCount }
    /// The probabilities of the last input: none, one (of the positive of two classes), or one a
    /// class.
    package var probabilityCount: Int { memory.probabilityCount }

    /// The decision at `index`, below `decisionCount`.
    package func decision(_ index: Int) -> Double {
        precondition(index >= 0 && index < memory.decisionCount, "no such decision")
        return unsafe memory.decisions.pointer[index]
    }

    /// The probability at `index`, below `probabilityCount`.
    package func probability(_ index: Int) -> Double {
        precondition(index >= 0 && index < memory.probabilityCount, "no such probability")
        return unsafe memory.probabilities.pointer[index]
    }

    /// The decisions as an array; allocates.
    package var decisionList: [Double] { (0..<decisionCount).map(decision) }
    /// The probabilities as an array; allocates.
    package var probabilityList: [Double] { (0..<probabilityCount).map(probability) }
}

/// The memory of a `ScoreOutput`.
struct ScoreMemory: ~Copyable {
    /// What is told: one a decision of the rule.
    var decisions = GrowingMemory<Double>()
    var decisionCount = 0
    /// One a pair of classes, where the rule votes.
    var pairs = GrowingMemory<Double>()
    var probabilities = GrowingMemory<Double>()
    var probabilityCount = 0
    /// One a support vector.
    var kernelValues = GrowingMemory<Double>()
    /// The features in their places, 0 between two inputs.
    var input = GrowingMemory<Double>(zeroed: true)
    /// For votes, coupling, and distances.
    var work = GrowingMemory<Double>()

    init() {}
}
