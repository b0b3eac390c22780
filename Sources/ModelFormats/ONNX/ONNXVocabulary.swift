import Lifecycle

/// The n-grams of a TfIdfVectorizer, in the order of its columns.
struct ONNXVocabulary {
    let terms: [[UInt8]]

    /// - Throws: `SwerveError.invalid` where the pool, the counts and the columns do not go
    ///   together.
    init(_ op: ONNXOperator, lengths: ClosedRange<Int>) throws(SwerveError) {
        guard let pool = try op.ranges("pool_strings"), let starts = try op.ints("ngram_counts"),
            let columns = try op.ints("ngram_indexes")
        else { throw op.wrong("it needs pool_strings, ngram_counts and ngram_indexes") }
        guard columns.count <= Limits.hashedFeatures, !columns.isEmpty else {
            throw op.wrong("\(columns.count) n-grams are not supported")
        }
        guard starts.count <= Limits.ngramLength, starts.first == 0 else {
            throw op.wrong("ngram_counts does not begin with 0")
        }
        var found = [[UInt8]?](repeating: nil, count: columns.count)
        var ngram = 0
        for (position, start) in starts.enumerated() {
            let length = position + 1
            let end = position + 1 < starts.count ? starts[position + 1] : Int64(pool.count)
            guard start <= end, end <= pool.count, (end - start).isMultiple(of: Int64(length))
            else { throw op.wrong("ngram_counts does not divide the \(pool.count) pool_strings") }
            guard start == end || lengths.contains(length) else {
                throw op.wrong("n-grams of length \(length) that it does not count")
            }
            for first in stride(from: Int(start), to: Int(end), by: length) {
                guard ngram < columns.count, let column = Int(exactly: columns[ngram]),
                    found.indices.contains(column), found[column] == nil
                else { throw op.wrong("ngram_indexes are not the columns from 0, each once") }
                found[column] = try Self.term(pool[first..<(first + length)], op)
                ngram += 1
            }
        }
        guard ngram == columns.count else {
            throw op.wrong("\(columns.count) ngram_indexes for \(ngram) n-grams")
        }
        terms = found.compactMap { $0 }
    }

    /// The characters of one n-gram, each of which is one text of the pool.
    private static func term(
        _ tokens: ArraySlice<Range<Int>>, _ op: ONNXOperator
    ) throws(SwerveError) -> [UInt8] {
        var term: [UInt8] = []
        term.reserveCapacity(4 * tokens.count)
        for token in tokens {
            // Most are ASCII, and there are tens of thousands.
            if token.count == 1, op.bytes[token.lowerBound] < 0x80 {
                term.append(op.bytes[token.lowerBound])
                continue
            }
            let text = try op.text(token, "pool_strings")
            guard text.unicodeScalars.count == 1 else {
                throw op.wrong("'\(text.shortened(to: 40))' in pool_strings is not one character")
            }
            term += op.bytes[token]
        }
        return term
    }
}
