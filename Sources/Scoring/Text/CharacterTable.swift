/// What lowering and folding must know of each code point, expanded once from `CaseData`.
///
/// About 90 KB; the first use builds it, in under a millisecond.
struct CharacterTable: Sendable {
    static let shared = CharacterTable()

    /// U+0130 lowers to `i` and U+0307: the only lower case of two code points.
    static let dottedCapitalI: UInt32 = 0x130
    static let combiningDot: UInt32 = 0x307
    static let capitalSigma: UInt32 = 0x3A3

    static let whiteSpaceFlag: Int32 = 1
    /// Cased, and not case-ignorable.
    static let casedFlag: Int32 = 2
    static let ignorableFlag: Int32 = 4
    /// An entry is the lower case minus the code point, shifted by this, and the flags.
    static let deltaShift: Int32 = 3

    static let pageBits: UInt32 = 7
    private static let codePoints = 0x11_0000

    /// Which page of `entries` holds a code point: its value shifted by `pageBits` is the index.
    let pages: [UInt8]
    let entries: [Int32]

    private init() {
        var flat = [Int32](repeating: 0, count: Self.codePoints)
        Self.mark(&flat, CaseData.whiteSpace, Self.whiteSpaceFlag)
        Self.mark(&flat, CaseData.cased, Self.casedFlag)
        Self.mark(&flat, CaseData.caseIgnorable, Self.ignorableFlag)
        for run in stride(from: 0, to: CaseData.lowerRuns.count, by: 4) {
            let (first, last) = (CaseData.lowerRuns[run], CaseData.lowerRuns[run + 1])
            let (step, delta) = (CaseData.lowerRuns[run + 2], CaseData.lowerRuns[run + 3])
            for codePoint in stride(from: Int(first), through: Int(last), by: Int(step)) {
                flat[codePoint] |= delta << Self.deltaShift
            }
        }
        var numbers: [[Int32]: UInt8] = [:]
        var pages: [UInt8] = []
        var entries: [Int32] = []
        let pageSize = 1 << Int(Self.pageBits)
        for start in stride(from: 0, to: Self.codePoints, by: pageSize) {
            let page = Array(flat[start..<start + pageSize])
            if let number = numbers[page] {
                pages.append(number)
            } else {
                // There are 159 distinct pages, and the tests read every code point back.
                let number = UInt8(truncatingIfNeeded: numbers.count)
                numbers[page] = number
                pages.append(number)
                entries += page
            }
        }
        self.pages = pages
        self.entries = entries
    }

    private static func mark(_ flat: inout [Int32], _ ranges: [Int32], _ flag: Int32) {
        for range in stride(from: 0, to: ranges.count, by: 2) {
            for codePoint in Int(ranges[range])...Int(ranges[range + 1]) {
                flat[codePoint] |= flag
            }
        }
    }

    /// The entry of a code point below 0x110000, with bounds checks.
    func entry(_ codePoint: UInt32) -> Int32 {
        let page = Int(pages[Int(codePoint >> Self.pageBits)])
        return entries[page << Int(Self.pageBits) + Int(codePoint & (1 << Self.pageBits - 1))]
    }
}
