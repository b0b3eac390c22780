import Lifecycle

/// The features of a text by the book: strings, arrays and a dictionary, one sentence of the
/// specification after the other, sharing no step with the fast path but Python's letter tables.
///
/// For tests, and for checks outside the stream; takes milliseconds and allocates freely.
package enum ReferenceFeatures {
    /// The features of `text`, index ascending, stored zeros included.
    package static func features(of text: [UInt8], by ngrams: HashedNgrams) -> [Feature] {
        var cells: [Int: Double] = [:]
        for ngram in ReferenceNgrams.occurrences(
            in: text, analyzer: ngrams.analyzer, lengths: ngrams.ngramRange,
            lowercase: ngrams.lowercase)
        {
            let cell = cell(of: ngram.key, by: ngrams)
            cells[cell.index, default: 0] += cell.isNegative ? -1 : 1
        }
        if ngrams.binary { cells = cells.mapValues { _ in 1 } }
        let divisor: Double
        switch ngrams.norm {
        case .l2: divisor = cells.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        case .l1: divisor = cells.values.reduce(0) { $0 + $1.magnitude }
        case nil: divisor = 1
        }
        return cells.sorted { $0.key < $1.key }
            .map { Feature(index: $0.key, value: divisor == 0 ? $0.value : $0.value / divisor) }
    }

    /// The text decoded, lowered and folded: steps 1 to 3 of the specification.
    package static func prepared(_ text: [UInt8], lowercase: Bool) -> [Unicode.Scalar] {
        ReferenceNgrams.prepared(text, lowercase: lowercase).map(\.scalar)
    }

    /// The feature that an n-gram counts for, and whether as -1.
    package static func cell(
        of key: [UInt8], by ngrams: HashedNgrams
    ) -> (index: Int, isNegative: Bool) {
        let hash = Int64(Int32(bitPattern: MurmurHash3.hash32(key, seed: 0)))
        let index = Int(hash.magnitude % UInt64(ngrams.featureCount))
        return (index, ngrams.alternateSign && hash < 0)
    }
}
