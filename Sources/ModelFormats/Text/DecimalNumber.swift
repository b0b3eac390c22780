internal import CNumbers

/// Strict decimal numbers in a text; the one place of this room that hands memory to C.
package enum DecimalNumber {
    /// The number at the beginning of some bytes, and how many of them it takes; as below.
    package static func read(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) -> (value: Double, length: Int)? {
        guard let start = bytes.baseAddress else { return nil }
        var value = 0.0
        let length = unsafe start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
            unsafe Int(cnumbers_parse_double($0, $0 + bytes.count, &value))
        }
        return length > 0 ? (value, length) : nil
    }

    /// The number at the beginning of `range`, and how many bytes it takes.
    ///
    /// Nil where there is none. Correctly rounded, no locale, no allocation. May be infinite or
    /// NaN: the file said so, or the number is beyond a double; callers refuse those.
    static func read(
        _ bytes: [UInt8], _ range: Range<Int>
    ) -> (value: Double, length: Int)? {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, !range.isEmpty else {
            return nil
        }
        var value = 0.0
        let length = unsafe bytes.withUnsafeBytes { raw -> Int in
            let text = unsafe raw.bindMemory(to: CChar.self)
            guard let start = text.baseAddress else { return 0 }
            return unsafe Int(
                cnumbers_parse_double(start + range.lowerBound, start + range.upperBound, &value))
        }
        return length > 0 ? (value, length) : nil
    }

    /// Reads whole lines of `columns` finite numbers each from `position` on, as many as `numbers`
    /// has room for, and stops before the first line that is anything else.
    ///
    /// - Returns: how many lines, and how many bytes they take.
    static func readLines(
        _ bytes: [UInt8], from position: Int, columns: Int, into numbers: inout [Double]
    ) -> (lines: Int, length: Int) {
        guard columns > 0, (0...bytes.count).contains(position) else { return (0, 0) }
        return unsafe bytes.withUnsafeBytes { raw in
            unsafe numbers.withUnsafeMutableBufferPointer { numbers in
                let text = unsafe raw.bindMemory(to: CChar.self)
                guard let start = text.baseAddress, let out = numbers.baseAddress else {
                    return (0, 0)
                }
                var length = 0
                let lines = unsafe cnumbers_parse_lines(
                    start + position, start + text.count, columns, numbers.count / columns, out,
                    &length)
                return (lines, length)
            }
        }
    }

    /// The finite number that the whole of `text` is, nil if it is none.
    static func whole(_ text: some StringProtocol) -> Double? {
        let bytes = Array(text.utf8)
        guard let (value, length) = read(bytes, 0..<bytes.count), length == bytes.count,
            value.isFinite
        else { return nil }
        return value
    }
}
