/// A value for each code point, of which equal pages of 128 are kept once.
///
/// Immutable. `Page` counts the distinct pages: one byte is enough for most properties of Unicode.
struct PagedTable<Value: Hashable & Sendable, Page: FixedWidthInteger & Sendable>: Sendable {
    /// A code point shifted by this is the index of its page.
    @inline(__always) static var pageBits: UInt32 { 7 }
    static var codePoints: Int { 0x11_0000 }

    /// Which page of `values` holds a code point.
    let pages: [Page]
    let values: [Value]

    /// - Parameter flat: one value for each code point, `codePoints` in all, of at most as many
    ///   distinct pages as `Page` counts.
    init(_ flat: [Value]) {
        precondition(flat.count == Self.codePoints, "one value for each code point")
        var numbers: [[Value]: Page] = [:]
        var pages: [Page] = []
        var values: [Value] = []
        let pageSize = 1 << Int(Self.pageBits)
        for start in stride(from: 0, to: flat.count, by: pageSize) {
            let page = Array(flat[start..<start + pageSize])
            if let number = numbers[page] {
                pages.append(number)
            } else {
                let number = Page(numbers.count)
                numbers[page] = number
                pages.append(number)
                values += page
            }
        }
        self.pages = pages
        self.values = values
    }

    /// The value of a code point below 0x110000, with bounds checks.
    @inline(__always)
    subscript(_ codePoint: UInt32) -> Value {
        let page = Int(pages[Int(codePoint >> Self.pageBits)])
        return values[page << Int(Self.pageBits) + Int(codePoint & (1 << Self.pageBits - 1))]
    }

    /// Sets `flag` for the code points of `ranges`: the first and the last of each, in turn.
    static func mark(_ flat: inout [Value], _ ranges: [Int32], _ flag: Value)
    where Value: BinaryInteger {
        for range in stride(from: 0, to: ranges.count, by: 2) {
            for codePoint in Int(ranges[range])...Int(ranges[range + 1]) {
                flat[codePoint] |= flag
            }
        }
    }
}
