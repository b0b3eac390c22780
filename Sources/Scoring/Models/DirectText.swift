import CText

/// The shortest way from a text to linear decisions: counted and summed without making features.
///
/// For n-grams of words, and of bytes or ASCII, counted as they are, scored by one hyperplane, or
/// by a few side by side (one a class, one a member of an ensemble); everything else goes through
/// features. Both ways agree within 1e-12. Immutable, shared by threads: what changes is the
/// thread's scratch, and two scorers may take turns with one. Why the weights stay here, and only
/// counts in the scratch: a cell that holds both is no faster, and a swap of versions would have to
/// fill the thread's cells. Why one text at a time: two that are counted side by side need twice
/// the cells, and are slower for that.
@safe
final class DirectText: Sendable {
    private enum Recipe: Sendable {
        case hashed(HashedNgrams)
        case terms(TfidfNgrams, ShortTerms)
        case words(HashedNgrams, WordTokens)
        case wordTerms(TfidfNgrams, WordTokens)
    }

    private let recipe: Recipe
    /// The named text that it reads; nil: the text of the request.
    let textField: Int?
    let norm: HashedNgrams.Norm?
    /// The model's weights, not a copy.
    let weights: [Double]
    private let intercepts: [Double]
    /// How many decisions there are.
    let rows: Int
    /// The weights of several rows; nil for one.
    let packed: PackedRows?

    /// Beyond these, sums that are finite one way may overflow the other way.
    private static let weightMax = 1e100
    private static let idfMin = 1e-50
    private static let idfMax = 1e50

    static let level = ctext_level()

    /// Nil where recipe or model need features.
    init?(_ spec: FeaturizerSpec, _ model: Model) {
        guard spec.transforms.isEmpty, model.precision == .double, let linear = model.linear,
            // With more rows the sum is what takes the time, and features do as well.
            linear.rows <= PackedRows.most,
            linear.weights.allSatisfy({ $0.magnitude <= Self.weightMax })
        else { return nil }
        intercepts = linear.intercepts
        rows = linear.rows
        var source = spec.source
        textField = if case .textField = source { 0 } else { nil }
        if case .textField(_, let inner) = source { source = inner }
        switch source {
        case .hashedNgrams(let ngrams):
            guard !ngrams.binary, ngrams.analyzer != .charWordBoundaries,
                ngrams.featureCount == linear.featureCount
            else { return nil }
            recipe = ngrams.options.words.map { .words(ngrams, $0) } ?? .hashed(ngrams)
            norm = ngrams.norm
        case .tfidfNgrams(let ngrams):
            guard !ngrams.binary, !ngrams.sublinearTF, ngrams.analyzer != .charWordBoundaries,
                ngrams.featureCount == linear.featureCount,
                ngrams.idf?.allSatisfy(Self.isOrdinary) ?? true
            else { return nil }
            if let words = ngrams.options.words {
                recipe = .wordTerms(ngrams, words)
            } else if let short = ngrams.table.short {
                recipe = .terms(ngrams, short)
            } else {
                return nil
            }
            norm = ngrams.norm
        default: return nil
        }
        weights = linear.weights
        packed = linear.rows > 1 ? PackedRows(linear) : nil
    }

    private static func isOrdinary(_ idf: Double) -> Bool {
        idf == 0 || (idfMin...idfMax).contains(idf.magnitude)
    }

    /// The one decision for `text`; nil where it must go through features, or there are several.
    ///
    /// Allocates nothing once the scratch has grown. What is in the scratch afterwards are no
    /// features.
    @inline(__always)
    func decision(
        _ text: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch
    ) -> Double? {
        guard rows == 1, let sums = unsafe sum(text, &scratch, into: nil) else { return nil }
        return sums.dot / divisor(sums) + intercepts[0]
    }

    /// Writes the decisions for `text`, however many there are; false, and nothing is written,
    /// where it must go through features.
    ///
    /// Allocates nothing once the scratch has grown. What is in the scratch afterwards are no
    /// features.
    func decide(
        _ text: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch,
        into decisions: UnsafeMutablePointer<Double>
    ) -> Bool {
        let several = rows > 1 ? unsafe decisions : nil
        guard let sums = unsafe sum(text, &scratch, into: several) else { return false }
        let scale = divisor(sums)
        if rows == 1 { unsafe decisions[0] = sums.dot }
        for row in 0..<rows {
            unsafe decisions[row] = decisions[row] / scale + intercepts[row]
        }
        return true
    }

    @inline(__always)
    private func divisor(_ sums: ctext_sums) -> Double {
        let divisor =
            switch norm {
            case .l2: sums.norm.squareRoot()
            case .l1: sums.norm
            case nil: 1.0
            }
        return divisor == 0 ? 1 : divisor
    }

    /// The norm, and the product of counts and weights: in the sums of one row, else in `dots`.
    @inline(__always)
    private func sum(
        _ text: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch,
        into dots: UnsafeMutablePointer<Double>?
    ) -> ctext_sums? {
        precondition(
            text.count <= Featurizer.textBytesMax, "a text above every limit of a request")
        switch recipe {
        case .hashed(let ngrams): return unsafe sum(text, ngrams, &scratch, into: dots)
        case .terms(let ngrams, let short):
            return unsafe sum(text, ngrams, short, &scratch, into: dots)
        case .words(let ngrams, let words):
            return unsafe sum(text, ngrams, words, &scratch, into: dots)
        case .wordTerms(let ngrams, let words):
            return unsafe sum(text, ngrams, words, &scratch, into: dots)
        }
    }

    /// What a text without n-grams comes to.
    func nothing(into dots: UnsafeMutablePointer<Double>?) -> ctext_sums {
        if let dots = unsafe dots {
            for row in 0..<rows { unsafe dots[row] = 0 }
        }
        return ctext_sums()
    }

    private func sum(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: HashedNgrams,
        _ scratch: inout FeatureScratch, into dots: UnsafeMutablePointer<Double>?
    ) -> ctext_sums? {
        var bytes = text.baseAddress
        var count = text.count
        if ngrams.analyzer == .char {
            let preparation = TextPreparation(lowercase: ngrams.lowercase, whiteSpace: .foldRuns)
            let prepared = unsafe preparation.prepare(text, in: &scratch)
            guard prepared.isASCII else { return nil }
            unsafe bytes = UnsafePointer(scratch.text.bytes.pointer)
            count = prepared.unitCount
        }
        let lengths = ngrams.ngramRange
        scratch.beginDirect(cells: ngrams.featureCount, ngrams: count &* lengths.count)
        guard let bytes = unsafe bytes else { return unsafe nothing(into: dots) }
        return unsafe weights.withUnsafeBufferPointer { weights in
            // Of several rows nothing is brought near early: they lie near each other.
            let near = packed == nil ? weights.baseAddress : nil
            let met = unsafe scratch.features.indices.pointer
            var metCount = 0
            var place = 0
            while place < count {
                let places = min(FeatureScratch.chunkNgrams / lengths.count, count &- place)
                unsafe metCount = ctext_count(
                    Self.level, bytes + place, count &- place, places, lengths.lowerBound,
                    lengths.upperBound, UInt32(truncatingIfNeeded: ngrams.featureCount),
                    ngrams.alternateSign ? 1 : 0, scratch.counting.hashes.pointer,
                    scratch.counting.steps.pointer, scratch.counting.cells.pointer, near, met,
                    metCount)
                place &+= places
            }
            return unsafe sum(met, metCount, scratch.counting.cells.pointer, into: dots)
        }
    }

    private func sum(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: TfidfNgrams, _ short: ShortTerms,
        _ scratch: inout FeatureScratch, into dots: UnsafeMutablePointer<Double>?
    ) -> ctext_sums? {
        let units = unsafe ngrams.units(of: text, in: &scratch)
        guard unsafe units.offsets == nil else { return nil }
        let (bytes, count) = unsafe (units.bytes, units.count)
        scratch.beginDirect(cells: ngrams.featureCount + 1, ngrams: count &* 3)
        let met = unsafe scratch.features.indices.pointer
        // Met already, so that it is not noted.
        unsafe scratch.counting.cells.pointer[ngrams.featureCount] = 1
        var metCount = 0
        var place = 0
        while place < count {
            let places = min(FeatureScratch.chunkNgrams / 3, count &- place)
            unsafe metCount = short.count(
                bytes + place, count: count &- place, places: places, level: Self.level,
                in: &scratch.counting, met: met, metCount: metCount)
            place &+= places
        }
        unsafe scratch.counting.cells.pointer[ngrams.featureCount] = 0
        return unsafe sum(
            met, metCount, scratch.counting.cells.pointer, idf: ngrams.idf, into: dots)
    }
}
