import ModelFormats

/// Pieces of JSON in the bytes of a prediction, as a worker writes them: the one rule of the
/// reader and the scanner.
///
/// Strict: what no reader of JSON takes is nil here, and goes to the slow reader, which refuses it.
enum PredictionText {
    /// A whole number that is not negative, of at most 18 digits, and where it ends.
    @inline(__always)
    static func integer(
        _ bytes: UnsafeBufferPointer<UInt8>, from first: Int
    ) -> (value: Int64, end: Int)? {
        var (value, position) = (Int64(0), first)
        while position < bytes.count, case let digit = unsafe bytes[position], digit >= 0x30,
            digit <= 0x39
        {
            // 18 digits always fit.
            guard position - first < 18 else { return nil }
            value = value * 10 + Int64(digit - 0x30)
            position += 1
        }
        guard position > first, unsafe position == first + 1 || bytes[first] != 0x30 else {
            return nil
        }
        return (value, position)
    }

    /// A finite number, and where it ends.
    static func number(
        _ bytes: UnsafeBufferPointer<UInt8>, from first: Int
    ) -> (value: Double, end: Int)? {
        let rest = unsafe UnsafeBufferPointer(rebasing: bytes[first...])
        guard let (value, length) = unsafe DecimalNumber.read(rest), value.isFinite,
            length <= numberBytes, unsafe isNumber(rest, length)
        else { return nil }
        return (value, first + length)
    }

    /// Whether digits stand where JSON wants them, of what is a number elsewhere.
    @inline(__always)
    private static func isNumber(_ bytes: UnsafeBufferPointer<UInt8>, _ length: Int) -> Bool {
        func isDigit(at position: Int) -> Bool {
            unsafe position < length && bytes[position] &- 0x30 < 10
        }
        let first = unsafe bytes[0] == UInt8(ascii: "-") ? 1 : 0
        guard isDigit(at: first) else { return false }
        if unsafe bytes[first] == UInt8(ascii: "0"), isDigit(at: first + 1) { return false }
        var position = first
        while isDigit(at: position) { position += 1 }
        guard position < length, unsafe bytes[position] == UInt8(ascii: ".") else { return true }
        return isDigit(at: position + 1)
    }

    /// Where the closing quote of a string stands that begins at `first`.
    ///
    /// - Parameter escapes: whether it may have any; half of a surrogate pair is none here.
    @inline(__always)
    static func stringEnd(
        _ bytes: UnsafeBufferPointer<UInt8>, from first: Int, escapes: Bool
    ) -> Int? {
        var (position, all) = (first, UInt8(0))
        while position < bytes.count {
            let byte = unsafe bytes[position]
            if byte == UInt8(ascii: "\"") {
                return unsafe all < 0x80 || isUTF8(bytes, first..<position) ? position : nil
            }
            guard byte >= 0x20 else { return nil }
            all |= byte
            position += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            guard escapes, let length = unsafe escapeLength(bytes, at: position) else { return nil }
            position += length
        }
        return nil
    }

    private static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        let part = unsafe UnsafeBufferPointer(rebasing: bytes[range])
        return unsafe String(validating: part, as: UTF8.self) != nil
    }

    /// How many bytes stand behind the backslash of an escape; nil where it is none.
    private static func escapeLength(
        _ bytes: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> Int? {
        guard position < bytes.count else { return nil }
        guard unsafe bytes[position] == UInt8(ascii: "u") else {
            return unsafe "\"\\/bfnrt".utf8.contains(bytes[position]) ? 1 : nil
        }
        guard position + 5 <= bytes.count else { return nil }
        let digits = unsafe String(
            decoding: UnsafeBufferPointer(rebasing: bytes[position + 1..<position + 5]),
            as: UTF8.self)
        guard digits.utf8.allSatisfy({ isHexDigit($0) }), let unit = UInt32(digits, radix: 16),
            Unicode.Scalar(unit) != nil
        else { return nil }
        return 5
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 6
    }

    /// More than any double is written with; what is longer is read slowly.
    private static let numberBytes = 64
}

/// The same of bytes in an array.
extension PredictionText {
    static func integer(_ bytes: [UInt8], from first: Int) -> (value: Int64, end: Int)? {
        unsafe bytes.withUnsafeBufferPointer { unsafe integer($0, from: first) }
    }

    static func number(_ bytes: [UInt8], from first: Int) -> (value: Double, end: Int)? {
        unsafe bytes.withUnsafeBufferPointer { unsafe number($0, from: first) }
    }

    static func stringEnd(_ bytes: [UInt8], from first: Int, escapes: Bool) -> Int? {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe stringEnd($0, from: first, escapes: escapes)
        }
    }
}
