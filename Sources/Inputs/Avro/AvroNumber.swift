internal import CSimdJSON

/// Numbers out of values of Avro.
enum AvroNumber {
    /// A decimal's digits behind the point from which on every value is 0: 32 bytes have fewer than
    /// 78 digits, and the smallest double has 324 zeros.
    static let scaleMax = 500
    /// The longest decimal.
    private static let decimalBytesMax = 32

    /// The double nearest to a value; nil for what is no number.
    ///
    /// - Parameters:
    ///   - value: its `whole`, or its bytes.
    ///   - takesFlags: whether true and false are 1 and 0.
    static func value(of type: AvroType, _ value: AvroFound, takesFlags: Bool) -> Double? {
        guard let start = unsafe value.start else { return nil }
        switch type.kind {
        case .int, .long: return whole(value.whole, type.logical)
        case .boolean: return takesFlags ? unsafe Double(start[0]) : nil
        case .float:
            return unsafe Double(Float(bitPattern: UInt32(littleEndian: load(start))))
        case .double: return unsafe Double(bitPattern: UInt64(littleEndian: load(start)))
        case .bytes, .fixed:
            let count = value.count
            guard type.logical == .decimal, count <= decimalBytesMax else { return nil }
            return unsafe decimal(start, count, scale: Int(type.scale))
        default: return nil
        }
    }

    private static func load<Number: FixedWidthInteger>(
        _ bytes: UnsafePointer<UInt8>
    ) -> Number {
        unsafe UnsafeRawPointer(bytes).loadUnaligned(as: Number.self)
    }

    /// Days and parts of seconds in seconds.
    private static func whole(_ value: Int64, _ logical: AvroLogical) -> Double {
        switch logical {
        case .date:
            let (seconds, isOver) = value.multipliedReportingOverflow(by: 86_400)
            return isOver ? Double(Int128(value) * 86_400) : Double(seconds)
        case .millis: return Double(value) / 1e3
        case .micros: return Double(value) / 1e6
        case .nanos: return Double(value) / 1e9
        case .none, .decimal, .uuid: return Double(value)
        }
    }

    /// The double nearest to unscaled / 10^scale, of at most 32 bytes in two's complement, the
    /// highest first.
    private static func decimal(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, scale: Int
    ) -> Double {
        // The lowest 64 bits first.
        var magnitude = SIMD4<UInt64>(repeating: 0)
        let isNegative = unsafe count > 0 && bytes[0] >= 0x80
        for place in 0..<decimalBytesMax {
            let outside: UInt8 = isNegative ? 0xFF : 0
            let byte = unsafe place < count ? bytes[count - 1 - place] : outside
            magnitude[place / 8] |= UInt64(byte) << UInt64(8 * (place % 8))
        }
        if isNegative {
            var carry = true
            for place in 0..<4 {
                magnitude[place] = ~magnitude[place] &+ (carry ? 1 : 0)
                carry = carry && magnitude[place] == 0
            }
        }
        let sign = isNegative ? -1.0 : 1.0
        let isSmall = magnitude[1] | magnitude[2] | magnitude[3] == 0
        if isSmall, magnitude[0] <= exactMax, scale <= powerMax {
            // Both are doubles without a rounding, so that their quotient is the nearest one.
            var power = 1.0
            for _ in 0..<scale { power *= 10 }
            return sign * (Double(magnitude[0]) / power)
        }
        return sign * nearest(&magnitude, scale: scale)
    }

    private static let exactMax: UInt64 = 1 << 53
    /// 10 to the power of 22 is a double.
    private static let powerMax = 22

    /// By way of decimal digits: those of 2^256 and an exponent.
    private static func nearest(_ magnitude: inout SIMD4<UInt64>, scale: Int) -> Double {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 96) { text in
            var start = 80
            let end = unsafe write("e-", scale, into: text, at: start)
            repeat {
                start -= 1
                unsafe text[start] = 0x30 + divideByTen(&magnitude)
            } while magnitude != .zero
            guard let first = text.baseAddress else { return 0 }
            return unsafe request_number(first + start, end - start)
        }
    }

    /// Divides, and answers the remainder.
    private static func divideByTen(_ number: inout SIMD4<UInt64>) -> UInt8 {
        var rest: UInt64 = 0
        for place in (0..<4).reversed() {
            (number[place], rest) = UInt64(10).dividingFullWidth((rest, number[place]))
        }
        return UInt8(truncatingIfNeeded: rest)
    }

    private static func write(
        _ word: StaticString, _ number: Int, into text: UnsafeMutableBufferPointer<UInt8>,
        at start: Int
    ) -> Int {
        var at = start
        for place in 0..<word.utf8CodeUnitCount {
            unsafe text[at] = unsafe word.utf8Start[place]
            at += 1
        }
        for power in [1_000, 100, 10, 1] {
            unsafe text[at] = 0x30 + UInt8(truncatingIfNeeded: number / power % 10)
            at += 1
        }
        return at
    }
}
