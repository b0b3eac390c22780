/// The first place where a text stops being JSON (RFC 8259), and what is wrong there.
package struct JSONFault: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A zero byte at the start, as serializers for a schema registry write it.
        case registryFrame
        case byteOrderMark
        /// NaN or an infinity as a number.
        case notFinite
        /// A control character in a string, not escaped.
        case controlCharacter
        /// A comma with nothing before it or behind it.
        case comma
        case escape
        /// A number in a form that JSON does not have: `01`, `+1`, `.5`, `0x10`.
        case number
        case endsEarly
        case valueExpected
        case nameExpected
        case colonExpected
        case commaExpected
        /// Something stands behind the whole value.
        case endExpected

        package var words: String {
            switch self {
            case .registryFrame:
                "a zero byte, with which a schema registry's frame begins; send plain JSON"
            case .byteOrderMark: "a byte order mark; send UTF-8 without one"
            case .notFinite: "NaN or Infinity, which JSON does not have"
            case .controlCharacter: "a control character in a string that is not escaped"
            case .comma: "a comma too many"
            case .escape: "an escape that JSON does not have"
            case .number: "a number in a form that JSON does not have"
            case .endsEarly: "the record ends here, inside a value"
            case .valueExpected: "a value was expected"
            case .nameExpected: "a name in double quotes was expected"
            case .colonExpected: "a colon was expected"
            case .commaExpected: "a comma or a closing bracket was expected"
            case .endExpected: "something follows the whole value"
            }
        }
    }

    package let kind: Kind
    /// Counted from 0, as offsets in a file.
    package let byte: Int

    package init(_ kind: Kind, byte: Int) {
        self.kind = kind
        self.byte = byte
    }

    /// Looks for it; nil in a text that is JSON.
    ///
    /// For records that the decoder has refused: one pass, a byte at a time, and memory of an
    /// eighth of the text at most, where nothing but brackets is in it. UTF-8 is not looked at.
    package static func first(in text: UnsafeBufferPointer<UInt8>) -> JSONFault? {
        var scan = unsafe JSONScan(text: text)
        return scan.fault()
    }
}

/// Walks over a text from value to value, without recursion.
@safe
private struct JSONScan {
    /// What the grammar allows at a place.
    private enum Awaited {
        case value
        /// Behind `[`, where the array may end.
        case firstElement
        /// Behind `{`, where the object may end.
        case firstName
        case name
        /// Behind a value inside an object or array.
        case comma
        case end
    }

    let text: UnsafeBufferPointer<UInt8>
    private var at = 0
    private var lastComma = 0
    /// Whether each open bracket is an object's, the outermost first.
    private var open = BitStack()

    init(text: UnsafeBufferPointer<UInt8>) { unsafe self.text = unsafe text }

    mutating func fault() -> JSONFault? {
        if let fault = beginning { return fault }
        var awaited = Awaited.value
        while true {
            skipSpace()
            guard let byte else {
                return awaited == .end ? nil : JSONFault(.endsEarly, byte: at)
            }
            let found: JSONFault?
            switch awaited {
            case .end: return JSONFault(.endExpected, byte: at)
            case .comma: found = separator(byte, &awaited)
            case .firstName, .name: found = name(byte, &awaited)
            case .value, .firstElement: found = value(byte, &awaited)
            }
            if let found { return found }
        }
    }

    private var byte: UInt8? { unsafe at < text.count ? text[at] : nil }

    private var beginning: JSONFault? {
        if byte == 0 { return JSONFault(.registryFrame, byte: 0) }
        return has("\u{FEFF}") ? JSONFault(.byteOrderMark, byte: 0) : nil
    }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
    }

    private mutating func separator(_ byte: UInt8, _ awaited: inout Awaited) -> JSONFault? {
        if byte == UInt8(ascii: ",") {
            lastComma = at
            at += 1
            awaited = open.top == true ? .name : .value
            return nil
        }
        guard byte == closing else { return JSONFault(.commaExpected, byte: at) }
        close(&awaited)
        return nil
    }

    private mutating func name(_ byte: UInt8, _ awaited: inout Awaited) -> JSONFault? {
        switch byte {
        case UInt8(ascii: "}"):
            if awaited == .name { return JSONFault(.comma, byte: lastComma) }
            close(&awaited)
            return nil
        case UInt8(ascii: ","): return JSONFault(.comma, byte: at)
        case UInt8(ascii: "\""): break
        default: return JSONFault(.nameExpected, byte: at)
        }
        if let fault = string() { return fault }
        skipSpace()
        guard let next = self.byte else { return JSONFault(.endsEarly, byte: at) }
        guard next == UInt8(ascii: ":") else { return JSONFault(.colonExpected, byte: at) }
        at += 1
        awaited = .value
        return nil
    }

    private mutating func value(_ byte: UInt8, _ awaited: inout Awaited) -> JSONFault? {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let isObject = byte == UInt8(ascii: "{")
            open.push(isObject)
            at += 1
            awaited = isObject ? .firstName : .firstElement
            return nil
        case UInt8(ascii: "]") where awaited == .firstElement:
            close(&awaited)
            return nil
        case UInt8(ascii: "]") where open.top == false:
            return JSONFault(.comma, byte: lastComma)
        case UInt8(ascii: ","): return JSONFault(.comma, byte: at)
        case UInt8(ascii: "\""):
            if let fault = string() { return fault }
        default:
            if let fault = scalar(byte) { return fault }
        }
        awaited = open.top == nil ? .end : .comma
        return nil
    }

    private var closing: UInt8 { open.top == true ? UInt8(ascii: "}") : UInt8(ascii: "]") }

    private mutating func close(_ awaited: inout Awaited) {
        open.pop()
        at += 1
        awaited = open.top == nil ? .end : .comma
    }

    private mutating func string() -> JSONFault? {
        at += 1
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return nil
            case UInt8(ascii: "\\"):
                if let fault = escape() { return fault }
            case 0..<0x20: return JSONFault(.controlCharacter, byte: at)
            default: at += 1
            }
        }
        return JSONFault(.endsEarly, byte: at)
    }

    private mutating func escape() -> JSONFault? {
        let start = at
        at += 1
        guard let letter = byte else { return JSONFault(.endsEarly, byte: at) }
        at += 1
        guard letter == UInt8(ascii: "u") else {
            return isShortEscape(letter) ? nil : JSONFault(.escape, byte: start)
        }
        for _ in 0..<4 {
            guard let digit = byte else { return JSONFault(.endsEarly, byte: at) }
            guard isDigit(digit) || (0x61...0x66).contains(digit | 0x20) else {
                return JSONFault(.escape, byte: start)
            }
            at += 1
        }
        return nil
    }

    private static let notFinite = ["nan", "inf", "-nan", "-inf", "+nan", "+inf"]

    /// Whether that is the letter of an escape of two bytes.
    private func isShortEscape(_ letter: UInt8) -> Bool {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            true
        default: false
        }
    }

    private mutating func scalar(_ byte: UInt8) -> JSONFault? {
        let start = at
        // Most are numbers, and no word begins as they do: a record may hold a million of them.
        let isSigned = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
        let next = unsafe isSigned && at + 1 < text.count ? text[at + 1] : byte
        if isDigit(next) { return number() && ended ? nil : JSONFault(.number, byte: start) }
        let word =
            switch byte {
            case UInt8(ascii: "t"): "true"
            case UInt8(ascii: "f"): "false"
            default: "null"
            }
        if has(word) {
            at += word.utf8.count
            return ended ? nil : JSONFault(.valueExpected, byte: start)
        }
        for word in Self.notFinite where has(word, isCaseKnown: false) {
            return JSONFault(.notFinite, byte: start)
        }
        guard isSigned || byte == UInt8(ascii: ".") else {
            return JSONFault(.valueExpected, byte: start)
        }
        return number() && ended ? nil : JSONFault(.number, byte: start)
    }

    /// Moves behind a number; false where it is not one in JSON's form.
    private mutating func number() -> Bool {
        if byte == UInt8(ascii: "-") { at += 1 }
        if byte == UInt8(ascii: "0") {
            at += 1
        } else if !digits() {
            return false
        }
        if byte == UInt8(ascii: ".") {
            at += 1
            guard digits() else { return false }
        }
        guard byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") else { return true }
        at += 1
        if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
        return digits()
    }

    /// Moves behind one or more digits.
    private mutating func digits() -> Bool {
        let start = at
        while let byte, isDigit(byte) { at += 1 }
        return at > start
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Whether a number or word may end here.
    private var ended: Bool {
        switch byte {
        case nil, 0x2C, 0x7D, 0x5D, 0x20, 0x09, 0x0A, 0x0D: true
        default: false
        }
    }

    /// Whether `word` comes next.
    private func has(_ word: String, isCaseKnown: Bool = true) -> Bool {
        var place = at
        for expected in word.utf8 {
            guard unsafe place < text.count else { return false }
            let found = unsafe text[place]
            let isLetter = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(found)
            guard (isLetter && !isCaseKnown ? found | 0x20 : found) == expected else {
                return false
            }
            place += 1
        }
        return true
    }
}

/// Bits, the last one first.
private struct BitStack {
    private var words: [UInt64] = []
    private var count = 0

    /// Nil where there is none.
    var top: Bool? {
        count == 0 ? nil : words[(count - 1) / 64] & (1 << UInt64((count - 1) % 64)) != 0
    }

    mutating func push(_ bit: Bool) {
        if count / 64 == words.count { words.append(0) }
        let mask: UInt64 = 1 << UInt64(count % 64)
        if bit { words[count / 64] |= mask } else { words[count / 64] &= ~mask }
        count += 1
    }

    mutating func pop() { count = max(0, count - 1) }
}
