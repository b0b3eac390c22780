/// Decodes UTF-8 as Python does with `errors='replace'`, and as the Unicode standard recommends:
/// each maximal part that cannot be continued becomes one U+FFFD.
enum UTF8Decoding {
    static let replacement: UInt32 = 0xFFFD

    /// The code point at `position`, and how many bytes it or the broken part takes, at least 1.
    @inline(__always)
    static func decode(
        _ bytes: UnsafePointer<UInt8>, at position: Int, count: Int
    ) -> (codePoint: UInt32, length: Int) {
        let lead = unsafe bytes[position]
        if lead < 0x80 { return (UInt32(lead), 1) }
        let following: Int
        var codePoint: UInt32
        // The second byte's bounds leave out overlong forms, surrogates and what is above U+10FFFF.
        var bounds: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: (following, codePoint) = (1, UInt32(lead & 0x1F))
        case 0xE0...0xEF:
            (following, codePoint) = (2, UInt32(lead & 0x0F))
            if lead == 0xE0 { bounds = 0xA0...0xBF }
            if lead == 0xED { bounds = 0x80...0x9F }
        case 0xF0...0xF4:
            (following, codePoint) = (3, UInt32(lead & 0x07))
            if lead == 0xF0 { bounds = 0x90...0xBF }
            if lead == 0xF4 { bounds = 0x80...0x8F }
        default: return (replacement, 1)
        }
        var taken = 1
        while taken <= following {
            guard position &+ taken < count else { return (replacement, taken) }
            let byte = unsafe bytes[position &+ taken]
            guard bounds.contains(byte) else { return (replacement, taken) }
            codePoint = codePoint &<< 6 | UInt32(byte & 0x3F)
            bounds = 0x80...0xBF
            taken &+= 1
        }
        return (codePoint, taken)
    }

    /// Writes a code point as UTF-8 and returns its length.
    @inline(__always)
    static func encode(_ codePoint: UInt32, into out: UnsafeMutablePointer<UInt8>) -> Int {
        func continuation(_ shift: UInt32) -> UInt8 {
            0x80 | UInt8(truncatingIfNeeded: codePoint &>> shift) & 0x3F
        }
        if codePoint < 0x80 {
            unsafe out[0] = UInt8(truncatingIfNeeded: codePoint)
            return 1
        }
        if codePoint < 0x800 {
            unsafe out[0] = 0xC0 | UInt8(truncatingIfNeeded: codePoint &>> 6)
            unsafe out[1] = continuation(0)
            return 2
        }
        if codePoint < 0x1_0000 {
            unsafe out[0] = 0xE0 | UInt8(truncatingIfNeeded: codePoint &>> 12)
            unsafe out[1] = continuation(6)
            unsafe out[2] = continuation(0)
            return 3
        }
        unsafe out[0] = 0xF0 | UInt8(truncatingIfNeeded: codePoint &>> 18)
        unsafe out[1] = continuation(12)
        unsafe out[2] = continuation(6)
        unsafe out[3] = continuation(0)
        return 4
    }
}
