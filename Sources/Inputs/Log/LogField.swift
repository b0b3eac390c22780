/// How a field's bytes become a number.
enum LogUnit: Sendable, Equatable {
    /// A number, divided by that.
    case number(Double)
    /// `02/Jan/2006:15:04:05 -0700`.
    case commonTime
    /// `2006-01-02T15:04:05+01:00`.
    case isoTime
}

/// Which part of the request a field holds.
enum LogPart: UInt8, Sendable {
    case none, request, method, target, path, query
    /// Only looked at where formats are compiled: it belongs to a request in one piece.
    case version

    /// By the name of a field.
    static let names: [(name: String, part: LogPart)] = [
        ("request", .request), ("request_method", .method), ("target", .target), ("path", .path),
        ("query", .query), ("protocol", .version),
    ]
}

/// A field of a line, as its format names it.
struct LogField: Sendable, Equatable {
    /// Under which it is found, for numbers and ids.
    let names: [String]
    let unit: LogUnit
    /// As the format string writes it.
    let spelling: String
    /// Whether the server writes there what it made of the request, and not the request.
    var isRewritten = false

    init(_ names: [String], _ unit: LogUnit = .number(1), spelling: String) {
        self.names = names
        self.unit = unit
        self.spelling = spelling
    }

    var part: LogPart {
        for name in names {
            if let found = LogPart.names.first(where: { $0.name == name }) { return found.part }
        }
        return .none
    }
}

/// A piece of a format string.
enum LogToken: Sendable, Equatable {
    case literal([UInt8])
    case field(LogField)

    var field: LogField? {
        if case .field(let field) = self { field } else { nil }
    }
}

extension [LogToken] {
    /// Adds bytes that stand in a line as they are; neighbouring ones are one literal.
    mutating func add(_ bytes: [UInt8]) {
        guard case .literal(let before)? = last else { return append(.literal(bytes)) }
        self[count - 1] = .literal(before + bytes)
    }
}
