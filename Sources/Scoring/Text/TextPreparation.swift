/// Lowers and folds text as scikit-learn's vectorizers do before they cut n-grams.
///
/// Two ways to the same end: text that is all ASCII, many bytes at a time, and everything else code
/// point by code point (`UnicodePreparation`).
struct TextPreparation {
    /// What white space becomes.
    enum WhiteSpace {
        /// `\s\s+` becomes one space; white space that stands alone stays what it is.
        case foldRuns
        /// Every run becomes one space, and the text begins and ends with one: each word then
        /// stands between the spaces that `char_wb` pads it with.
        case separateWords
        /// All of it stays what it is.
        case keep
    }

    let lowercase: Bool
    let whiteSpace: WhiteSpace
    /// Whether lowering takes each code point for itself, as C's `towlower` does.
    var simpleLowercase = false
    /// What becomes of accents, after lowering and before white space is folded.
    var stripAccents: StripAccents?

    /// Puts the prepared text into `scratch.text`, and unless it is ASCII the beginnings of its
    /// code points.
    func prepare(
        _ text: UnsafeBufferPointer<UInt8>, in scratch: inout FeatureScratch
    ) -> PreparedText {
        // Why 3: an invalid byte becomes U+FFFD, three bytes; no lower case grows by more. The
        // spaces around words come on top.
        scratch.text.reserve(bytes: text.count * 3 + 2)
        if let count = unsafe prepareASCII(text, into: scratch.text.bytes.pointer) {
            return PreparedText(byteCount: count, unitCount: count, isASCII: true)
        }
        if stripAccents != nil {
            scratch.text.reserve(bytes: text.count * AccentTable.bytesPerByte + 3)
        }
        let points = stripAccents == nil ? 1 : AccentTable.pointsPerByte
        scratch.text.reserve(offsets: text.count * points + 3)
        let table = CharacterTable.shared
        return unsafe table.pages.withUnsafeBufferPointer { pages in
            unsafe table.entries.withUnsafeBufferPointer { entries in
                var run = unsafe UnicodePreparation(
                    preparation: self, pages: pages, entries: entries,
                    bytes: scratch.text.bytes.pointer,
                    offsets: scratch.text.offsets.pointer)
                return unsafe run.prepare(text)
            }
        }
    }

    /// The number of bytes written, nil when a byte of `text` is not ASCII.
    private func prepareASCII(
        _ text: UnsafeBufferPointer<UInt8>, into out: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        guard let source = text.baseAddress, !text.isEmpty else {
            unsafe out[0] = 0x20
            return whiteSpace == .separateWords ? 1 : 0
        }
        let count = text.count
        let upper: UInt8 = lowercase ? 26 : 0
        var bits = unsafe source[0]
        unsafe out[0] = Self.lowered(bits, upper)
        // 1 once two neighbours are both white space. No branches: the compiler vectorises the
        // loop.
        var pairs: UInt8 = 0
        for position in 1..<count {
            let byte = unsafe source[position]
            bits |= byte
            pairs |= unsafe Self.isWhiteSpace(byte) & Self.isWhiteSpace(source[position &- 1])
            unsafe out[position] = Self.lowered(byte, upper)
        }
        guard bits & 0x80 == 0 else { return nil }
        switch whiteSpace {
        case .keep: return count
        case .foldRuns:
            return pairs == 0 ? count : unsafe foldRuns(out, count)
        case .separateWords:
            return unsafe separateWords(source, count, out, upper)
        }
    }

    /// Replaces each run of two or more white-space bytes by one space, in place.
    private func foldRuns(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
        var written = 0
        var run = 0
        for position in 0..<count {
            let byte = unsafe bytes[position]
            run = Self.isWhiteSpace(byte) == 1 ? run &+ 1 : 0
            if run > 1 {
                unsafe bytes[written &- 1] = 0x20
            } else {
                unsafe bytes[written] = byte
                written &+= 1
            }
        }
        return written
    }

    private func separateWords(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ out: UnsafeMutablePointer<UInt8>,
        _ upper: UInt8
    ) -> Int {
        unsafe out[0] = 0x20
        var written = 1
        for position in 0..<count {
            let byte = unsafe source[position]
            if Self.isWhiteSpace(byte) == 0 {
                unsafe out[written] = Self.lowered(byte, upper)
                written &+= 1
            } else if unsafe out[written &- 1] != 0x20 {
                unsafe out[written] = 0x20
                written &+= 1
            }
        }
        if unsafe out[written &- 1] != 0x20 {
            unsafe out[written] = 0x20
            written &+= 1
        }
        return written
    }

    /// 1 for ASCII's share of `str.isspace()`, tab to carriage return and 1C to the space; else 0.
    @inline(__always)
    private static func isWhiteSpace(_ byte: UInt8) -> UInt8 {
        (byte &- 0x09 <= 4 ? 1 : 0) | (byte &- 0x1C <= 4 ? 1 : 0)
    }

    /// `byte`, in lower case if it is one of the first `upper` letters from A.
    @inline(__always)
    private static func lowered(_ byte: UInt8, _ upper: UInt8) -> UInt8 {
        byte | (byte &- 0x41 < upper ? 0x20 : 0)
    }
}

/// How much of a buffer's `text` and `offsets` a prepared text takes.
struct PreparedText {
    let byteCount: Int
    /// Code points, or bytes where they are the same.
    let unitCount: Int
    /// Whether `offsets` is left out, each unit being one byte.
    let isASCII: Bool
}
