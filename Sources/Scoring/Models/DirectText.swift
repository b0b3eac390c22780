import CText

/// The shortest way from a text to one linear decision: counted and summed without making features.
///
/// For n-grams of bytes or ASCII, counted as they are, scored by one hyperplane; everything else
/// goes through features. Both ways agree within 1e-12. Immutable, shared by threads: what changes
/// is the thread's scratch, and two scorers may take turns with one. Why the weights stay here, and
/// only counts in the scratch: a cell that holds both is no faster, and a swap of versions would
/// have to fill the thread's cells. Why one text at a time: two that are counted side by side need
/// twice the cells, and are slower for that.
@safe
final class DirectText: Sendable {
    private enum Recipe: Sendable {
        case hashed(HashedNgrams)
        case terms(TfidfNgrams, ShortTerms)
    }

    private let recipe: Recipe
    /// The named text that it reads; nil: the text of the request.
    let textField: Int?
    private let norm: HashedNgrams.Norm?
    /// The model's weights, not a copy.
    private let weights: [Double]
    private let intercept: Double

    /// Beyond these, sums that are finite one way may overflow the other way.
    private static let weightMax = 1e100
    private static let idfMin = 1e-50
    private static let idfMax = 1e50

    private static let level = ctext_level()

    /// Nil where recipe or model need features.
    init?(_ spec: FeaturizerSpec, _ model: Model) {
        guard spec.transforms.isEmpty, model.precision == .double, let linear = model.linear,
            linear.rows == 1, linear.weights.allSatisfy({ $0.magnitude <= Self.weightMax })
        else { return nil }
        intercept = linear.intercepts[0]
        var source = spec.source
        textField = if case .textField = source { 0 } else { nil }
        if case .textField(_, let inner) = source { source = inner }
        switch source {
        case .hashedNgrams(let ngrams):
            guard !ngrams.binary, ngrams.analyzer != .charWordBoundaries,
                ngrams.featureCount == linear.featureCount
            else { return nil }
            recipe = .hashed(ngrams)
            norm = ngrams.norm
        case .tfidfNgrams(let ngrams):
            guard !ngrams.binary, !ngrams.sublinearTF, ngrams.analyzer != .charWordBoundaries,
                ngrams.featureCount == linear.featureCount, let short = ngrams.table.short,
                ngrams.idf?.allSatisfy(Self.isOrdinary) ?? true
            else { return nil }
            recipe = .terms(ngrams, short)
            norm = ngrams.norm
        default: return nil
        }
        weights = linear.weights
    }

    private static func isOrdinary(_ idf: Double) -> Bool {
        idf == 0 || (idfMin...idfMax).contains(idf.magnitude)
    }

    /// The decision for `text`; nil where it must go through features.
    ///
    /// Allocates nothing once the scratch has grown. What is in the scratch afterwards are no
    /// features.
    @inline(__always)
    func decision(
        _ text: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch
    ) -> Double? {
        precondition(
            text.count <= Featurizer.textBytesMax, "a text above every limit of a request")
        let sums: ctext_sums?
        switch recipe {
        case .hashed(let ngrams): sums = unsafe sum(text, ngrams, &scratch)
        case .terms(let ngrams, let short): sums = unsafe sum(text, ngrams, short, &scratch)
        }
        guard let sums else { return nil }
        let divisor =
            switch norm {
            case .l2: sums.norm.squareRoot()
            case .l1: sums.norm
            case nil: 1.0
            }
        return sums.dot / (divisor == 0 ? 1 : divisor) + intercept
    }

    private func sum(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: HashedNgrams,
        _ scratch: inout FeatureScratch
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
        guard let bytes = unsafe bytes else { return ctext_sums() }
        return unsafe weights.withUnsafeBufferPointer { weights in
            // There is a weight for each feature, and at least one feature.
            guard let weights = weights.baseAddress else { return ctext_sums() }
            let met = unsafe scratch.features.indices.pointer
            var metCount = 0
            var place = 0
            while place < count {
                let places = min(FeatureScratch.chunkNgrams / lengths.count, count &- place)
                unsafe metCount = ctext_count(
                    Self.level, bytes + place, count &- place, places, lengths.lowerBound,
                    lengths.upperBound, UInt32(truncatingIfNeeded: ngrams.featureCount),
                    ngrams.alternateSign ? 1 : 0, scratch.counting.hashes.pointer,
                    scratch.counting.steps.pointer, scratch.counting.cells.pointer, weights, met,
                    metCount)
                place &+= places
            }
            return unsafe ctext_sum(
                Self.level, met, metCount, scratch.counting.cells.pointer, weights,
                norm == .l1 ? 1 : 0)
        }
    }

    private func sum(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: TfidfNgrams, _ short: ShortTerms,
        _ scratch: inout FeatureScratch
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
        let cells = unsafe scratch.counting.cells.pointer
        let isL1: Int32 = norm == .l1 ? 1 : 0
        return unsafe weights.withUnsafeBufferPointer { weights in
            guard let idf = ngrams.idf else {
                return unsafe ctext_term_sum(
                    Self.level, met, metCount, cells, weights.baseAddress, nil, isL1)
            }
            return unsafe idf.withUnsafeBufferPointer { idf in
                unsafe ctext_term_sum(
                    Self.level, met, metCount, cells, weights.baseAddress, idf.baseAddress, isL1)
            }
        }
    }
}
