/// The lines of a text file, one at a time, without copying them.
struct TextLines {
    let bytes: [UInt8]
    /// The number of the line last returned, from 1.
    private(set) var number = 0
    /// Where the next line begins.
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remainingBytes: Int { bytes.count - position }

    /// The place of the next line, without its line end (LF or CR LF).
    ///
    /// Nil at the end, and also for a last line that has no line end: tools always write one, so a
    /// file without it was cut off, perhaps in the middle of a number.
    mutating func next() -> Range<Int>? {
        var end = position
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        guard end < bytes.count else { return nil }
        let start = position
        position = end + 1
        number += 1
        let hasReturn = end > start && bytes[end - 1] == 0x0D
        return start..<(hasReturn ? end - 1 : end)
    }

    /// Passes over `lines` lines of `length` bytes in all, which somebody else has read.
    mutating func skip(lines: Int, length: Int) {
        number += lines
        position += length
    }

    /// Why there is no next line, as the end of a sentence about what is missing; for errors.
    ///
    /// A last line without an end may be a file whose end a tool took away, and may be half a line.
    func ending(_ missing: String) -> (reason: String, remedy: String) {
        hasMore
            ? (
                "line \(number + 1): the last line has no line end, as in a file that is cut off",
                "if the file is whole, add one: echo >> FILE"
            )
            : ("line \(number + 1): the file ends \(missing)", "the file is cut off")
    }

    /// Whether something other than white space is left.
    var hasMore: Bool {
        bytes[position...].contains { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    }

    /// A short line as text; nil above `limit` bytes.
    func text(_ line: Range<Int>, limit: Int) -> String? {
        line.count <= limit ? String(decoding: bytes[line], as: UTF8.self) : nil
    }
}
