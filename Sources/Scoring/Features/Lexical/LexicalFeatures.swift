/// The 30 lexical features of a request: lengths, kinds of characters, words that attacks use.
///
/// `T` below is the text, `D` what follows the method in it, with `%XX` and `+` decoded once.
///
/// The parts are those of the record where it named them. A text given as it is, is split:
/// the method ends at the first space of its first line, the target at that line's end, the path
/// at the target's first `?`, and the body is the rest. Without a space there is no method, and
/// the whole first line is the target; without a line feed there is no body. No text is an error.
package enum LexicalFeatures {
    /// In the order of the features.
    package static let names = [
        "len_text", "len_path", "len_query", "len_body", "path_depth", "n_params", "n_pct",
        "n_digit", "n_upper", "n_lower", "n_nonascii", "n_ctrl", "d_quote", "d_angle", "d_paren",
        "d_shell", "d_dotdot", "d_equals", "d_comment", "d_space", "d_punct", "entropy",
        "longest_token", "n_tokens", "digit_ratio", "special_ratio", "kw_sql", "kw_script",
        "kw_sys", "is_post",
    ]

    /// How many counters `compute` needs.
    static let counterCount = 512

    /// Computes all of them into `out`, which has room for as many.
    ///
    /// One pass over the bytes, and one over the 256 values a byte has. `counters` are
    /// `counterCount` of any content. Allocates nothing.
    static func compute(
        _ text: UnsafeBufferPointer<UInt8>, parts: RequestParts?,
        counters: UnsafeMutablePointer<UInt32>, into out: UnsafeMutablePointer<Double>
    ) {
        let parts = unsafe parts ?? split(text)
        unsafe counters.update(repeating: 0, count: counterCount)
        let raw = unsafe counters
        let decoded = unsafe counters + 256
        let target = min(parts.path.lowerBound, text.count)
        var scan = unsafe LexicalScan(tables: LexicalTables.shared, raw: raw, decoded: decoded)
        unsafe scan.run(text, from: target)

        let total = text.count
        let digits = unsafe sum(raw, 0x30..<0x3A)
        let letters = unsafe sum(decoded, 0x41..<0x5B) + sum(decoded, 0x61..<0x7B)
        let alphanumeric = unsafe letters + sum(decoded, 0x30..<0x3A)
        unsafe out[0] = Double(total)
        unsafe out[1] = Double(parts.path.count)
        unsafe out[2] = Double(parts.query.count)
        unsafe out[3] = Double(parts.body.count)
        unsafe out[4] = Double(occurrences(of: 0x2F, in: text, parts.path))
        unsafe out[5] = Double(parameters(text, parts.query) + parameters(text, parts.body))
        unsafe out[6] = Double(raw[0x25])
        unsafe out[7] = Double(digits)
        unsafe out[8] = Double(sum(raw, 0x41..<0x5B))
        unsafe out[9] = Double(sum(raw, 0x61..<0x7B))
        unsafe out[10] = Double(sum(raw, 0x80..<0x100))
        unsafe out[11] = Double(sum(raw, 0x00..<0x20) + Int(raw[0x7F]))
        unsafe writeMarks(decoded, scan, out)
        unsafe out[21] = Entropy.bits(raw, total: total)
        unsafe out[22] = Double(scan.longest)
        unsafe out[23] = Double(scan.tokens)
        unsafe out[24] = Double(digits) / Double(max(1, total))
        unsafe out[25] = Double(scan.count - alphanumeric) / Double(max(1, scan.count))
        unsafe out[26] = Double(scan.words.sql)
        unsafe out[27] = Double(scan.words.script)
        unsafe out[28] = Double(scan.words.system)
        unsafe out[29] = isPost(text, parts.method) ? 1 : 0
    }

    /// The features that count single marks of the decoded request.
    @inline(__always)
    private static func writeMarks(
        _ decoded: UnsafeMutablePointer<UInt32>, _ scan: LexicalScan,
        _ out: UnsafeMutablePointer<Double>
    ) {
        let quotes = unsafe decoded[0x27] + decoded[0x22] + decoded[0x60]
        let shell = unsafe decoded[0x3B] + decoded[0x7C] + decoded[0x24] + decoded[0x5C]
        let stars = unsafe decoded[0x2A] + decoded[0x2C] + decoded[0x21] + decoded[0x40]
        let brackets = unsafe decoded[0x7B] + decoded[0x7D] + decoded[0x5B] + decoded[0x5D]
        unsafe out[12] = Double(quotes)
        unsafe out[13] = Double(decoded[0x3C] + decoded[0x3E])
        unsafe out[14] = Double(decoded[0x28] + decoded[0x29])
        unsafe out[15] = Double(shell)
        unsafe out[16] = Double(scan.doubleDots)
        unsafe out[17] = Double(decoded[0x3D])
        unsafe out[18] = Double(Int(decoded[0x23]) + scan.comments)
        unsafe out[19] = Double(decoded[0x20])
        unsafe out[20] = Double(stars + brackets + decoded[0x5E])
    }

    /// The parts of a text of which nobody named them.
    static func split(_ text: UnsafeBufferPointer<UInt8>) -> RequestParts {
        let lineEnd = unsafe text.firstIndex(of: 0x0A) ?? text.count
        let bodyStart = min(lineEnd + 1, text.count)
        let space = unsafe text[..<lineEnd].firstIndex(of: 0x20)
        let targetStart = space.map { $0 + 1 } ?? 0
        let mark = unsafe text[targetStart..<lineEnd].firstIndex(of: 0x3F) ?? lineEnd
        return RequestParts(
            method: 0..<(space ?? 0), path: targetStart..<mark,
            query: min(mark + 1, lineEnd)..<lineEnd, body: bodyStart..<text.count)
    }

    @inline(__always)
    private static func sum(_ counts: UnsafeMutablePointer<UInt32>, _ range: Range<Int>) -> Int {
        var sum: UInt32 = 0
        for value in range { unsafe sum &+= counts[value] }
        return Int(sum)
    }

    @inline(__always)
    private static func occurrences(
        of byte: UInt8, in text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> Int {
        precondition(range.upperBound <= text.count, "parts of another text")
        guard let start = text.baseAddress else { return 0 }
        var count = 0
        for position in range { count &+= unsafe start[position] == byte ? 1 : 0 }
        return count
    }

    private static func parameters(
        _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> Int {
        range.isEmpty ? 0 : unsafe occurrences(of: 0x26, in: text, range) + 1
    }

    private static func isPost(
        _ text: UnsafeBufferPointer<UInt8>, _ method: Range<Int>
    ) -> Bool {
        guard method.count == 4, method.upperBound <= text.count else { return false }
        let at = method.lowerBound
        return unsafe text[at] == 0x50 && text[at + 1] == 0x4F && text[at + 2] == 0x53
            && text[at + 3] == 0x54
    }
}
