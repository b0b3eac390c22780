extension TokenPattern {
    /// Reads a pattern; nil for one that is more than a repeated class of characters.
    package init?(_ text: String) {
        var reader = PatternReader(text)
        _ = reader.skip("(?u)")
        var begins = reader.skip(#"\b"#)
        let isGroup = reader.skip("(?:") || reader.skip("(")
        if reader.skip(#"\b"#) { begins = true }
        guard let repeated = reader.repeated() else { return nil }
        var ends = reader.skip(#"\b"#)
        if isGroup {
            guard reader.skip(")") else { return nil }
            if reader.skip(#"\b"#) { ends = true }
        }
        guard reader.isAtEnd else { return nil }
        if repeated.longest != nil {
            // Else a longer run would be cut into several tokens.
            guard begins, ends, repeated.inside.isSubset(of: .word) else { return nil }
        }
        self.init(
            text: text, inside: repeated.inside, shortest: repeated.shortest,
            longest: repeated.longest, beginsAtEdge: begins, endsAtEdge: ends)
    }
}

/// Walks a regular expression; every character is ASCII, or nothing is read.
private struct PatternReader {
    private var rest: ArraySlice<UInt8>

    /// Characters that a token must have at most for a pattern to be taken: no one writes more.
    private static let lengthMax = 1_000

    init(_ text: String) {
        let bytes = Array(text.utf8)
        rest = bytes.count <= 256 && bytes.allSatisfy { $0 < 0x80 } ? bytes[...] : [0]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ word: String) -> Bool {
        guard rest.starts(with: word.utf8) else { return false }
        rest = rest.dropFirst(word.utf8.count)
        return true
    }

    /// One class over and over: how often at least, and at most unless without end.
    mutating func repeated() -> (inside: CharacterClass, shortest: Int, longest: Int?)? {
        var found: CharacterClass?
        var shortest = 0
        var most: Int? = 0
        while let next = characterClass() {
            guard found == nil || found == next, let times = quantifier() else { return nil }
            found = next
            shortest += times.least
            most = if let most, let more = times.most { most + more } else { nil }
        }
        guard let found, (1...Self.lengthMax).contains(shortest), found != .nothing,
            most ?? shortest >= shortest
        else { return nil }
        return (found, shortest, most)
    }

    private mutating func quantifier() -> (least: Int, most: Int?)? {
        var times: (least: Int, most: Int?) = (1, 1)
        if skip("+") {
            times = (1, nil)
        } else if skip("*") {
            times = (0, nil)
        } else if skip("{") {
            guard let least = number() else { return nil }
            times = (least, least)
            if skip(",") { times.most = number() }
            guard skip("}"), times.most ?? least >= least else { return nil }
        }
        // What comes behind a repetition would change how it is tried.
        guard let next = rest.first else { return times }
        return "?+*{".utf8.contains(next) ? nil : times
    }

    private mutating func number() -> Int? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard (1...4).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { 10 * $0 + Int($1 - 0x30) }
    }

    private mutating func characterClass() -> CharacterClass? {
        if skip("[") { return bracket() }
        let before = rest
        if skip(#"\"#), let letter = rest.popFirst(), let named = Self.named(letter) {
            return named
        }
        rest = before
        return nil
    }

    /// What a backslash and a letter stand for.
    private static func named(_ letter: UInt8) -> CharacterClass? {
        switch letter {
        case UInt8(ascii: "w"): .word
        case UInt8(ascii: "W"): CharacterClass.word.inverted
        case UInt8(ascii: "d"): .digit
        case UInt8(ascii: "D"): CharacterClass.digit.inverted
        case UInt8(ascii: "s"): .space
        case UInt8(ascii: "S"): CharacterClass.space.inverted
        default: nil
        }
    }

    /// What stands between brackets.
    private mutating func bracket() -> CharacterClass? {
        let isInverted = skip("^")
        var found = CharacterClass.nothing
        // A bracket that closes at once is a character to Python.
        guard rest.first != UInt8(ascii: "]") else { return nil }
        while !skip("]") {
            if rest.first == UInt8(ascii: "\\"), let letter = rest.dropFirst().first,
                let named = Self.named(letter)
            {
                rest = rest.dropFirst(2)
                found = found.union(named)
                // A range from a class to a character is an error to Python.
                if rest.first == UInt8(ascii: "-"), rest.dropFirst().first != UInt8(ascii: "]") {
                    return nil
                }
                continue
            }
            guard let first = character() else { return nil }
            var last = first
            if rest.first == UInt8(ascii: "-"), rest.dropFirst().first != UInt8(ascii: "]") {
                rest = rest.dropFirst()
                guard let end = character(), end >= first else { return nil }
                last = end
            }
            for byte in first...last { found.insert(byte) }
        }
        return isInverted ? found.inverted : found
    }

    /// A character for itself, or one behind a backslash that takes its meaning away.
    private mutating func character() -> UInt8? {
        guard let first = rest.popFirst(), first != UInt8(ascii: "["), first != UInt8(ascii: "]")
        else { return nil }
        // Python warns of these: they may come to mean operations of sets.
        if rest.first == first, "-&~|".utf8.contains(first) { return nil }
        guard first == UInt8(ascii: "\\") else { return first }
        guard let escaped = rest.popFirst() else { return nil }
        switch escaped {
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return nil
        default: return escaped
        }
    }
}
