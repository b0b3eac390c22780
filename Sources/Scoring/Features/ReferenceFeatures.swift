import Lifecycle

/// The features of a text by the book: strings, arrays and a dictionary, one sentence of the
/// specification after the other, sharing no step with the fast path but Python's letter tables.
///
/// For tests, and for checks outside the stream; takes milliseconds and allocates freely.
package enum ReferenceFeatures {
    /// The features of `text`, index ascending, stored zeros included.
    package static func features(of text: [UInt8], by ngrams: HashedNgrams) -> [Feature] {
        var cells: [Int: Double] = [:]
        for key in keys(of: text, by: ngrams) {
            let hash = Int64(Int32(bitPattern: MurmurHash3.hash32(key, seed: 0)))
            let index = Int(hash.magnitude % UInt64(ngrams.featureCount))
            cells[index, default: 0] += ngrams.alternateSign && hash < 0 ? -1 : 1
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

    private static func keys(of text: [UInt8], by ngrams: HashedNgrams) -> [[UInt8]] {
        switch ngrams.analyzer {
        case .byte: return windows(text.map { [$0] }, ngrams.ngramRange)
        case .char:
            let units = prepared(text, lowercase: ngrams.lowercase).map { Array(String($0).utf8) }
            return windows(units, ngrams.ngramRange)
        case .charWordBoundaries:
            let words = prepared(text, lowercase: ngrams.lowercase)
                .split(whereSeparator: isWhiteSpace)
            return words.flatMap { word in
                let padded = [" "] + word + [" "]
                return wordWindows(padded.map { Array(String($0).utf8) }, ngrams.ngramRange)
            }
        }
    }

    private static func windows(_ units: [[UInt8]], _ lengths: ClosedRange<Int>) -> [[UInt8]] {
        lengths.flatMap { length -> [[UInt8]] in
            guard units.count >= length else { return [] }
            return (0...units.count - length).map { Array(units[$0..<$0 + length].joined()) }
        }
    }

    private static func wordWindows(_ word: [[UInt8]], _ lengths: ClosedRange<Int>) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for length in lengths {
            if word.count <= length {
                keys.append(Array(word.joined()))
                break
            }
            keys += windows(word, length...length)
        }
        return keys
    }

    /// The text decoded, lowered and folded: steps 1 to 3 of the specification.
    package static func prepared(_ text: [UInt8], lowercase: Bool) -> [Unicode.Scalar] {
        var scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        if lowercase { scalars = lowered(scalars) }
        var folded: [Unicode.Scalar] = []
        var rest = scalars[...]
        while let first = rest.first {
            let run = rest.prefix(while: isWhiteSpace)
            folded.append(run.count > 1 ? " " : first)
            rest = rest.dropFirst(max(1, run.count))
        }
        return folded
    }

    private static func lowered(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        scalars.indices.flatMap { position -> [Unicode.Scalar] in
            let scalar = scalars[position]
            if scalar == "\u{130}" { return ["i", "\u{307}"] }
            if scalar == "\u{3A3}" {
                let before = scalars[..<position].last { !has($0, CharacterTable.ignorableFlag) }
                let after = scalars[(position + 1)...].first {
                    !has($0, CharacterTable.ignorableFlag)
                }
                let isFinal =
                    before.map { has($0, CharacterTable.casedFlag) } ?? false
                    && !(after.map { has($0, CharacterTable.casedFlag) } ?? false)
                return [isFinal ? "\u{3C2}" : "\u{3C3}"]
            }
            let delta = CharacterTable.shared.entry(scalar.value) >> CharacterTable.deltaShift
            return [Unicode.Scalar(UInt32(Int32(scalar.value) + delta)) ?? scalar]
        }
    }

    private static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        has(scalar, CharacterTable.whiteSpaceFlag)
    }

    private static func has(_ scalar: Unicode.Scalar, _ flag: Int32) -> Bool {
        CharacterTable.shared.entry(scalar.value) & flag != 0
    }
}
