import CText

/// The features of one input, and the memory that they lie in.
///
/// What lies there changes only through the functions below: a source begins a form and fills it,
/// steps change it, a model reads it. Memory grows and is never given back, so that after the first
/// few inputs nothing is allocated.
struct FeatureVector: ~Copyable {
    /// How the features lie in this memory.
    enum Form {
        /// Not at all: nothing was put in, the input was refused, or a text was scored without
        /// making features.
        case none
        /// `indices` and `counts`, in no order, each to be divided by `divisor`.
        case counted
        /// `indices` and `values`, in no order.
        case sparse
        /// `values`, one a feature of the space.
        case dense
    }

    private(set) var form = Form.none
    /// Why the last input has no features; nil where it has.
    private(set) var fault: InputFault?
    /// How many of `indices` and `counts` (or `values`) are in use.
    private(set) var count = 0
    /// The size of the feature space that the last input was put in.
    private(set) var space = 0
    /// The features met, in the order of their first n-gram, and their counts.
    private(set) var indices = GrowingMemory<UInt32>()
    private(set) var counts = GrowingMemory<Int32>()
    /// The values of the forms `sparse` and `dense`.
    private(set) var values = GrowingMemory<Double>()
    /// What each count is divided by; 1 where the text has no feature or the norm is none.
    private(set) var divisor = 1.0
    /// The sum of the squares of the features beyond the space, which LIBSVM's distances count;
    /// 0 but for sparse input that nothing changes.
    private(set) var tailSquares = 0.0
    /// What a change of form writes to, before it takes the place of `values`.
    private var spare = GrowingMemory<Double>()

    init() {}

    @inline(__always)
    private mutating func begin(_ form: Form, space: Int) {
        self.form = form
        self.space = space
        fault = nil
        tailSquares = 0
        count = 0
    }

    /// The input has no features, for this reason.
    mutating func refuse(_ fault: InputFault) {
        begin(.none, space: 0)
        self.fault = fault
    }

    /// The input is scored without making features; its source may write `capacity` indices.
    @inline(__always)
    mutating func beginWithoutFeatures(indices capacity: Int) {
        begin(.none, space: 0)
        indices.reserve(capacity)
    }

    /// The input is scored without making features, in other memory.
    @inline(__always)
    mutating func forget() { begin(.none, space: 0) }

    // MARK: - Filling

    /// Readies the memory for one value a feature; the values there are unspecified.
    mutating func beginDense(features: Int) {
        begin(.dense, space: features)
        values.reserve(features)
        count = features
    }

    /// Readies the memory for at most `capacity` calls of `append`.
    mutating func beginSparse(features: Int, capacity: Int) {
        begin(.sparse, space: features)
        indices.reserve(capacity)
        values.reserve(capacity)
    }

    /// Adds a feature to the form `sparse`; no index comes twice.
    @inline(__always)
    mutating func append(_ index: UInt32, _ value: Double) {
        unsafe indices.pointer[count] = index
        unsafe values.pointer[count] = value
        count &+= 1
    }

    /// The features beyond the space had these squares.
    mutating func endSparse(tailSquares: Double) { self.tailSquares = tailSquares }

    /// Takes the form `sparse` as it lies elsewhere.
    mutating func takeSparse(
        _ indices: UnsafePointer<UInt32>, _ values: UnsafePointer<Double>, count: Int,
        features: Int
    ) {
        beginSparse(features: features, capacity: count)
        unsafe self.indices.pointer.update(from: indices, count: count)
        unsafe self.values.pointer.update(from: values, count: count)
        self.count = count
    }

    // MARK: - Counting

    /// Readies the memory for a text of at most `ngrams` n-grams in a space of `features`.
    mutating func beginCounts(features: Int, ngrams: Int) {
        begin(.counted, space: features)
        // Why + 1: counting writes one entry past the last one met, instead of branching.
        let most = min(features, ngrams) + 1
        indices.reserve(most)
        counts.reserve(most)
    }

    /// Counts the first `found` packed hashes: the index, and the sign in the highest bit; whether
    /// it was met before takes the sign's place.
    ///
    /// Without branches: whether an n-gram was met before is a coin toss for the processor. In two
    /// loops: where the second one writes to depends on the cells, and the processor would read no
    /// further cell before it knows.
    @inline(__always)
    mutating func count(
        hashes: UnsafeMutablePointer<UInt32>, _ found: Int,
        in cells: UnsafeMutablePointer<Int32>
    ) {
        for position in 0..<found {
            let packed = unsafe hashes[position]
            let index = packed & 0x7FFF_FFFF
            let old = unsafe cells[Int(index)]
            // +2 or -2: cells hold twice the count.
            let step = 2 &- Int32(bitPattern: packed &>> 31) &<< 2
            unsafe cells[Int(index)] = (old | 1) &+ step
            unsafe hashes[position] = index | UInt32(bitPattern: old) &<< 31
        }
        let indices = unsafe self.indices.pointer
        var met = count
        for position in 0..<found {
            let packed = unsafe hashes[position]
            unsafe indices[met] = packed & 0x7FFF_FFFF
            met &+= Int(~packed &>> 31)
        }
        count = met
    }

    /// Moves the counts out of the cells, which are 0 again afterwards, and finds the divisor.
    mutating func finishCounts(
        in cells: UnsafeMutablePointer<Int32>, norm: HashedNgrams.Norm?, binary: Bool
    ) {
        let indices = unsafe self.indices.pointer
        let counts = unsafe self.counts.pointer
        var squares: Int64 = 0
        for position in 0..<self.count {
            let index = unsafe Int(indices[position])
            let count = unsafe cells[index] &>> 1
            unsafe cells[index] = 0
            unsafe counts[position] = count
            squares &+= Int64(count) &* Int64(count)
        }
        // Why: with `binary` scikit-learn sets every stored cell to 1, cancelled ones too.
        if binary {
            unsafe counts.update(repeating: 1, count: self.count)
            squares = Int64(self.count)
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
        for position in 0..<count { sum &+= unsafe Int64(counts[position].magnitude) }
        return Double(sum)
    }

    /// Readies the memory for a text of at most `ngrams` n-grams and a vocabulary of `terms`.
    mutating func beginTerms(_ terms: Int, ngrams: Int) {
        begin(.sparse, space: terms)
        // Why + 1: counting writes one entry past the last one met, instead of branching.
        let most = min(terms, ngrams) + 1
        indices.reserve(most)
        values.reserve(most)
    }

    /// Counts the first `found` of `terms`.
    mutating func count(
        terms: UnsafePointer<UInt32>, _ found: Int, in cells: UnsafeMutablePointer<Int32>
    ) {
        let indices = unsafe self.indices.pointer
        var met = count
        for position in 0..<found {
            let term = unsafe terms[position]
            let old = unsafe cells[Int(term)]
            unsafe cells[Int(term)] = old &+ 1
            unsafe indices[met] = term
            met &+= old == 0 ? 1 : 0
        }
        count = met
    }

    /// Makes values of the counts, in scikit-learn's order: binary or sublinear, idf, norm.
    mutating func finishTerms(_ recipe: TfidfNgrams, in cells: UnsafeMutablePointer<Int32>) {
        let indices = unsafe self.indices.pointer
        let values = unsafe self.values.pointer
        for position in 0..<count {
            let term = unsafe Int(indices[position])
            unsafe values[position] = recipe.binary ? 1 : Double(cells[term])
            unsafe cells[term] = 0
        }
        if recipe.sublinearTF { unsafe ctext_sublinear(values, count) }
        if let idf = recipe.idf {
            unsafe idf.withUnsafeBufferPointer { idf in
                for position in 0..<count { unsafe values[position] *= idf[Int(indices[position])] }
            }
        }
        normalize(recipe.norm)
    }

    private func normalize(_ norm: HashedNgrams.Norm?) {
        let values = unsafe self.values.pointer
        var sum = 0.0
        switch norm {
        case nil: return
        case .l1: for position in 0..<count { unsafe sum += values[position].magnitude }
        case .l2:
            for position in 0..<count { unsafe sum += values[position] * values[position] }
            sum = sum.squareRoot()
        }
        guard sum != 0 else { return }
        for position in 0..<count { unsafe values[position] /= sum }
    }

    // MARK: - Changes of form

    /// Counts become values.
    mutating func makeSparse() {
        guard form == .counted else { return }
        values.reserve(count)
        let values = unsafe self.values.pointer
        let counts = unsafe self.counts.pointer
        for position in 0..<count {
            unsafe values[position] = Double(counts[position]) / divisor
        }
        form = .sparse
    }

    /// One value for each feature of the space, 0 for those that were not met.
    mutating func makeDense() {
        makeSparse()
        guard form == .sparse else { return }
        spare.reserve(space)
        let dense = unsafe spare.pointer
        let indices = unsafe self.indices.pointer
        let values = unsafe self.values.pointer
        unsafe dense.update(repeating: 0, count: space)
        for position in 0..<count {
            unsafe dense[Int(indices[position])] = values[position]
        }
        swap(&self.values, &spare)
        form = .dense
        count = space
    }

    // MARK: - Steps that give other features than they take

    /// Room for more features of the form `dense`; the values of the new ones are unspecified.
    mutating func widen(to features: Int) {
        values.reserve(features, keeping: count)
        count = features
        space = features
    }

    /// Puts `features` numbers, which `fill` writes, in the place of the values there are.
    ///
    /// `fill` gets the values, the indices where they are sparse, and room for the new ones.
    @inline(__always)
    mutating func replace(
        features: Int,
        _ fill: (
            UnsafePointer<Double>, UnsafePointer<UInt32>, UnsafeMutablePointer<Double>
        ) -> Void
    ) {
        spare.reserve(features)
        unsafe fill(
            UnsafePointer(values.pointer), UnsafePointer(indices.pointer), spare.pointer)
        swap(&values, &spare)
        form = .dense
        count = features
        space = features
    }

    /// Begins the form `sparse` anew over the values there are: as many calls of `pick` may follow
    /// as there are values, each after the value in its place was read.
    mutating func beginPicking(features: Int) {
        indices.reserve(count, keeping: form == .sparse ? count : 0)
        form = .sparse
        space = features
        count = 0
    }

    /// Adds a feature to those picked.
    @inline(__always)
    mutating func pick(_ index: UInt32, _ value: Double) {
        unsafe indices.pointer[count] = index
        unsafe values.pointer[count] = value
        count &+= 1
    }

    /// A tail is what LIBSVM's distances see of plain input alone; a step has changed the input.
    mutating func dropTail() { tailSquares = 0 }
}
