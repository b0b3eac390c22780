/// The pass over the bytes: counts raw and decoded ones, and walks the words of what is decoded.
@unsafe
struct LexicalScan {
    /// How many of the words that attacks use.
    struct Words {
        var sql = 0
        var script = 0
        var system = 0
    }

    let tables: LexicalTables
    /// How often each byte stands in the text, and in what is decoded.
    let raw: UnsafeMutablePointer<UInt32>
    let decoded: UnsafeMutablePointer<UInt32>

    /// How many decoded bytes there are.
    private(set) var count = 0
    private(set) var tokens = 0
    private(set) var longest = 0
    private(set) var doubleDots = 0
    /// `--` and `/*`; each `#` is another.
    private(set) var comments = 0
    private(set) var words = Words()

    init(
        tables: LexicalTables, raw: UnsafeMutablePointer<UInt32>,
        decoded: UnsafeMutablePointer<UInt32>
    ) {
        unsafe self.tables = tables
        unsafe self.raw = raw
        unsafe self.decoded = decoded
    }

    /// Counts the whole text, and decodes it from `start` on.
    @inline(__always)
    mutating func run(_ text: UnsafeBufferPointer<UInt8>, from start: Int) {
        guard let bytes = text.baseAddress else { return }
        let (raw, decoded) = unsafe (self.raw, self.decoded)
        let folded = unsafe tables.folded
        let hex = unsafe tables.hex
        for position in 0..<start { unsafe raw[Int(bytes[position])] &+= 1 }
        var position = start
        var (length, low, high) = (0, UInt64(0), UInt64(0))
        var (dots, remarks, before) = (0, 0, UInt8(0))
        var count = 0
        while position < text.count {
            var byte = unsafe bytes[position]
            unsafe raw[Int(byte)] &+= 1
            position &+= 1
            if byte == 0x25, position &+ 1 < text.count {
                let (first, second) = unsafe (bytes[position], bytes[position &+ 1])
                let (upper, lower) = unsafe (hex[Int(first)], hex[Int(second)])
                if (upper | lower) < 16 {
                    unsafe raw[Int(first)] &+= 1
                    unsafe raw[Int(second)] &+= 1
                    byte = upper &<< 4 | lower
                    position &+= 2
                }
            } else if byte == 0x2B {
                byte = 0x20
            }
            count &+= 1
            unsafe decoded[Int(byte)] &+= 1
            let letter = unsafe folded[Int(byte)]
            if letter != 0 {
                high = high &<< 8 | low &>> 56
                low = low &<< 8 | UInt64(letter)
                length &+= 1
                before = 0
                continue
            }
            if length > 0 {
                unsafe endToken(length, low, high)
                (length, low, high) = (0, 0, 0)
            }
            // Pairs do not overlap: three dots are one pair.
            let isDots = byte == 0x2E && before == 0x2E
            let isDashes = byte == 0x2D && before == 0x2D
            let isOpening = byte == 0x2A && before == 0x2F
            dots &+= isDots ? 1 : 0
            remarks &+= isDashes || isOpening ? 1 : 0
            before = isDots || isDashes ? 0 : byte
        }
        if length > 0 { unsafe endToken(length, low, high) }
        unsafe self.count = count
        unsafe doubleDots = dots
        unsafe comments = remarks
    }

    @inline(__always)
    private mutating func endToken(_ length: Int, _ low: UInt64, _ high: UInt64) {
        unsafe tokens &+= 1
        unsafe longest = max(longest, length)
        guard length <= LexicalTables.wordBytesMax else { return }
        switch unsafe tables.kind(low, high) {
        case .none: break
        case .sql: unsafe words.sql &+= 1
        case .script: unsafe words.script &+= 1
        case .system: unsafe words.system &+= 1
        }
    }
}
