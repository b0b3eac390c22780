/// What the lexical features look up, byte by byte and word by word; made once.
@safe
final class LexicalTables: Sendable {
    /// The lists that a word can stand in; no word stands in two.
    enum Kind: UInt8 {
        case none, sql, script, system
    }

    private struct Slot {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var kind = Kind.none
    }

    static let shared = LexicalTables()
    /// The longest word of the lists.
    static let wordBytesMax = 10

    static let words: [(kind: Kind, words: [String])] = [
        (
            .sql,
            [
                "select", "union", "insert", "update", "delete", "drop", "from", "where", "having",
                "or", "and", "exec", "sleep", "benchmark", "table", "null", "like", "order",
                "concat", "char",
            ]
        ),
        (
            .script,
            [
                "script", "alert", "onerror", "onload", "javascript", "iframe", "document",
                "cookie", "eval", "img", "src", "body", "style",
            ]
        ),
        (
            .system,
            [
                "etc", "passwd", "bin", "cmd", "exe", "system", "shell", "win", "ini", "boot",
                "include", "bak", "old", "config", "inc",
            ]
        ),
    ]

    /// For each byte, the lower-case form of a letter, a digit or `_` as it is, else 0.
    nonisolated(unsafe) let folded: UnsafePointer<UInt8>
    /// For each byte, what it means as a hexadecimal digit, else 255.
    nonisolated(unsafe) let hex: UnsafePointer<UInt8>
    nonisolated(unsafe) private let slots: UnsafePointer<Slot>

    private static let slotBits: UInt64 = 9

    private init() {
        let folded = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        let hex = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        for byte in 0..<256 {
            let letter = UInt8(byte)
            let isUpper = (0x41...0x5A).contains(letter)
            let isToken =
                isUpper || (0x61...0x7A).contains(letter) || (0x30...0x39).contains(letter)
                || letter == 0x5F
            unsafe (folded + byte).initialize(to: isToken ? letter | (isUpper ? 0x20 : 0) : 0)
            let digit = Character(Unicode.Scalar(letter)).hexDigitValue
            let isASCII = letter < 0x80
            unsafe (hex + byte).initialize(to: isASCII ? digit.map { UInt8($0) } ?? 255 : 255)
        }
        let count = 1 << Int(Self.slotBits)
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        unsafe slots.initialize(repeating: Slot(), count: count)
        for (kind, words) in Self.words {
            for word in words {
                var slot = Slot(kind: kind)
                for letter in word.utf8 {
                    slot.high = slot.high << 8 | slot.low >> 56
                    slot.low = slot.low << 8 | UInt64(letter)
                }
                var place = Self.place(slot.low)
                while unsafe slots[place].low != 0 { place = (place + 1) % count }
                unsafe slots[place] = slot
            }
        }
        unsafe self.folded = UnsafePointer(folded)
        unsafe self.hex = UnsafePointer(hex)
        unsafe self.slots = UnsafePointer(slots)
    }

    deinit {
        unsafe folded.deallocate()
        unsafe hex.deallocate()
        unsafe slots.deallocate()
    }

    /// The list of a word of 1 to 16 bytes: its last 8 in `low`, those before in `high`, the last
    /// byte lowest.
    @inline(__always)
    func kind(_ low: UInt64, _ high: UInt64) -> Kind {
        var place = Self.place(low)
        while true {
            let slot = unsafe slots[place]
            if slot.low == low, slot.high == high { return slot.kind }
            // There are ten times as many slots as words, so that an empty one comes.
            if slot.low == 0 { return .none }
            place = (place &+ 1) & (1 << Int(Self.slotBits) - 1)
        }
    }

    @inline(__always)
    private static func place(_ low: UInt64) -> Int {
        Int(truncatingIfNeeded: (low &* 0x9E37_79B9_7F4A_7C15) &>> (64 - slotBits))
    }
}
