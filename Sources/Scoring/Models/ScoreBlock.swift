internal import CKernels

/// Up to `capacity` inputs that a scorer decides together, and what it says of each; one thread's
/// own.
///
/// Any scorer takes a block: one that gains nothing from it scores each input as it is added.
/// What is said of an input does not depend on the others, to the last bit: they share the reading
/// of the model's numbers, and nothing else.
///
/// Not `Sendable`. Allocates nothing once it has grown to the largest model.
package final class ScoreBlock {
    /// The most inputs of a block.
    package static var capacity: Int { Int(CKERNELS_INPUTS) }

    var memory = BlockMemory()
    /// One a place; the memory of each is its own.
    private let outputs: [ScoreOutput]
    private var verdicts: [Verdict]
    /// How many inputs were added since `begin`.
    package private(set) var count = 0

    package init() {
        outputs = (0..<Self.capacity).map { _ in ScoreOutput() }
        verdicts = Array(
            repeating: Verdict(score: .nan, classIndex: 0), count: Self.capacity)
    }

    /// Forgets the inputs there are.
    package func begin() {
        count = 0
        memory.rowCount = 0
    }

    /// What was said of the input at `place`, in the order they were added: once `Scorer.decide`
    /// was called, and before that of inputs with a fault.
    package func verdict(_ place: Int) -> Verdict {
        precondition(place < count, "no such input in the block")
        return verdicts[place]
    }

    /// What was said of the input added last.
    package var lastVerdict: Verdict { verdict(count - 1) }

    /// What is known of it beside that.
    package func output(_ place: Int) -> ScoreOutput { outputs[place] }

    // MARK: - For the scorer

    /// Where what is known of the next input goes.
    var nextOutput: ScoreOutput {
        precondition(count < Self.capacity, "a full block")
        return outputs[count]
    }

    /// The next input was scored, into `nextOutput`.
    func add(_ verdict: Verdict) {
        verdicts[count] = verdict
        count += 1
    }

    /// The next input waits for `decide`, in a row of `memory`.
    func addWaiting(tail: Double) {
        unsafe memory.tails.pointer[memory.rowCount] = tail
        unsafe memory.places.pointer[memory.rowCount] = Int32(count)
        memory.rowCount += 1
        add(Verdict(score: .nan, classIndex: 0))
    }

    /// Hands over the decisions of each input that waited, so many of each, and the memory of its
    /// output; what `body` gives is its verdict.
    func forEachWaiting(
        decisions: Int,
        _ body: (UnsafePointer<Double>, inout ScoreMemory) -> Verdict?
    ) {
        for row in 0..<memory.rowCount {
            let place = unsafe Int(memory.places.pointer[row])
            let first = unsafe UnsafePointer(memory.decisions.pointer + row * decisions)
            if let verdict = unsafe body(first, &outputs[place].memory) {
                verdicts[place] = verdict
            }
        }
    }
}

/// The memory of a `ScoreBlock`: the inputs that wait to be decided together.
struct BlockMemory: ~Copyable {
    /// The features of each, as many as a support vector has.
    var rows = GrowingMemory<Double>()
    /// The squares of the features beyond those.
    var tails = GrowingMemory<Double>()
    /// Where in the block it stands.
    var places = GrowingMemory<Int32>()
    var rowCount = 0
    /// Kernel values, where they are stored, and the decisions.
    var values = GrowingMemory<Double>()
    var decisions = GrowingMemory<Double>()

    init() {
        tails.reserve(ScoreBlock.capacity)
        places.reserve(ScoreBlock.capacity)
    }
}
