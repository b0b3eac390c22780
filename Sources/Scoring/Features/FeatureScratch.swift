/// The memory of a `FeatureBuffer`, and the counting in it.
struct FeatureScratch: ~Copyable {
    /// How the features of the last input stand in this memory.
    enum Form {
        /// `indices` and `counts`, in no order, each to be divided by `divisor`.
        case counted
        /// `indices` and `values`, in no order.
        case sparse
        /// `values`, one a feature of the space.
        case dense
    }

    /// How many n-grams are hashed before they are counted: their hashes stay in the L1 cache.
    static let chunkNgrams = 2_048

    /// The text after lowering and folding, as UTF-8.
    var text = GrowingMemory<UInt8>()
    /// Where each code point of `text` begins, and its end; unused while the text is ASCII.
    var offsets = GrowingMemory<UInt32>()
    /// Packed hashes of one chunk: the index, and the sign in the highest bit.
    private(set) var hashes = GrowingMemory<UInt32>()
    /// The signs beside `hashes`, where a text is scored without making features.
    var steps = GrowingMemory<Int32>()
    /// One cell a feature: twice its count, plus 1 once it was met in this text.
    ///
    /// A count can come back to 0, and the feature stays stored. All cells are 0 between texts.
    var cells = GrowingMemory<Int32>(zeroed: true)
    /// The features met, in the order of their first n-gram, and their counts.
    var indices = GrowingMemory<UInt32>()
    var counts = GrowingMemory<Int32>()
    /// The values of the forms `sparse` and `dense`.
    var values = GrowingMemory<Double>()
    /// How often each byte occurs, for the lexical features.
    var counters = GrowingMemory<UInt32>()
    /// What a change of form writes to, before it takes the place of `values`.
    var spare = GrowingMemory<Double>()
    /// The features of a union's elements so far; unions inside one another stack up here.
    var collectedIndices = GrowingMemory<UInt32>()
    var collectedValues = GrowingMemory<Double>()
    var collected = 0
    var form = Form.counted
    /// The sum of the squares of the features beyond the space, which LIBSVM's distances count;
    /// 0 but for sparse input that nothing changes.
    var tailSquares = 0.0
    /// Why the last input has no features; nil where it has.
    var fault: InputFault?
    /// How many of `indices` and `counts` (or `values`) are in use.
    var met = 0
    /// The size of the feature space that the last input was put in.
    var space = 0
    /// What each count is divided by; 1 where the text has no feature or the norm is none.
    var divisor = 1.0

    init() {
        hashes.reserve(Self.chunkNgrams)
        counters.reserve(LexicalFeatures.counterCount)
    }

    /// Readies the memory for a text of at most `ngrams` n-grams in a space of `features`.
    mutating func begin(features: Int, ngrams: Int) {
        form = .counted
        fault = nil
        tailSquares = 0
        space = features
        cells.reserve(features)
        // Why + 1: counting writes one entry past the last one met, instead of branching.
        let most = min(features, ngrams) + 1
        indices.reserve(most)
        counts.reserve(most)
        met = 0
    }

    /// Counts the first `count` packed hashes.
    ///
    /// Without branches: whether an n-gram was met before is a coin toss for the processor. The
    /// cells are far apart, so what takes time is memory, and nothing here waits for it.
    @inline(__always)
    mutating func countHashes(_ count: Int) {
        let hashes = unsafe self.hashes.pointer
        let cells = unsafe self.cells.pointer
        let indices = unsafe self.indices.pointer
        var met = self.met
        for position in 0..<count {
            let packed = unsafe hashes[position]
            let index = packed & 0x7FFF_FFFF
            let old = unsafe cells[Int(index)]
            // +2 or -2: cells hold twice the count.
            let step = 2 &- Int32(bitPattern: packed &>> 31) &<< 2
            unsafe cells[Int(index)] = (old | 1) &+ step
            unsafe indices[met] = index
            met &+= Int(~old & 1)
        }
        self.met = met
    }

    /// Moves the counts out of the cells, which are 0 again afterwards, and finds the divisor.
    mutating func finish(norm: HashedNgrams.Norm?, binary: Bool) {
        let indices = unsafe self.indices.pointer
        let cells = unsafe self.cells.pointer
        let counts = unsafe self.counts.pointer
        var squares: Int64 = 0
        for position in 0..<met {
            let index = unsafe Int(indices[position])
            let count = unsafe cells[index] &>> 1
            unsafe cells[index] = 0
            unsafe counts[position] = count
            squares &+= Int64(count) &* Int64(count)
        }
        // Why: with `binary` scikit-learn sets every stored cell to 1, cancelled ones too.
        if binary {
            unsafe counts.update(repeating: 1, count: met)
            squares = Int64(met)
        }
        let sum =
            switch norm {
            case .l2: Double(squares).squareRoot()
            case .l1: sumOfMagnitudes()
            case nil: 1.0
            }
        divisor = sum == 0 ? 1 : sum
    }

    private func sumOfMagnitudes() -> Double {
        let counts = unsafe self.counts.pointer
        var sum: Int64 = 0
        for position in 0..<met {
            sum &+= unsafe Int64(counts[position].magnitude)
        }
        return Double(sum)
    }

    /// The sum of weight times value over all features.
    ///
    /// `weights` has one for each feature of the space. Four sums, because one would wait for
    /// itself; the order of the terms differs from LIBLINEAR's by less than the tolerance.
    @inline(__always)
    func dot(_ weights: UnsafePointer<Double>) -> Double {
        guard form == .counted else { return unsafe dotValues(weights) }
        let indices = unsafe self.indices.pointer
        let counts = unsafe self.counts.pointer
        var sums = (0.0, 0.0, 0.0, 0.0)
        let whole = met & ~3
        var position = 0
        while position < whole {
            unsafe sums.0 += Double(counts[position]) * weights[Int(indices[position])]
            unsafe sums.1 += Double(counts[position &+ 1]) * weights[Int(indices[position &+ 1])]
            unsafe sums.2 += Double(counts[position &+ 2]) * weights[Int(indices[position &+ 2])]
            unsafe sums.3 += Double(counts[position &+ 3]) * weights[Int(indices[position &+ 3])]
            position &+= 4
        }
        while position < met {
            unsafe sums.0 += Double(counts[position]) * weights[Int(indices[position])]
            position &+= 1
        }
        return ((sums.0 + sums.1) + (sums.2 + sums.3)) / divisor
    }

    /// A feature in the order of first appearance, normalised; `position` is below `met`.
    func feature(_ position: Int) -> Feature {
        precondition(position >= 0 && position < met, "no such feature")
        switch form {
        case .counted:
            let count = unsafe Double(counts.pointer[position])
            return unsafe Feature(index: Int(indices.pointer[position]), value: count / divisor)
        case .sparse:
            return unsafe Feature(
                index: Int(indices.pointer[position]), value: values.pointer[position])
        case .dense:
            return unsafe Feature(index: position, value: values.pointer[position])
        }
    }
}
