/// The words of one line of a text file, parted by spaces and tabs, without copying them.
struct TextWords {
    private let bytes: [UInt8]
    private let end: Int
    /// Where the rest of the line begins.
    private(set) var position: Int

    init(_ bytes: [UInt8], _ line: Range<Int>) {
        self.bytes = bytes
        position = line.lowerBound
        end = line.upperBound
    }

    /// The place of the next word; nil at the end of the line.
    mutating func next() -> Range<Int>? {
        while position < end, Self.isSpace(bytes[position]) { position += 1 }
        guard position < end else { return nil }
        let start = position
        while position < end, !Self.isSpace(bytes[position]) { position += 1 }
        return start..<position
    }

    /// The words that are left.
    var rest: Range<Int> { position..<end }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
