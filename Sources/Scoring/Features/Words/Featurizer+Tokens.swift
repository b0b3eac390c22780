internal import CText

extension Featurizer {
    /// Counts the hashed n-grams of a text's tokens.
    func countTokens<Reduction: IndexReduction>(
        _ text: UnsafeBufferPointer<UInt8>, _ ngrams: HashedNgrams,
        _ scratch: inout FeatureScratch, _ reduction: Reduction
    ) {
        let words = ngrams.options.words ?? .standard
        let tokens = unsafe words.cut(
            text, lowercase: ngrams.lowercase, stripAccents: ngrams.options.stripAccents,
            in: &scratch)
        let lengths = ngrams.ngramRange
        scratch.begin(features: ngrams.featureCount, ngrams: tokens * lengths.count)
        scratch.forEachChunk(ofTokens: tokens, lengths) { scratch, _, found in
            let hashes = unsafe scratch.counting.hashes.pointer
            for position in 0..<found {
                unsafe hashes[position] = reduction.packed(hashes[position])
            }
            scratch.countHashes(found)
        }
    }
}

/// Some tokens of a text, and what of them n-grams begin with.
struct TokenChunk {
    /// The first of them, how many n-grams may reach, and at how many places they begin.
    let first: Int
    let count: Int
    let places: Int
}

extension FeatureScratch {
    private static let textLevel = ctext_level()

    /// Hashes the n-grams of the `tokens` at hand, chunk by chunk, and calls `body` with each chunk
    /// and the number of its hashes, which stand in `counting.hashes`.
    @inline(__always)
    mutating func forEachChunk(
        ofTokens tokens: Int, _ lengths: ClosedRange<Int>,
        _ body: (inout FeatureScratch, TokenChunk, Int) -> Void
    ) {
        var first = 0
        while first < tokens {
            let chunk = TokenChunk(
                first: first, count: tokens - first,
                places: min(Self.chunkNgrams / lengths.count, tokens - first))
            let found = unsafe ctext_word_hashes(
                Self.textLevel, text.tokens.pointer, text.starts.pointer + first, chunk.count,
                chunk.places, lengths.lowerBound, lengths.upperBound, counting.hashes.pointer)
            body(&self, chunk, found)
            first += chunk.places
        }
    }

    /// Replaces the hashes of a chunk by the terms that its n-grams are.
    @inline(__always)
    mutating func find(_ words: inout ctext_words, _ chunk: TokenChunk, _ lengths: ClosedRange<Int>)
    {
        unsafe ctext_word_find(
            Self.textLevel, &words, text.tokens.pointer, text.starts.pointer + chunk.first,
            chunk.count, chunk.places, lengths.lowerBound, lengths.upperBound,
            counting.hashes.pointer)
    }
}

extension TfidfNgrams {
    /// Counts the terms among the n-grams of a text's tokens.
    func countTokens(_ text: UnsafeBufferPointer<UInt8>, in scratch: inout FeatureScratch) {
        let words = options.words ?? .standard
        let tokens = unsafe words.cut(
            text, lowercase: lowercase, stripAccents: options.stripAccents, in: &scratch)
        scratch.beginTerms(featureCount, ngrams: tokens * ngramRange.count)
        var table = unsafe table.words
        scratch.forEachChunk(ofTokens: tokens, ngramRange) { scratch, chunk, found in
            unsafe scratch.find(&table, chunk, ngramRange)
            scratch.countTerms(found)
        }
        scratch.finishTerms(self)
    }
}
