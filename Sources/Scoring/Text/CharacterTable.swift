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

    private typealias Entries = PagedTable<Int32, UInt8>
    /// A code point shifted by this is the index of its page in `pages`.
    @inline(__always) static var pageBits: UInt32 { PagedTable<Int32, UInt8>.pageBits }

    /// There are 159 distinct pages.
    private let table: PagedTable<Int32, UInt8>
    var pages: [UInt8] { table.pages }
    var entries: [Int32] { table.values }

    private init() {
        var flat = [Int32](repeating: 0, count: Entries.codePoints)
        Entries.mark(&flat, CaseData.whiteSpace, Self.whiteSpaceFlag)
        Entries.mark(&flat, CaseData.cased, Self.casedFlag)
        Entries.mark(&flat, CaseData.caseIgnorable, Self.ignorableFlag)
        for run in stride(from: 0, to: CaseData.lowerRuns.count, by: 4) {
            let (first, last) = (CaseData.lowerRuns[run], CaseData.lowerRuns[run + 1])
            let (step, delta) = (CaseData.lowerRuns[run + 2], CaseData.lowerRuns[run + 3])
            for codePoint in stride(from: Int(first), through: Int(last), by: Int(step)) {
                flat[codePoint] |= delta << Self.deltaShift
            }
        }
        table = Entries(flat)
    }

    /// The entry of a code point below 0x110000, with bounds checks.
    func entry(_ codePoint: UInt32) -> Int32 { table[codePoint] }
}
