/// Tokens by the book: what a regular expression finds that tries every end from the longest to the
/// shortest.
extension ReferenceNgrams {
    /// The code points without accents, each standing for what it came from.
    static func stripped(_ units: [Unit], _ accents: StripAccents?) -> [Unit] {
        guard let accents else { return units }
        return units.flatMap { unit -> [Unit] in
            var parts: [Unit] = []
            AccentTable.shared.forEach(unit.scalar.value) { part in
                guard accents == .unicode || part < 0x80 else { return }
                guard let scalar = Unicode.Scalar(part) else { return }
                parts.append(Unit(scalar: scalar, source: unit.source))
            }
            return parts
        }
    }

    /// The tokens of a text, stop words left out.
    static func tokens(_ units: [Unit], _ words: WordTokens) -> [ArraySlice<Unit>] {
        let pattern = words.pattern
        let stops = Set(words.stopWords ?? [])
        func isWord(_ place: Int) -> Bool {
            units.indices.contains(place)
                && WordTable.shared.kind(units[place].scalar.value) & WordTable.wordFlag != 0
        }
        func isInside(_ place: Int) -> Bool {
            let codePoint = units[place].scalar.value
            return pattern.inside.contains(codePoint, kind: WordTable.shared.kind(codePoint))
        }
        func isEdge(_ place: Int) -> Bool { isWord(place - 1) != isWord(place) }
        var found: [ArraySlice<Unit>] = []
        var start = 0
        while start < units.count {
            var end = start
            while end < units.count, end - start < pattern.longest ?? .max, isInside(end) {
                end += 1
            }
            while end - start >= pattern.shortest, pattern.endsAtEdge, !isEdge(end) { end -= 1 }
            guard end - start >= pattern.shortest, !pattern.beginsAtEdge || isEdge(start) else {
                start += 1
                continue
            }
            let token = units[start..<end]
            if !stops.contains(joined(token.map(occurrence)[...]).key) { found.append(token) }
            start = end
        }
        return found
    }

    /// The n-grams of tokens, joined by one blank.
    static func tokenWindows(
        _ tokens: [ArraySlice<Unit>], _ lengths: ClosedRange<Int>
    ) -> [Occurrence] {
        let tokens = tokens.map { joined($0.map(occurrence)[...]) }
        return lengths.flatMap { length -> [Occurrence] in
            guard tokens.count >= length else { return [] }
            return (0...tokens.count - length).map { first in
                let some = tokens[first..<first + length]
                return Occurrence(
                    key: Array(some.map(\.key).joined(separator: [0x20])),
                    source: joined(some).source)
            }
        }
    }
}
