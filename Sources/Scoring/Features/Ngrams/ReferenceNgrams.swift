/// The n-grams of a text by the book, each with the bytes of the text that it was made of.
///
/// Shares no step with the fast path but Python's letter tables; takes milliseconds and allocates
/// freely.
package enum ReferenceNgrams {
    /// One code point (or byte) after decoding, lowering and folding.
    struct Unit {
        var scalar: Unicode.Scalar
        /// What of the text it stands for; a folded run's is the whole run.
        var source: Range<Int>
    }

    /// One n-gram where it occurs.
    package struct Occurrence: Sendable, Equatable {
        /// In UTF-8; for the byte analyzer the bytes themselves.
        package let key: [UInt8]
        /// The bytes of the text that it covers; the spaces around a word cover none.
        package let source: Range<Int>
    }

    /// Every n-gram of `text`, one after the other, repeated ones repeatedly.
    ///
    /// - Parameters:
    ///   - foldsWhiteSpace: and `simpleLowercase`: as in `TfidfNgrams`.
    ///   - options: as in either recipe.
    package static func occurrences(
        in text: [UInt8], analyzer: HashedNgrams.Analyzer, lengths: ClosedRange<Int>,
        lowercase: Bool, foldsWhiteSpace: Bool = true, simpleLowercase: Bool = false,
        options: TextOptions = TextOptions()
    ) -> [Occurrence] {
        let accents = options.stripAccents
        guard foldsWhiteSpace, !simpleLowercase else {
            var units = decoded(text)
            if lowercase { units = simpleLowercase ? units.map(simplyLowered) : lowered(units) }
            return windows((foldsWhiteSpace ? folded(units) : units).map(occurrence), lengths)
        }
        switch analyzer {
        case .byte:
            return windows(
                text.indices.map { Occurrence(key: [text[$0]], source: $0..<$0 + 1) }, lengths)
        case .char:
            return windows(
                prepared(text, lowercase: lowercase, accents).map(occurrence), lengths)
        case .word:
            let units = stripped(lowercase ? lowered(decoded(text)) : decoded(text), accents)
            return tokenWindows(tokens(units, options.words ?? .standard), lengths)
        case .charWordBoundaries:
            let words = prepared(text, lowercase: lowercase, accents)
                .split { isWhiteSpace($0.scalar) }
            return words.flatMap { word -> [Occurrence] in
                guard let first = word.first, let last = word.last else { return [] }
                let (start, end) = (first.source.lowerBound, last.source.upperBound)
                let padded =
                    [Occurrence(key: [0x20], source: start..<start)] + word.map(occurrence)
                    + [Occurrence(key: [0x20], source: end..<end)]
                return wordWindows(padded, lengths)
            }
        }
    }

    static func occurrence(_ unit: Unit) -> Occurrence {
        Occurrence(key: Array(String(unit.scalar).utf8), source: unit.source)
    }

    private static func windows(
        _ units: [Occurrence], _ lengths: ClosedRange<Int>
    ) -> [Occurrence] {
        lengths.flatMap { length -> [Occurrence] in
            guard units.count >= length else { return [] }
            return (0...units.count - length).map { joined(units[$0..<$0 + length]) }
        }
    }

    private static func wordWindows(
        _ word: [Occurrence], _ lengths: ClosedRange<Int>
    ) -> [Occurrence] {
        var found: [Occurrence] = []
        for length in lengths {
            if word.count <= length {
                found.append(joined(word[...]))
                break
            }
            found += windows(word, length...length)
        }
        return found
    }

    static func joined(_ units: ArraySlice<Occurrence>) -> Occurrence {
        let start = units.first?.source.lowerBound ?? 0
        return Occurrence(
            key: Array(units.map(\.key).joined()),
            source: start..<(units.last?.source.upperBound ?? start))
    }

    /// The text decoded, lowered, without accents where they go, and folded: scikit-learn's
    /// preparation.
    static func prepared(
        _ text: [UInt8], lowercase: Bool, _ accents: StripAccents? = nil
    ) -> [Unit] {
        let units = decoded(text)
        return folded(stripped(lowercase ? lowered(units) : units, accents))
    }

    static func folded(_ units: [Unit]) -> [Unit] {
        var folded: [Unit] = []
        var rest = units[...]
        while let first = rest.first {
            let run = rest.prefix { isWhiteSpace($0.scalar) }
            if run.count > 1, let last = run.last {
                folded.append(
                    Unit(
                        scalar: " ", source: first.source.lowerBound..<last.source.upperBound))
            } else {
                folded.append(first)
            }
            rest = rest.dropFirst(max(1, run.count))
        }
        return folded
    }

    /// UTF-8 with one U+FFFD for each maximal part that cannot be continued.
    private static func decoded(_ text: [UInt8]) -> [Unit] {
        var units: [Unit] = []
        var parser = Unicode.UTF8.ForwardParser()
        var bytes = text.makeIterator()
        var position = 0
        while true {
            switch parser.parseScalar(from: &bytes) {
            case .valid(let encoded):
                let end = position + encoded.count
                units.append(
                    Unit(scalar: Unicode.UTF8.decode(encoded), source: position..<end))
                position = end
            case .error(let length):
                units.append(Unit(scalar: "\u{FFFD}", source: position..<position + length))
                position += length
            case .emptyInput: return units
            }
        }
    }

    /// Lowered for itself, to one code point.
    private static func simplyLowered(_ unit: Unit) -> Unit {
        let lower: Unicode.Scalar? =
            switch unit.scalar {
            case "\u{130}": "i"
            case "\u{3A3}": "\u{3C3}"
            default: plainLower(unit.scalar)
            }
        return Unit(scalar: lower ?? unit.scalar, source: unit.source)
    }

    private static func plainLower(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        let delta = CharacterTable.shared.entry(scalar.value) >> CharacterTable.deltaShift
        return Unicode.Scalar(UInt32(Int32(scalar.value) + delta))
    }

    private static func lowered(_ units: [Unit]) -> [Unit] {
        units.indices.flatMap { position -> [Unit] in
            let unit = units[position]
            func become(_ scalar: Unicode.Scalar) -> Unit {
                Unit(scalar: scalar, source: unit.source)
            }
            if unit.scalar == "\u{130}" { return [become("i"), become("\u{307}")] }
            if unit.scalar == "\u{3A3}" {
                let before = units[..<position].last {
                    !has($0.scalar, CharacterTable.ignorableFlag)
                }
                let after = units[(position + 1)...].first {
                    !has($0.scalar, CharacterTable.ignorableFlag)
                }
                let isFinal =
                    before.map { has($0.scalar, CharacterTable.casedFlag) } ?? false
                    && !(after.map { has($0.scalar, CharacterTable.casedFlag) } ?? false)
                return [become(isFinal ? "\u{3C2}" : "\u{3C3}")]
            }
            return [become(plainLower(unit.scalar) ?? unit.scalar)]
        }
    }

    private static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        has(scalar, CharacterTable.whiteSpaceFlag)
    }

    private static func has(_ scalar: Unicode.Scalar, _ flag: Int32) -> Bool {
        CharacterTable.shared.entry(scalar.value) & flag != 0
    }
}
