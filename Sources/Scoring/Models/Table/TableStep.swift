/// One step of a `TableProgram`: plain numbers, which say what is read and where it goes.
///
/// What it works on are registers: one number each, in a thread's memory.
struct TableStep: BitwiseCopyable, Sendable {
    enum Kind: UInt8, Sendable {
        /// Registers become fields of the record, and what is missing the numbers at `one`; with
        /// `refuses`, what is missing ends the program.
        case fields
        /// Registers become the numbers of `"x"`.
        case dense
        /// Registers become what `operation` makes of those from `source` on.
        case operate
        /// What is not finite ends the program.
        case checkFinite
        /// Registers become those at the positions.
        case gather
        /// A register becomes a code.
        case code
        /// Registers times the weights at `one` are added to the decisions, in their order.
        case add
        /// `fields`, `standardize` and `add` in one go, without registers.
        case standardized
        /// As `add`, of all features there are, in the order of `ckernels_sum`.
        case addAll
        /// What the code weighs is added.
        case choose
        /// The same of texts, the usual ones: `count` steps in a row are done in one go.
        case chooseTexts
    }

    /// What a code is found for.
    enum Reading: UInt8, Sendable {
        case text, field, register
        /// The bin of a register.
        case bin
    }

    var kind: Kind
    var operation = NumberOperation.fill
    var reading = Reading.register
    var refuses = false
    /// Whether fields are read from where the positions say, and not side by side from `source` on.
    var isGathered = false
    /// The first register that it writes, or adds.
    var first: Int32 = 0
    var count: Int32 = 0
    /// The first register, or the field or text, that it reads.
    var source: Int32 = 0
    /// Where its own numbers begin: weights, products of a choice, or what an operation takes.
    var one: Int32 = 0
    /// The same of the second ones, or of the edges between bins.
    var other: Int32 = 0
    /// The first of its positions, or what looks for its categories.
    var place: Int32 = 0
    /// How many edges there are.
    var edges: Int32 = 0
    /// Of `standardized`: the scales, and the weights.
    var scales: Int32 = 0
    var weights: Int32 = 0
}

extension TableStep {
    /// Whether it reads or writes a register of another step, which writes some.
    func touches(_ other: TableStep) -> Bool {
        let own = first..<first + max(1, count)
        let read = source..<source + max(1, count)
        let range = other.first..<other.first + other.count
        return own.overlaps(range) || (kind == .operate && read.overlaps(range))
            || ((kind == .choose || kind == .code) && range.contains(source))
            || kind == .gather
    }
}
