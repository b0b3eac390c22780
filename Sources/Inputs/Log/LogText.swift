internal import Glibc

/// Bytes on their way from a line to a text; none of these functions allocates.
enum LogText {
    /// Writes what `count` bytes stand for, never more than they are themselves.
    ///
    /// - Parameter target: room for `count` bytes, none of them of `source`.
    /// - Returns: how many bytes were written.
    static func unescape(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ escape: LogEscape,
        into target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var (at, used) = (0, 0)
        while at < count {
            let left = count - at
            let found = unsafe memchr(source + at, 0x5C, left)
            let here = unsafe UnsafeRawPointer(source + at)
            let plain = unsafe found.map { unsafe UnsafeRawPointer($0) - here } ?? left
            unsafe memcpy(target + used, source + at, plain)
            at += plain
            used += plain
            guard at < count else { break }
            let taken =
                switch escape {
                case .backslash: unsafe backslash(source + at, count - at, target, &used)
                case .json: unsafe json(source + at, count - at, target, &used)
                }
            if taken == 0 {
                unsafe target[used] = 0x5C
                used += 1
            }
            at += max(1, taken)
        }
        return used
    }

    /// The bytes that an escape takes, with what it stands for written; 0 for what is none.
    private static func backslash(
        _ source: UnsafePointer<UInt8>, _ left: Int, _ target: UnsafeMutablePointer<UInt8>,
        _ used: inout Int
    ) -> Int {
        guard left >= 2 else { return 0 }
        guard unsafe source[1] == UInt8(ascii: "x") else {
            let letter = unsafe source[1]
            let meant = letter == UInt8(ascii: "v") ? 0x0B : meaning(of: letter)
            return unsafe put(meant, target, &used)
        }
        guard left >= 4, let high = unsafe hex(source[2]), let low = unsafe hex(source[3])
        else { return 0 }
        unsafe target[used] = UInt8(truncatingIfNeeded: high << 4 | low)
        used += 1
        return 4
    }

    /// The byte that both kinds of escapes have for the letter behind the backslash.
    private static func meaning(of letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""): 0x22
        case UInt8(ascii: "\\"): 0x5C
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// Writes what an escape of two bytes means, and answers how many it takes.
    private static func put(
        _ meant: UInt8?, _ target: UnsafeMutablePointer<UInt8>, _ used: inout Int
    ) -> Int {
        guard let meant else { return 0 }
        unsafe target[used] = meant
        used += 1
        return 2
    }

    private static func json(
        _ source: UnsafePointer<UInt8>, _ left: Int, _ target: UnsafeMutablePointer<UInt8>,
        _ used: inout Int
    ) -> Int {
        guard left >= 2 else { return 0 }
        guard unsafe source[1] == UInt8(ascii: "u") else {
            let letter = unsafe source[1]
            let meant = letter == UInt8(ascii: "/") ? letter : meaning(of: letter)
            return unsafe put(meant, target, &used)
        }
        guard let unit = unsafe unit(source, left) else { return 0 }
        if (0xD800..<0xDC00).contains(unit), left > 6,
            let low = unsafe self.unit(source + 6, left - 6), (0xDC00..<0xE000).contains(low)
        {
            unsafe put(scalar: 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), target, &used)
            return 12
        }
        // Half of a pair stays as it stands.
        guard !(0xD800..<0xE000).contains(unit) else { return 0 }
        unsafe put(scalar: unit, target, &used)
        return 6
    }

    /// The number of `\uHHHH`, where that stands there.
    private static func unit(_ source: UnsafePointer<UInt8>, _ left: Int) -> UInt32? {
        guard left >= 6, unsafe source[0] == 0x5C && source[1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for place in 2..<6 {
            guard let digit = unsafe hex(source[place]) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }

    private static func hex(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }

    /// A code point in UTF-8: at most 4 bytes, and always fewer than its escape has.
    private static func put(
        scalar: UInt32, _ target: UnsafeMutablePointer<UInt8>, _ used: inout Int
    ) {
        func add(_ byte: UInt32) {
            unsafe target[used] = UInt8(truncatingIfNeeded: byte)
            used += 1
        }
        if scalar < 0x80 { return add(scalar) }
        if scalar < 0x800 {
            add(0xC0 | scalar >> 6)
        } else {
            if scalar < 0x10000 {
                add(0xE0 | scalar >> 12)
            } else {
                add(0xF0 | scalar >> 18)
                add(0x80 | (scalar >> 12 & 0x3F))
            }
            add(0x80 | (scalar >> 6 & 0x3F))
        }
        add(0x80 | (scalar & 0x3F))
    }

    // MARK: - The request

    /// How many bytes of a request stand before its version; all of them where it has none.
    static func headCount(_ request: UnsafePointer<UInt8>, _ count: Int) -> Int {
        // The last ` HTTP/`; behind it only digits and a point make a version.
        var at = count - 7
        while at >= 0 {
            if unsafe request[at] == 0x20 && isVersionName(request + at + 1) { break }
            at -= 1
        }
        guard at >= 0 else { return count }
        var next = at + 6
        guard unsafe digits(request, &next, count) else { return count }
        if next < count, unsafe request[next] == 0x2E {
            next += 1
            guard unsafe digits(request, &next, count) else { return count }
        }
        return next == count ? at : count
    }

    private static func isVersionName(_ bytes: UnsafePointer<UInt8>) -> Bool {
        unsafe bytes[0] == 0x48 && bytes[1] == 0x54 && bytes[2] == 0x54 && bytes[3] == 0x50
            && bytes[4] == 0x2F
    }

    /// Passes over 1 to 3 digits.
    private static func digits(
        _ bytes: UnsafePointer<UInt8>, _ at: inout Int, _ count: Int
    ) -> Bool {
        let start = at
        while at < count, unsafe (0x30...0x39).contains(bytes[at]) { at += 1 }
        return (1...3).contains(at - start)
    }

    /// The length of the method that a request begins with, 1 to 32 token characters and a space;
    /// nil where there is none.
    static func methodCount(_ request: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        var at = 0
        while at < min(count, methodBytesMax + 1) {
            let byte = unsafe request[at]
            if byte == 0x20 { return at > 0 ? at : nil }
            guard isToken(byte) else { return nil }
            at += 1
        }
        return nil
    }

    private static let methodBytesMax = 32

    /// Of RFC 9110.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// How many bytes of a target are a scheme and a plain host, which are not scored.
    ///
    /// With anything else in the host it stays whole, or payloads would hide there.
    static func originCount(_ target: UnsafePointer<UInt8>, _ count: Int) -> Int {
        // Nearly all begin with a slash.
        guard count > 0, unsafe isLetter(target[0]) else { return 0 }
        var at = 1
        while at < count, unsafe isScheme(target[at]) { at += 1 }
        guard at + 3 < count,
            unsafe target[at] == 0x3A && target[at + 1] == 0x2F && target[at + 2] == 0x2F
        else { return 0 }
        at += 3
        let host = at
        while at < count, unsafe isHost(target[at]) { at += 1 }
        guard at > host else { return 0 }
        guard at < count else { return at }
        return unsafe target[at] == 0x2F || target[at] == 0x3F ? at : 0
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isScheme(_ byte: UInt8) -> Bool {
        isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2E
            || byte == 0x2D
    }

    private static func isHost(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x5B, 0x5D, 0x5F, 0x61...0x7A, 0x2D, 0x2E: true
        default: false
        }
    }
}
