internal import CText

/// Cutting texts into tokens.
///
/// Two ways to the same end, as for lowering: ASCII goes through C, many bytes at a time, and
/// everything else code point by code point. Nothing is allocated once the scratch has grown.
extension WordTokens {
    private static let level = ctext_level()

    /// Cuts `text` into `scratch.text.tokens`, and returns how many there are.
    ///
    /// An n-gram of tokens, joined by one blank, stands there as it is: from where its first one
    /// begins to before the blank of its last.
    func cut(
        _ text: UnsafeBufferPointer<UInt8>, lowercase: Bool, stripAccents: StripAccents?,
        in scratch: inout FeatureScratch
    ) -> Int {
        let count =
            unsafe cutASCII(text, lowercase: lowercase, in: &scratch)
            ?? cutUnicode(text, lowercase: lowercase, stripAccents: stripAccents, in: &scratch)
        guard let stops else { return count }
        return drop(stops, of: count, in: &scratch)
    }

    /// Nil where the text is not ASCII, or the pattern wants more than long enough runs.
    private func cutASCII(
        _ text: UnsafeBufferPointer<UInt8>, lowercase: Bool, in scratch: inout FeatureScratch
    ) -> Int? {
        guard pattern.isPlain else { return nil }
        guard let source = text.baseAddress else { return 0 }
        let room = text.count + Int(CTEXT_TOKEN_SPARE)
        scratch.text.reserve(bytes: room)
        scratch.text.reserve(offsets: room)
        scratch.text.reserve(tokensOf: text.count)
        var cut = pattern.cut(lowercase: lowercase)
        let found = unsafe ctext_tokens(
            Self.level, &cut, source, text.count, scratch.text.bytes.pointer,
            scratch.text.offsets.pointer, scratch.text.tokens.pointer,
            scratch.text.starts.pointer)
        return found == CTEXT_NOT_ASCII ? nil : found
    }

    private func cutUnicode(
        _ text: UnsafeBufferPointer<UInt8>, lowercase: Bool, stripAccents: StripAccents?,
        in scratch: inout FeatureScratch
    ) -> Int {
        let preparation = TextPreparation(
            lowercase: lowercase, whiteSpace: .keep, stripAccents: stripAccents)
        let prepared = unsafe preparation.prepare(text, in: &scratch)
        scratch.text.reserve(tokensOf: prepared.byteCount)
        var scan = unsafe TokenScan(
            pattern: pattern, tokens: scratch.text.tokens.pointer,
            starts: scratch.text.starts.pointer)
        return unsafe scan.run(UnsafePointer(scratch.text.bytes.pointer), prepared.byteCount)
    }

    /// Leaves out the tokens that are stop words; returns how many are left.
    private func drop(
        _ stops: TermTable, of count: Int, in scratch: inout FeatureScratch
    ) -> Int {
        let (tokens, starts) = unsafe (scratch.text.tokens.pointer, scratch.text.starts.pointer)
        var kept = 0
        var out = 0
        for token in 0..<count {
            let start = unsafe Int(starts[token])
            let length = unsafe Int(starts[token + 1]) - 1 - start
            guard unsafe stops.find(tokens + start, length) == nil else { continue }
            // Its blank goes along. What is moved begins no later than where it stands, and no
            // start that is still to be read is written.
            if out != start {
                unsafe (tokens + out).update(from: tokens + start, count: length + 1)
            }
            unsafe starts[kept] = UInt32(truncatingIfNeeded: out)
            kept += 1
            out += length + 1
        }
        unsafe starts[kept] = UInt32(truncatingIfNeeded: out)
        return kept
    }
}

extension TokenPattern {
    /// How C finds tokens in ASCII; of a plain pattern.
    func cut(lowercase: Bool) -> ctext_cut {
        var cut = ctext_cut()
        cut.shortest = UInt32(truncatingIfNeeded: shortest)
        cut.lowers = lowercase ? 1 : 0
        let (low, high) = nibbles
        unsafe withUnsafeMutableBytes(of: &cut.inside) { inside in
            unsafe inside.storeBytes(of: low.littleEndian, as: UInt64.self)
            unsafe inside.storeBytes(of: high.littleEndian, toByteOffset: 8, as: UInt64.self)
        }
        return cut
    }
}

/// One pass over a prepared text, code point by code point: what a regular expression finds of a
/// class that repeats.
///
/// Within a run of the class, a token goes from the first edge of a word to the last where the
/// pattern asks for edges: the expression takes all of the run and then gives back as little as it
/// must. So there is one a run at most.
@safe
struct TokenScan {
    private let pattern: TokenPattern
    private let tokens: UnsafeMutablePointer<UInt8>
    private let starts: UnsafeMutablePointer<UInt32>
    private var count = 0
    private var out = 0

    /// A place in the text: before which byte, and how many code points are before it.
    private struct Place {
        var byte = 0
        var unit = 0
    }

    init(
        pattern: TokenPattern, tokens: UnsafeMutablePointer<UInt8>,
        starts: UnsafeMutablePointer<UInt32>
    ) {
        self.pattern = pattern
        unsafe self.tokens = unsafe tokens
        unsafe self.starts = unsafe starts
    }

    /// Writes the tokens of `text`, valid UTF-8 of `length` bytes; the room was made before.
    mutating func run(_ text: UnsafePointer<UInt8>, _ length: Int) -> Int {
        let table = WordTable.shared
        var place = Place()
        var isInside = false
        var isAfterWord = false
        var start: Place?
        var end: Place?
        while place.byte < length {
            let next = unsafe UTF8Decoding.decode(text, at: place.byte, count: length)
            let kind = table.kind(next.codePoint)
            let isWord = kind & WordTable.wordFlag != 0
            let isEdge = isWord != isAfterWord
            let wasInside = isInside
            isInside = pattern.inside.contains(next.codePoint, kind: kind)
            if wasInside, isEdge || !pattern.endsAtEdge { end = place }
            if wasInside, !isInside {
                unsafe take(text, start, end)
                (start, end) = (nil, nil)
            }
            if isInside, start == nil, isEdge || !pattern.beginsAtEdge && !wasInside {
                start = place
            }
            isAfterWord = isWord
            place.byte += next.length
            place.unit += 1
        }
        if isInside {
            if isAfterWord || !pattern.endsAtEdge { end = place }
            unsafe take(text, start, end)
        }
        unsafe starts[count] = UInt32(truncatingIfNeeded: out)
        return count
    }

    private mutating func take(
        _ text: UnsafePointer<UInt8>, _ start: Place?, _ end: Place?
    ) {
        guard let start, let end, end.unit - start.unit >= pattern.shortest,
            end.unit - start.unit <= pattern.longest ?? .max
        else { return }
        let length = end.byte - start.byte
        unsafe (tokens + out).update(from: text + start.byte, count: length)
        unsafe tokens[out + length] = 0x20
        unsafe starts[count] = UInt32(truncatingIfNeeded: out)
        count += 1
        out += length + 1
    }
}
