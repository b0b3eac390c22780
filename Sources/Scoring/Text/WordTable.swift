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

    private static let pageBits = 7
    private static let codePoints = 0x11_0000

    /// Which page of `kinds` holds a code point: its value shifted by `pageBits` is the index.
    private let pages: [UInt16]
    private let kinds: [UInt8]

    private init() {
        var flat = [UInt8](repeating: 0, count: Self.codePoints)
        for byte in 0..<0x80 { flat[byte] = Self.kind(ofASCII: UInt8(byte)) }
        Self.mark(&flat, WordData.words, Self.wordFlag)
        Self.mark(&flat, CaseData.whiteSpace, Self.spaceFlag)
        for zero in WordData.zeros {
            for digit in zero..<zero + 10 { flat[Int(digit)] |= Self.digitFlag }
        }
        var numbers: [[UInt8]: UInt16] = [:]
        var pages: [UInt16] = []
        var kinds: [UInt8] = []
        let pageSize = 1 << Self.pageBits
        for start in stride(from: 0, to: Self.codePoints, by: pageSize) {
            let page = Array(flat[start..<start + pageSize])
            if let number = numbers[page] {
                pages.append(number)
            } else {
                let number = UInt16(truncatingIfNeeded: numbers.count)
                numbers[page] = number
                pages.append(number)
                kinds += page
            }
        }
        self.pages = pages
        self.kinds = kinds
    }

    private static func mark(_ flat: inout [UInt8], _ ranges: [Int32], _ flag: UInt8) {
        for range in stride(from: 0, to: ranges.count, by: 2) {
            for codePoint in Int(ranges[range])...Int(ranges[range + 1]) {
                flat[codePoint] |= flag
            }
        }
    }

    /// The flags of a code point below 0x110000.
    func kind(_ codePoint: UInt32) -> UInt8 {
        let page = Int(pages[Int(codePoint >> UInt32(Self.pageBits))])
        return kinds[page << Self.pageBits + Int(codePoint) & (1 << Self.pageBits - 1)]
    }

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
