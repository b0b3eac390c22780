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
            lowercase: ngrams.lowercase, options: ngrams.options)
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

extension ReferenceFeatures {
    /// The 30 lexical features by the book: strings and arrays, count by count.
    ///
    /// For tests; entropy's logarithm aside, it shares nothing with the fast path.
    package static func lexical(
        method: [UInt8], path: [UInt8], query: [UInt8], body: [UInt8],
        logarithm: (Double) -> Double
    ) -> [Double] {
        let target = path + (query.isEmpty ? [] : Array("?".utf8) + query)
        let rest = target + Array("\n".utf8) + body
        return lexical(
            text: method + Array(" ".utf8) + rest, rest: rest, method: method, path: path,
            query: query, body: body, logarithm: logarithm)
    }

    private static func lexical(
        text: [UInt8], rest: [UInt8], method: [UInt8], path: [UInt8], query: [UInt8],
        body: [UInt8], logarithm: (Double) -> Double
    ) -> [Double] {
        let decoded = percentDecoded(rest)
        func count(_ bytes: [UInt8], _ isCounted: (UInt8) -> Bool) -> Double {
            Double(bytes.filter(isCounted).count)
        }
        func marks(_ marks: String) -> Double { count(decoded, Set(marks.utf8).contains) }
        func isAlphanumeric(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) && byte != 0x5F }
        let parameters = [query, body].reduce(0) { sum, part in
            sum + (part.isEmpty ? 0 : count(part) { $0 == 0x26 } + 1)
        }
        var entropy = 0.0
        for byte in UInt8.min...UInt8.max {
            let share = count(text) { $0 == byte } / Double(max(1, text.count))
            if share > 0 { entropy -= share * logarithm(share) }
        }
        let tokens = decoded.split { !isLetterOrDigit($0) }.map { token in
            String(decoding: token, as: UTF8.self).lowercased()
        }
        let digits = count(text) { (0x30...0x39).contains($0) }
        let lists = LexicalTables.words.map(\.words)
        return [
            Double(text.count), Double(path.count), Double(query.count), Double(body.count),
            count(path) { $0 == 0x2F }, parameters, count(text) { $0 == 0x25 }, digits,
            count(text) { (0x41...0x5A).contains($0) }, count(text) { (0x61...0x7A).contains($0) },
            count(text) { $0 >= 0x80 }, count(text) { $0 < 0x20 || $0 == 0x7F },
            marks("'\"`"), marks("<>"), marks("()"), marks(";|$\\"), pairs("..", in: decoded),
            marks("="), pairs("--", in: decoded) + marks("#") + pairs("/*", in: decoded),
            marks(" "), marks("*,!@^{}[]"), entropy, Double(tokens.map(\.utf8.count).max() ?? 0),
            Double(tokens.count), digits / Double(max(1, text.count)),
            count(decoded) { !isAlphanumeric($0) } / Double(max(1, decoded.count)),
            Double(tokens.filter(lists[0].contains).count),
            Double(tokens.filter(lists[1].contains).count),
            Double(tokens.filter(lists[2].contains).count), method == Array("POST".utf8) ? 1 : 0,
        ]
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return byte < 0x80 && (character.isLetter || character.isNumber || character == "_")
    }

    private static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            let isHex = digits.count == 2 && digits.allSatisfy { $0 < 0x80 && isHexDigit($0) }
            let hex = String(decoding: digits, as: UTF8.self)
            if byte == 0x25, isHex, let value = UInt8(hex, radix: 16) {
                decoded.append(value)
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte == 0x2B ? 0x20 : byte)
            }
        }
        return decoded
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        Character(Unicode.Scalar(byte)).isHexDigit
    }

    /// How often two bytes stand side by side, without overlaps.
    private static func pairs(_ pair: String, in bytes: [UInt8]) -> Double {
        var (found, rest) = (0.0, bytes[...])
        while rest.count >= 2 {
            let isPair = rest.starts(with: pair.utf8)
            found += isPair ? 1 : 0
            rest = rest.dropFirst(isPair ? 2 : 1)
        }
        return found
    }
}
