/// What regular expressions of Python 3.11 (Unicode 14) take for word characters, digits and white
/// space, expanded once from `WordData`.
///
/// About 50 KB; the first use builds it.
struct WordTable: Sendable {
    static let shared = WordTable()

    /// `\w`: `str.isalnum()`, or the underscore.
    static let wordFlag: UInt8 = 1
    /// `\d`: the digits of any script; all of them are word characters.
    static let digitFlag: UInt8 = 2
    /// `\s`: `str.isspace()`.
    static let spaceFlag: UInt8 = 4

    private typealias Kinds = PagedTable<UInt8, UInt16>

    private let kinds: PagedTable<UInt8, UInt16>

    private init() {
        var flat = [UInt8](repeating: 0, count: Kinds.codePoints)
        for byte in 0..<0x80 { flat[byte] = Self.kind(ofASCII: UInt8(byte)) }
        Kinds.mark(&flat, WordData.words, Self.wordFlag)
        Kinds.mark(&flat, CaseData.whiteSpace, Self.spaceFlag)
        for zero in WordData.zeros {
            for digit in zero..<zero + 10 { flat[Int(digit)] |= Self.digitFlag }
        }
        kinds = Kinds(flat)
    }

    /// The flags of a code point below 0x110000.
    func kind(_ codePoint: UInt32) -> UInt8 { kinds[codePoint] }

    /// The flags of an ASCII character.
    static func kind(ofASCII byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30...0x39: wordFlag | digitFlag
        case 0x41...0x5A, 0x5F, 0x61...0x7A: wordFlag
        case 0x09...0x0D, 0x1C...0x20: spaceFlag
        default: 0
        }
    }
}
