import Lifecycle
import Testing

@testable import Scoring

/// Short ways to the word analyzer for the tests.
enum Tokens {
    /// Options with a pattern that there is; else the test fails where the tokens are wrong.
    static func options(
        _ pattern: String, accents: StripAccents? = nil, stops: [String]? = nil
    ) -> TextOptions {
        let words = try? WordTokens(
            pattern: TokenPattern(pattern) ?? .standard, stopWords: stops)
        return TextOptions(stripAccents: accents, words: words ?? .standard)
    }

    /// The tokens of a text by the fast path.
    static func cut(
        _ text: [UInt8], _ options: TextOptions, lowercase: Bool = true,
        in buffer: FeatureBuffer = FeatureBuffer()
    ) -> [[UInt8]] {
        let words = options.words ?? .standard
        let count = unsafe text.withUnsafeBufferPointer { text in
            unsafe words.cut(
                text, lowercase: lowercase, stripAccents: options.stripAccents, in: &buffer.scratch)
        }
        let memory = unsafe (buffer.scratch.text.tokens.pointer, buffer.scratch.text.starts.pointer)
        return (0..<count).map { token in
            let start = unsafe Int(memory.1[token])
            let end = unsafe Int(memory.1[token + 1]) - 1
            return unsafe Array(UnsafeBufferPointer(start: memory.0 + start, count: end - start))
        }
    }

    /// The same by the book.
    static func byTheBook(
        _ text: [UInt8], _ options: TextOptions, lowercase: Bool = true
    ) -> [[UInt8]] {
        ReferenceNgrams.occurrences(
            in: text, analyzer: .word, lengths: 1...1, lowercase: lowercase, options: options
        ).map(\.key)
    }
}
