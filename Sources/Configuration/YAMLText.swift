import Lifecycle
import Yams

/// YAML's text to its tree, for all that is read as YAML.
enum YAMLText {
    /// What is wrong and where; never the text itself, which may hold a password.
    struct Fault: Error, Equatable {
        let reason: String
        var remedy = ""
    }

    /// The tree; nil for a text that says nothing.
    ///
    /// A byte order mark in front, as some editors write it, is passed over.
    ///
    /// What is read into memory is about as large as the text: where aliases could stand for much
    /// more, the text is refused before the reader goes through what each of them stands for.
    static func compose(_ text: String) throws(Fault) -> Node? {
        let text = text.unicodeScalars.first == byteOrderMark ? text.dropFirstScalar : text
        if let line = lineOfTooManyAliases(text) {
            throw Fault(
                reason: "line \(line): more than \(aliasesMax) aliases (*)",
                remedy: "write out what they stand for")
        }
        do {
            return try Yams.compose(yaml: text)
        } catch {
            throw Fault(reason: "not YAML: \(words(error))")
        }
    }

    /// The line of the first alias too many; nil where there are no more, or no anchors.
    ///
    /// By the text alone, so quoted text can count too, and no alias is missed: each begins behind
    /// the beginning of a line, a space, or a mark that stands between values.
    private static func lineOfTooManyAliases(_ text: String) -> Int? {
        var (line, aliases) = (1, 0)
        var hasAnchor = false
        var tooMany: Int?
        var before = UInt8(ascii: "\n")
        var mark: UInt8?
        for byte in text.utf8 {
            if let begun = mark, isNameByte(byte) {
                if begun == UInt8(ascii: "&") { hasAnchor = true } else { aliases += 1 }
                if aliases > aliasesMax, tooMany == nil { tooMany = line }
            }
            let isMark = byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")
            mark = isMark && mayBegin(behind: before) ? byte : nil
            if byte == UInt8(ascii: "\n") { line += 1 }
            before = byte
        }
        return hasAnchor ? tooMany : nil
    }

    /// A part of a name of an anchor.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// Bytes beyond ASCII end Unicode's line breaks, and the byte order mark.
    private static func mayBegin(behind byte: UInt8) -> Bool {
        byte >= 0x80 || byte <= 0x20 || "[{,:?".utf8.contains(byte)
    }

    private static func words(_ error: any Error) -> String {
        func place(_ problem: String, _ mark: Mark) -> String {
            "line \(mark.line), column \(mark.column): \(problem)"
        }
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return place(problem, mark)
        case .reader(let problem, _, _, _): return problem
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { $0.shortened(to: 40) }.joined(separator: ", ")
            return place("given twice: \(names)", context.mark)
        default: return "it cannot be read"
        }
    }

    private static let byteOrderMark: Unicode.Scalar = "\u{FEFF}"
    /// So few stand for no more than some twenty times the text, however they are nested.
    static let aliasesMax = 8
}

extension String {
    /// A mark may be one character with what follows it.
    fileprivate var dropFirstScalar: String { String(unicodeScalars.dropFirst()) }
}
