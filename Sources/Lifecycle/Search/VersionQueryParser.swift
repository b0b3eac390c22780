/// Reads a search by recursive descent: `or` binds weakest, then `and`, then `not`.
struct VersionQueryParser {
    private typealias Token = VersionQueryLexer.Token

    private let error: VersionQueryError
    private var lexer: VersionQueryLexer
    private var token: Token
    private var depth = 0
    private var comparisons = 0

    init(_ text: String) throws(SwerveError) {
        error = VersionQueryError(text)
        guard text.utf8.count <= VersionQuery.textBytes else {
            throw error.tooLarge("more than \(VersionQuery.textBytes) bytes")
        }
        lexer = VersionQueryLexer(text, error: error)
        token = try lexer.next()
    }

    mutating func parse() throws(SwerveError) -> VersionQuery {
        let query = try disjunction()
        guard token.kind == .end else {
            throw error.expected("'and', 'or' or the end", found: shown, at: token.column)
        }
        return query
    }

    private mutating func disjunction() throws(SwerveError) -> VersionQuery {
        var parts = [try conjunction()]
        while isKeyword("or") {
            try advance()
            parts.append(try conjunction())
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(SwerveError) -> VersionQuery {
        var parts = [try negation()]
        while isKeyword("and") {
            try advance()
            parts.append(try negation())
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func negation() throws(SwerveError) -> VersionQuery {
        guard isKeyword("not") else { return try primary() }
        try descend()
        defer { depth -= 1 }
        try advance()
        return .not(try negation())
    }

    private mutating func primary() throws(SwerveError) -> VersionQuery {
        guard token.kind == .open else { return try comparison() }
        try descend()
        defer { depth -= 1 }
        let column = token.column
        try advance()
        let query = try disjunction()
        guard token.kind == .close else {
            throw error.expected(
                "')' for the '(' of column \(column)", found: shown, at: token.column)
        }
        try advance()
        return query
    }

    private mutating func descend() throws(SwerveError) {
        depth += 1
        guard depth <= VersionQuery.depth else {
            throw error.tooLarge(
                "more than \(VersionQuery.depth) parentheses or 'not' inside each other")
        }
    }

    private mutating func comparison() throws(SwerveError) -> VersionQuery {
        comparisons += 1
        guard comparisons <= VersionQuery.comparisons else {
            throw error.tooLarge("more than \(VersionQuery.comparisons) comparisons")
        }
        guard case .word(let name) = token.kind, !isKeyword("and"), !isKeyword("or") else {
            throw error.expected("a field, 'not' or '('", found: shown, at: token.column)
        }
        guard let field = VersionField(name) else {
            throw error.wrong("there is no field '\(name.shortened(to: 80))'", at: token.column)
        }
        try advance()
        guard case .comparison(let comparison) = token.kind else { return .has(field) }
        guard field.kind.comparisons.contains(comparison) else {
            let known = field.kind.comparisons.map(\.rawValue).joined(separator: " ")
            throw error.expected(
                "one of \(known) behind \(field.description)", found: "'\(comparison.rawValue)'",
                at: token.column)
        }
        try advance()
        let value = try value(of: field, comparison)
        try advance()
        return .compare(field, comparison, value)
    }

    private func value(
        of field: VersionField, _ comparison: VersionQuery.Comparison
    ) throws(SwerveError) -> VersionQuery.Value {
        let text: String
        let isQuoted: Bool
        switch token.kind {
        case .word(let word): (text, isQuoted) = (word, false)
        case .quoted(let quoted): (text, isQuoted) = (quoted, true)
        default:
            throw error.expected(
                "a value behind \(field.description) \(comparison.rawValue)", found: shown,
                at: token.column)
        }
        guard let value = VersionQueryValue(field.kind, comparison).value(text, isQuoted: isQuoted)
        else {
            throw error.expected(
                "\(VersionQueryValue(field.kind, comparison).words) for \(field.description)",
                found: shown, at: token.column)
        }
        return value
    }

    private func isKeyword(_ keyword: String) -> Bool {
        guard case .word(let word) = token.kind else { return false }
        return word.lowercased() == keyword
    }

    private mutating func advance() throws(SwerveError) { token = try lexer.next() }

    private var shown: String {
        switch token.kind {
        case .word(let word): "'\(word)'"
        case .quoted(let text): "\"\(text)\""
        case .comparison(let comparison): "'\(comparison.rawValue)'"
        case .open: "'('"
        case .close: "')'"
        case .end: "the end"
        }
    }
}

/// The errors of a search: the column, what was expected, and the fields that there are.
struct VersionQueryError {
    private let act: String

    init(_ text: String) { act = "reading the search '\(text.shortened(to: 120))'" }

    func expected(_ what: String, found: String, at column: Int) -> SwerveError {
        wrong("expected \(what), found \(found.shortened(to: 80))", at: column)
    }

    func wrong(_ reason: String, at column: Int) -> SwerveError {
        SwerveError(
            .usage, act: act, reason: "column \(column): \(reason)",
            remedy: "the fields are \(VersionField.known)")
    }

    func tooLarge(_ reason: String) -> SwerveError {
        SwerveError(.usage, act: act, reason: reason, remedy: "search for less at once")
    }
}
