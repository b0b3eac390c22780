/// Where a scorer writes what it says of one input beside its verdict; one thread's own.
///
/// Not `Sendable`. Allocates nothing once it has grown to the largest model.
@safe
package final class ScoreOutput {
    // Behind an address for the same reason as in `FeatureBuffer`.
    private let place: UnsafeMutablePointer<ScoreMemory>

    var memory: ScoreMemory {
        _read { yield unsafe place.pointee }
        _modify { yield unsafe &place.pointee }
    }

    package init() {
        unsafe place = .allocate(capacity: 1)
        unsafe place.initialize(to: ScoreMemory())
    }

    deinit {
        unsafe place.deinitialize(count: 1)
        unsafe place.deallocate()
    }

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

    /// Decisions and probabilities where they stand, valid until the next input is scored.
    package func withNumbers(
        _ body: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>) -> Void
    ) {
        unsafe body(
            UnsafeBufferPointer(start: memory.decisions.pointer, count: memory.decisionCount),
            UnsafeBufferPointer(
                start: memory.probabilities.pointer, count: memory.probabilityCount))
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
    /// What the members of a calibrated ensemble decide, one member after the other.
    var members = GrowingMemory<Double>()
    var probabilities = GrowingMemory<Double>()
    var probabilityCount = 0
    /// One a support vector.
    var kernelValues = GrowingMemory<Double>()
    /// The features in their places, 0 between two inputs.
    var input = GrowingMemory<Double>(zeroed: true)
    /// For votes, coupling, distances, and the probabilities of one member.
    var work = GrowingMemory<Double>()

    init() {}
}

/// How several decisions choose a class.
extension ScoreMemory {
    /// What is told of the pairs' decisions.
    enum Telling {
        /// The pairs themselves, which stand in `decisions`.
        case pairs
        /// One number a class, scikit-learn's; the pairs stand in `pairs`.
        case classes
    }

    /// The class with the largest decision, the first among equals, as LIBLINEAR and scikit-learn
    /// choose; one that is NaN is never larger.
    func largest() -> Verdict {
        let decisions = unsafe self.decisions.pointer
        var best = 0
        for index in 1..<max(1, decisionCount)
        where unsafe decisions[index] > decisions[best] {
            best = index
        }
        return unsafe Verdict(
            score: areFinite ? decisions[best] : .nan, classIndex: best)
    }

    /// The class with the most votes, the first among equals.
    ///
    /// LIBSVM counts a pair's decision above 0 for the first class, everything else (0 and NaN) for
    /// the second. What scikit-learn tells of the votes counts 0 for the first.
    mutating func vote(classes: Int, telling: Telling) -> Verdict {
        work.reserve(3 * classes)
        let votes = unsafe work.pointer
        let toldVotes = unsafe votes + classes
        let sums = unsafe toldVotes + classes
        let pairs = telling == .pairs ? unsafe decisions.pointer : unsafe self.pairs.pointer
        unsafe votes.update(repeating: 0, count: 3 * classes)
        var pair = 0
        for first in 0..<classes {
            for second in (first + 1)..<max(first + 1, classes) {
                let decision = unsafe pairs[pair]
                unsafe votes[decision > 0 ? first : second] += 1
                unsafe toldVotes[decision < 0 ? second : first] += 1
                unsafe sums[first] += decision
                unsafe sums[second] -= decision
                pair += 1
            }
        }
        var winner = 0
        for index in 0..<classes {
            if unsafe votes[index] > votes[winner] { winner = index }
            if telling == .classes {
                unsafe decisions.pointer[index] = toldVotes[index] + Self.share(sums[index])
            }
        }
        guard areFinite else { return Verdict(score: .nan, classIndex: winner) }
        let score =
            telling == .classes
            ? unsafe decisions.pointer[winner] : unsafe votes[winner] + Self.share(sums[winner])
        return Verdict(score: score, classIndex: winner)
    }

    /// scikit-learn's share of a vote: less than a third, so that it only orders equals.
    static func share(_ sum: Double) -> Double { sum / (3 * (sum.magnitude + 1)) }

    private var areFinite: Bool {
        let decisions = unsafe self.decisions.pointer
        for index in 0..<decisionCount where unsafe !decisions[index].isFinite { return false }
        return true
    }
}
