/// What `strip_accents` makes of each code point: its compatibility decomposition (NFKD) of Unicode
/// 14 without combining characters, expanded once from `AccentData`.
///
/// Nothing is put in order: the characters that normalisation would reorder are those that are
/// dropped. About 120 KB; the first use builds it.
struct AccentTable: Sendable {
    static let shared = AccentTable()

    /// How many bytes of UTF-8, and code points, one byte becomes at most.
    ///
    /// U+FDFA, three bytes, is 18 code points of two bytes, but for its blanks.
    static let bytesPerByte = 11
    static let pointsPerByte = 6

    private static let hangul: ClosedRange<UInt32> = 0xAC00...0xD7A3

    /// Where in `parts` a decomposition begins, shifted by 8, and how long it is; `same` for a code
    /// point that stays what it is.
    private let spans: PagedTable<UInt32, UInt16>
    private let parts: [UInt32]

    private static let same = UInt32.max

    private init() {
        var flat = [UInt32](repeating: Self.same, count: PagedTable<UInt32, UInt16>.codePoints)
        var parts: [UInt32] = []
        for run in AccentData.dropped.chunks(of: 2) {
            for codePoint in run[0]...run[1] { flat[Int(codePoint)] = 0 }
        }
        func put(_ codePoint: Int32, _ decomposition: ArraySlice<Int32>) {
            flat[Int(codePoint)] = UInt32(parts.count) << 8 | UInt32(decomposition.count)
            parts += decomposition.map { UInt32(bitPattern: $0) }
        }
        for run in AccentData.runs.chunks(of: 4) {
            for index in 0..<run[1] {
                put(run[0] + index * max(1, run[2]), [run[3] + (run[2] == 0 ? 0 : index)])
            }
        }
        var singles = AccentData.singles[...]
        while let first = singles.popFirst(), let count = singles.popFirst() {
            for index in 0..<count { put(first + index, singles.prefix(Int(index) + 1).suffix(1)) }
            singles = singles.dropFirst(Int(count))
        }
        for list in [AccentData.several, AccentData.more] {
            var rest = list[...]
            while let first = rest.popFirst(), let count = rest.popFirst() {
                for index in 0..<count {
                    let length = Int(rest.popFirst() ?? 0)
                    put(first + index, rest.prefix(length))
                    rest = rest.dropFirst(length)
                }
            }
        }
        spans = PagedTable(flat)
        self.parts = parts
    }

    /// Calls `body` with each code point that `codePoint`, below 0x110000, becomes.
    @inline(__always)
    func forEach(_ codePoint: UInt32, _ body: (UInt32) -> Void) {
        if Self.hangul.contains(codePoint) {
            let index = codePoint - Self.hangul.lowerBound
            body(0x1100 + index / 588)
            body(0x1161 + index % 588 / 28)
            if index % 28 != 0 { body(0x11A7 + index % 28) }
            return
        }
        let span = spans[codePoint]
        guard span != Self.same else { return body(codePoint) }
        let first = Int(span >> 8)
        for place in first..<first + Int(span & 0xFF) { body(parts[place]) }
    }
}

extension Array {
    /// One after the other, `size` elements each.
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
    }
}
