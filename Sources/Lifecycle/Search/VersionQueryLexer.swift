/// Cuts a search into words, quoted texts, comparisons and parentheses.
struct VersionQueryLexer {
    struct Token: Equatable {
        enum Kind: Equatable {
            /// A bare word: a field, a value, `and`, `or`, `not`.
            case word(String)
            case quoted(String)
            case comparison(VersionQuery.Comparison)
            case open, close, end
        }
        let kind: Kind
        /// Counted from 1, in characters.
        let column: Int
    }

    private let characters: [Character]
    private let error: VersionQueryError
    private var index = 0

    init(_ text: String, error: VersionQueryError) {
        characters = Array(text)
        self.error = error
    }

    mutating func next() throws(SwerveError) -> Token {
        while let character = peek, character == " " || character == "\t" || character == "\n" {
            index += 1
        }
        let column = index + 1
        guard let character = peek else { return Token(kind: .end, column: column) }
        switch character {
        case "(":
            index += 1
            return Token(kind: .open, column: column)
        case ")":
            index += 1
            return Token(kind: .close, column: column)
        case "\"", "'":
            return Token(kind: .quoted(try quoted()), column: column)
        case "=", "!", "<", ">", "~":
            return Token(kind: .comparison(try comparison(at: column)), column: column)
        default:
            return Token(kind: .word(try word()), column: column)
        }
    }

    private var peek: Character? { index < characters.count ? characters[index] : nil }

    private mutating func comparison(
        at column: Int
    ) throws(SwerveError) -> VersionQuery.Comparison {
        var symbol = String(characters[index])
        index += 1
        if peek == "=", symbol != "~" {
            symbol += "="
            index += 1
        }
        // As most languages write it.
        if symbol == "==" { return .equal }
        guard let comparison = VersionQuery.Comparison(rawValue: symbol) else {
            throw error.expected(
                "one of " + VersionQuery.Comparison.allCases.map(\.rawValue).joined(separator: " "),
                found: "'\(symbol)'", at: column)
        }
        return comparison
    }

    private mutating func word() throws(SwerveError) -> String {
        var word = ""
        while let character = peek, !Self.isDelimiter(character) {
            word.append(character)
            index += 1
            // tag."a name with spaces"
            if character == ".", peek == "\"" || peek == "'" { return word + (try quoted()) }
        }
        guard !word.isEmpty else {
            throw error.expected("a word", found: "a control character", at: index + 1)
        }
        return word
    }

    private mutating func quoted() throws(SwerveError) -> String {
        let start = index + 1
        let quote = characters[index]
        var text = ""
        index += 1
        while let character = peek {
            index += 1
            if character == quote { return text }
            guard character == "\\" else {
                text.append(character)
                continue
            }
            guard let escaped = peek, ["\"", "'", "\\"].contains(escaped) else {
                throw error.expected(
                    #"\\, \" or \' (a backslash stands before a quote or a backslash)"#,
                    found: peek.map { "'\\\($0)'" } ?? "the end", at: index)
            }
            text.append(escaped)
            index += 1
        }
        throw error.expected("the closing \(quote)", found: "the end", at: start)
    }

    private static func isDelimiter(_ character: Character) -> Bool {
        switch character {
        case "(", ")", "\"", "'", "=", "!", "<", ">", "~": true
        default:
            character.isWhitespace
                || character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        }
    }
}
