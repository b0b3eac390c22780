import CText

extension DirectText {
    private var isL1: Int32 { norm == .l1 ? 1 : 0 }

    /// Sums over the hashed features met.
    @inline(__always)
    func sum(
        _ met: UnsafePointer<UInt32>, _ count: Int, _ cells: UnsafeMutablePointer<Int32>,
        into dots: UnsafeMutablePointer<Double>?
    ) -> ctext_sums {
        if let packed, let dots = unsafe dots {
            return unsafe packed.sum(
                met, count, cells, idf: nil, isL1: isL1, level: Self.level, into: dots)
        }
        return unsafe weights.withUnsafeBufferPointer { weights in
            // There is a weight for each feature, and at least one feature.
            guard let weights = weights.baseAddress else { return ctext_sums() }
            return unsafe ctext_sum(Self.level, met, count, cells, weights, isL1)
        }
    }

    /// Sums over the terms met.
    @inline(__always)
    func sum(
        _ met: UnsafePointer<UInt32>, _ count: Int, _ cells: UnsafeMutablePointer<Int32>,
        idf: [Double]?, into dots: UnsafeMutablePointer<Double>?
    ) -> ctext_sums {
        guard let idf else {
            return unsafe sum(met, count, cells, factors: nil, into: dots)
        }
        return unsafe idf.withUnsafeBufferPointer { idf in
            unsafe sum(met, count, cells, factors: idf.baseAddress, into: dots)
        }
    }

    @inline(__always)
    private func sum(
        _ met: UnsafePointer<UInt32>, _ count: Int, _ cells: UnsafeMutablePointer<Int32>,
        factors: UnsafePointer<Double>?, into dots: UnsafeMutablePointer<Double>?
    ) -> ctext_sums {
        if let packed, let dots = unsafe dots {
            return unsafe packed.sum(
                met, count, cells, idf: factors, isL1: isL1, level: Self.level, into: dots)
        }
        return unsafe weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return ctext_sums() }
            return unsafe ctext_term_sum(
                Self.level, met, count, cells, weights, factors, isL1)
        }
    }

    /// Hashed n-grams of words.
    func sum(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: HashedNgrams, _ words: WordTokens,
        _ scratch: inout FeatureScratch, into dots: UnsafeMutablePointer<Double>?
    ) -> ctext_sums? {
        let tokens = unsafe words.cut(
            text, lowercase: ngrams.lowercase, stripAccents: ngrams.options.stripAccents,
            in: &scratch)
        let lengths = ngrams.ngramRange
        scratch.beginDirect(cells: ngrams.featureCount, ngrams: tokens &* lengths.count)
        let met = unsafe scratch.features.indices.pointer
        var metCount = 0
        return unsafe weights.withUnsafeBufferPointer { weights in
            let near = packed == nil ? weights.baseAddress : nil
            scratch.forEachChunk(ofTokens: tokens, lengths) { scratch, _, found in
                unsafe metCount = ctext_hash_count(
                    Self.level, scratch.counting.hashes.pointer, found,
                    UInt32(truncatingIfNeeded: ngrams.featureCount),
                    ngrams.alternateSign ? 1 : 0, scratch.counting.steps.pointer,
                    scratch.counting.cells.pointer, near, met, metCount)
            }
            return unsafe sum(met, metCount, scratch.counting.cells.pointer, into: dots)
        }
    }

    /// N-grams of words that a vocabulary has.
    func sum(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: TfidfNgrams, _ words: WordTokens,
        _ scratch: inout FeatureScratch, into dots: UnsafeMutablePointer<Double>?
    ) -> ctext_sums? {
        let tokens = unsafe words.cut(
            text, lowercase: ngrams.lowercase, stripAccents: ngrams.options.stripAccents,
            in: &scratch)
        let lengths = ngrams.ngramRange
        scratch.beginDirect(cells: ngrams.featureCount + 1, ngrams: tokens &* lengths.count)
        let met = unsafe scratch.features.indices.pointer
        // Met already, so that it is not noted.
        unsafe scratch.counting.cells.pointer[ngrams.featureCount] = 1
        var metCount = 0
        var table = unsafe ngrams.table.words
        scratch.forEachChunk(ofTokens: tokens, lengths) { scratch, chunk, found in
            unsafe scratch.find(&table, chunk, lengths)
            unsafe metCount = ctext_found_count(
                Self.level, scratch.counting.hashes.pointer, found,
                scratch.counting.steps.pointer, scratch.counting.cells.pointer, met, metCount)
        }
        unsafe scratch.counting.cells.pointer[ngrams.featureCount] = 0
        return unsafe sum(
            met, metCount, scratch.counting.cells.pointer, idf: ngrams.idf, into: dots)
    }
}
