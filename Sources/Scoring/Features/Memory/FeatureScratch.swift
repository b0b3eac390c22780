import CText

/// The memory of a `FeatureBuffer`: for each step of featurizing its own.
struct FeatureScratch: ~Copyable {
    /// How many n-grams are hashed before they are counted: their hashes stay in the L1 cache.
    static let chunkNgrams = 2_048

    var text = TextMemory()
    var counting = CountingMemory()
    /// How often each byte occurs, for the lexical features.
    private(set) var counters = GrowingMemory<UInt32>()
    var union = UnionMemory()
    /// What became of the last input.
    var features = FeatureVector()

    init() { counters.reserve(LexicalFeatures.counterCount) }

    /// A text as n-grams see it: lowered, folded, and cut into code points.
    struct TextMemory: ~Copyable {
        /// The text after lowering and folding, as UTF-8.
        private(set) var bytes = GrowingMemory<UInt8>()
        /// Where each code point of `bytes` begins, and its end; unused while the text is ASCII.
        private(set) var offsets = GrowingMemory<UInt32>()
        /// Tokens of the word analyzer, a blank between two, and where each begins.
        private(set) var tokens = GrowingMemory<UInt8>()
        private(set) var starts = GrowingMemory<UInt32>()

        /// Makes room for the tokens of a text of `count` bytes.
        mutating func reserve(tokensOf count: Int) {
            tokens.reserve(count + Int(CTEXT_TOKEN_SPARE))
            starts.reserve(count + Int(CTEXT_TOKEN_SPARE))
        }

        mutating func reserve(bytes count: Int) { bytes.reserve(count) }
        mutating func reserve(offsets count: Int) { offsets.reserve(count) }
    }

    /// What n-grams are counted in.
    struct CountingMemory: ~Copyable {
        /// One chunk's hashes, packed with their signs in the highest bit, or its terms.
        private(set) var hashes = GrowingMemory<UInt32>()
        /// Where a text is scored without making features: the signs beside `hashes`, and then what
        /// their cells were before.
        private(set) var steps = GrowingMemory<Int32>()
        /// One cell a feature: twice its count, plus 1 once it was met in this text; of a term, its
        /// count.
        ///
        /// A count can come back to 0, and the feature stays stored. All cells are 0 between texts.
        private(set) var cells = GrowingMemory<Int32>(zeroed: true)

        init() { hashes.reserve(FeatureScratch.chunkNgrams) }

        @inline(__always)
        mutating func reserve(cells count: Int) { cells.reserve(count) }
        @inline(__always)
        mutating func reserveSteps() { steps.reserve(FeatureScratch.chunkNgrams) }
    }

    /// The features of a union's elements so far; unions inside one another stack up here.
    struct UnionMemory: ~Copyable {
        private var indices = GrowingMemory<UInt32>()
        private var values = GrowingMemory<Double>()
        private(set) var count = 0

        init() {}

        /// Puts `features` behind those of the elements before, their indices raised by `offset`.
        mutating func collect(_ features: borrowing FeatureVector, offset: Int) {
            let total = count + features.count
            indices.reserve(total, keeping: count)
            values.reserve(total, keeping: count)
            let keptIndices = unsafe indices.pointer + count
            unsafe (values.pointer + count).update(
                from: features.values.pointer, count: features.count)
            let first = UInt32(truncatingIfNeeded: offset)
            if features.form == .dense {
                for position in 0..<features.count {
                    unsafe keptIndices[position] = first &+ UInt32(truncatingIfNeeded: position)
                }
            } else {
                let indices = unsafe features.indices.pointer
                for position in 0..<features.count {
                    unsafe keptIndices[position] = first &+ indices[position]
                }
            }
            count = total
        }

        /// Makes what was collected since `mark` the features at hand, and forgets it here.
        ///
        /// - Parameter isDense: every element gave all of its features.
        mutating func give(
            since mark: Int, to features: inout FeatureVector, space: Int, isDense: Bool,
            tailSquares: Double
        ) {
            let given = count - mark
            if isDense {
                features.beginDense(features: space)
                unsafe features.values.pointer.update(from: values.pointer + mark, count: given)
            } else {
                unsafe features.takeSparse(
                    indices.pointer + mark, values.pointer + mark, count: given, features: space)
            }
            features.endSparse(tailSquares: tailSquares)
            count = mark
        }

        /// Forgets what was collected since `mark`: an element had no features.
        mutating func drop(since mark: Int) { count = mark }
    }

    // MARK: - Counting

    /// Readies the memory for a text of at most `ngrams` n-grams in a space of `features`.
    mutating func begin(features count: Int, ngrams: Int) {
        counting.reserve(cells: count)
        features.beginCounts(features: count, ngrams: ngrams)
    }

    /// Counts the first `count` packed hashes.
    @inline(__always)
    mutating func countHashes(_ count: Int) {
        unsafe features.count(
            hashes: counting.hashes.pointer, count, in: counting.cells.pointer)
    }

    mutating func finish(norm: HashedNgrams.Norm?, binary: Bool) {
        unsafe features.finishCounts(in: counting.cells.pointer, norm: norm, binary: binary)
    }

    /// Readies the memory for a text of at most `ngrams` n-grams and a vocabulary of `terms`.
    ///
    /// The cell after the last term's takes the n-grams that are none.
    mutating func beginTerms(_ terms: Int, ngrams: Int) {
        counting.reserve(cells: terms + 1)
        // Why 1: what was met already is not noted.
        unsafe counting.cells.pointer[terms] = 1
        features.beginTerms(terms, ngrams: ngrams)
    }

    /// Counts the first `count` of `hashes`, which are terms.
    mutating func countTerms(_ count: Int) {
        unsafe features.count(
            terms: counting.hashes.pointer, count, in: counting.cells.pointer)
    }

    mutating func finishTerms(_ recipe: TfidfNgrams) {
        unsafe features.finishTerms(recipe, in: counting.cells.pointer)
        unsafe counting.cells.pointer[features.space] = 0
    }

    /// Readies the memory for a text that is scored without making features.
    @inline(__always)
    mutating func beginDirect(cells count: Int, ngrams: Int) {
        counting.reserve(cells: count)
        counting.reserveSteps()
        features.beginWithoutFeatures(indices: min(count, ngrams) + Int(CTEXT_MET_SPARE))
    }
}
