/// What is a token to the word analyzer: scikit-learn's `token_pattern`, of the forms that people
/// write.
///
/// One class of characters, repeated, with `\b` or without on either side. What a regular
/// expression of that form finds are runs of the class, so nothing here tries and goes back.
package struct TokenPattern: Sendable, Equatable {
    /// As it was written.
    package let text: String
    let inside: CharacterClass
    /// Characters that a token has at least.
    let shortest: Int
    /// And at most; nil: any number.
    let longest: Int?
    /// Whether a token begins, and ends, where a word does: `\b`.
    let beginsAtEdge: Bool
    let endsAtEdge: Bool
    /// What of ASCII is inside, as C looks it up: a byte for each lower half of a byte, its bit `n`
    /// for the upper half `n`.
    let nibbles: (low: UInt64, high: UInt64)
    /// Whether every run of the class that is long enough is a token: words have their edges
    /// anyway.
    let isPlain: Bool

    /// What scikit-learn's vectorizers take unless told otherwise: words of two and more
    /// characters.
    package static let standard = TokenPattern(
        text: #"(?u)\b\w\w+\b"#, inside: .word, shortest: 2, longest: nil, beginsAtEdge: true,
        endsAtEdge: true)

    /// What may be written, for errors.
    package static let usual =
        #"(?u)\b\w\w+\b, \b\w+\b, \w+, \w{3,}, \S+, [^\s]+, [a-zA-Z]+, [a-zA-Z0-9]+, "#
        + #"\b[a-z]{2,}\b and other repetitions of one class of characters, in one group or none"#

    init(
        text: String, inside: CharacterClass, shortest: Int, longest: Int?, beginsAtEdge: Bool,
        endsAtEdge: Bool
    ) {
        self.text = text
        self.inside = inside
        self.shortest = shortest
        self.longest = longest
        self.beginsAtEdge = beginsAtEdge
        self.endsAtEdge = endsAtEdge
        nibbles = inside.nibbles
        isPlain = longest == nil && (inside == .word || !(beginsAtEdge || endsAtEdge))
    }

    package static func == (one: TokenPattern, other: TokenPattern) -> Bool {
        // The rest is made of it, and it is ASCII.
        one.text == other.text
    }
}

/// A set of code points, as a regular expression of Python's names it: any of ASCII, and of the
/// others those of some kinds.
struct CharacterClass: Sendable, Equatable {
    /// Bit `n` for the code point `n` below 64, and `n - 64` from there on.
    var low: UInt64
    var high: UInt64
    /// Bit `k` for the code points above ASCII of the kind `k`, as `WordTable` tells them.
    var kinds: UInt8

    static let word = CharacterClass(WordTable.wordFlag)
    static let digit = CharacterClass(WordTable.digitFlag)
    static let space = CharacterClass(WordTable.spaceFlag)
    static let nothing = CharacterClass(low: 0, high: 0, kinds: 0)

    init(low: UInt64, high: UInt64, kinds: UInt8) {
        self.low = low
        self.high = high
        self.kinds = kinds
    }

    /// All code points with a flag of `WordTable`.
    private init(_ flag: UInt8) {
        self = .nothing
        for byte in UInt8(0)..<0x80 where WordTable.kind(ofASCII: byte) & flag != 0 {
            insert(byte)
        }
        for kind in UInt8(0)..<8 where kind & flag != 0 { kinds |= 1 << kind }
    }

    mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
    }

    func union(_ other: CharacterClass) -> CharacterClass {
        CharacterClass(
            low: low | other.low, high: high | other.high, kinds: kinds | other.kinds)
    }

    var inverted: CharacterClass { CharacterClass(low: ~low, high: ~high, kinds: ~kinds) }

    var nibbles: (low: UInt64, high: UInt64) {
        var nibbles: (low: UInt64, high: UInt64) = (0, 0)
        for byte in UInt64(0)..<0x80 where contains(UInt32(byte), kind: 0) {
            let bit = 8 * (byte & 7) + byte >> 4
            if byte & 15 < 8 { nibbles.low |= 1 << bit } else { nibbles.high |= 1 << bit }
        }
        return nibbles
    }

    func isSubset(of other: CharacterClass) -> Bool { union(other) == other }

    /// Whether a code point is in it, given its kind.
    @inline(__always)
    func contains(_ codePoint: UInt32, kind: UInt8) -> Bool {
        if codePoint >= 0x80 { return kinds &>> kind & 1 != 0 }
        return (codePoint < 64 ? low : high) &>> UInt64(codePoint & 63) & 1 != 0
    }
}
