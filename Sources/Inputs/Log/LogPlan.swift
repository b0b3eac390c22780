internal import Glibc

/// A log format, compiled: the literal that a line begins with, then fields in turn, each with the
/// literal that ends it.
///
/// Made once, when a configuration is read; any thread may read lines by it.
///
/// `@unchecked Sendable`: nothing in it changes.
@safe
package final class LogPlan: @unchecked Sendable {
    package let format: LogFormat
    let escape: LogEscape
    let fields: [LogField]
    let steps: UnsafeMutableBufferPointer<LogStep>
    /// All literals, one behind the other; the one that the format begins with is first.
    let literals: UnsafeMutableBufferPointer<UInt8>
    /// The length of the literal that the format begins with.
    let headCount: Int
    /// The steps of the first and the last part of the request.
    let firstPart: Int
    let lastPart: Int

    /// - Throws: `LogFormatFault` for a string that is none, or from which the request could not be
    ///   told without a doubt.
    package init(_ format: LogFormat) throws(LogFormatFault) {
        self.format = format
        escape = format.escape
        let tokens =
            switch format {
            case .apache(let text): try ApacheFormat.tokens(of: text)
            case .nginx(let text, _): try NginxFormat.tokens(of: text)
            }
        let compiled = try CompiledFormat(LogRequestJoin.joined(tokens))
        fields = compiled.fields
        headCount = compiled.headCount
        firstPart = compiled.parts.first ?? 0
        lastPart = compiled.parts.last ?? 0
        unsafe steps = .allocate(capacity: compiled.steps.count)
        _ = unsafe steps.initialize(from: compiled.steps)
        unsafe literals = .allocate(capacity: compiled.literals.count)
        _ = unsafe literals.initialize(from: compiled.literals)
    }

    deinit {
        unsafe steps.deallocate()
        unsafe literals.deallocate()
    }

    /// The step of the field of that name: of two the first.
    func step(named name: String) -> Int? {
        fields.firstIndex { $0.names.contains(name) }
    }

    /// Whether lines have a field of that name.
    package func hasField(named name: String) -> Bool { step(named: name) != nil }

    /// The fields that hold what the server made of a path, and not what was sent.
    package var rewrittenFields: [String] {
        fields.indices.filter { unsafe steps[$0].part != .none && fields[$0].isRewritten }
            .map { fields[$0].spelling }
    }
}

extension LogPlan: Equatable {
    package static func == (one: LogPlan, other: LogPlan) -> Bool { one.format == other.format }
}

/// Where a field ends.
enum LogEnd: UInt8, Sendable {
    /// Where the literal behind it stands.
    case literal
    /// The same, where what follows may begin a status.
    case beforeStatus
    /// The same, but not within a list of upstreams.
    case list
    /// At the first space.
    case space
    /// At the end of the line.
    case line
}

/// A field on the way through a line.
struct LogStep: Sendable {
    /// Of the literal behind it, in the plan's literals.
    var literalStart: Int
    var literalCount: Int
    /// Whether it stands within quotes.
    var isQuoted: Bool
    var end: LogEnd
    /// The part of the request that is read there; none where the request comes in one piece
    /// elsewhere.
    var part: LogPart
}

/// Makes one field of those that together are a target or a request.
enum LogRequestJoin {
    private enum Piece {
        case parts([LogPart])
        case named(String)
        case space
    }

    static func joined(_ tokens: [LogToken]) -> [LogToken] {
        let path = Piece.parts([.path])
        let query = Piece.parts([.query])
        var tokens = replacing([path, query], in: tokens, by: "target")
        tokens = replacing([path, .named("is_args"), query], in: tokens, by: "target")
        return replacing(
            [
                .parts([.method]), .space, .parts([.target, .path]), .space, .parts([.version]),
            ], in: tokens, by: "request")
    }

    private static func replacing(
        _ pattern: [Piece], in tokens: [LogToken], by name: String
    ) -> [LogToken] {
        var result: [LogToken] = []
        var at = 0
        while at < tokens.count {
            let found = tokens[at...].prefix(pattern.count)
            guard found.count == pattern.count, zip(found, pattern).allSatisfy(matches) else {
                result.append(tokens[at])
                at += 1
                continue
            }
            var field = LogField(
                [name], spelling: found.compactMap(\.field).map(\.spelling).joined())
            field.isRewritten = found.contains { $0.field?.isRewritten ?? false }
            result.append(.field(field))
            at += pattern.count
        }
        return result
    }

    private static func matches(_ token: LogToken, _ piece: Piece) -> Bool {
        switch (token, piece) {
        case (.literal(let bytes), .space): bytes == [0x20]
        case (.field(let field), .parts(let parts)): parts.contains(field.part)
        case (.field(let field), .named(let name)): field.part == .none && field.names[0] == name
        default: false
        }
    }
}

/// The steps of a format, while they are made.
private struct CompiledFormat {
    var fields: [LogField] = []
    var steps: [LogStep] = []
    var literals: [UInt8] = []
    var headCount = 0
    /// The steps that hold parts of the request.
    var parts: [Int] = []

    init(_ tokens: [LogToken]) throws(LogFormatFault) {
        var rest = tokens[...]
        if case .literal(let head)? = rest.first {
            literals = head
            headCount = head.count
            rest.removeFirst()
        }
        while case .field(let field)? = rest.popFirst() {
            var step = LogStep(
                literalStart: literals.count, literalCount: 0,
                isQuoted: literals.count { $0 == 0x22 } % 2 == 1, end: .space, part: .none)
            if case .literal(let bytes)? = rest.first {
                rest.removeFirst()
                literals += bytes
                step.literalCount = bytes.count
                step.end = .literal
            } else if let next = rest.first?.field {
                throw LogFormatFault(
                    "nothing stands between \(field.spelling) and \(next.spelling)")
            }
            fields.append(field)
            steps.append(step)
        }
        try findRequest()
        finish()
    }

    private mutating func findRequest() throws(LogFormatFault) {
        let requestParts: [LogPart] = [.request, .method, .target, .path, .query]
        parts = fields.indices.filter { requestParts.contains(fields[$0].part) }
        let whole = parts.filter { fields[$0].part == .request }
        if !whole.isEmpty { parts = whole }
        let found = parts.map { fields[$0].part.rawValue }.sorted()
        let forms: [[LogPart]] = [
            [.request], [.method, .target], [.method, .path], [.method, .path, .query],
        ]
        guard forms.contains(where: { $0.map(\.rawValue) == found }) else {
            let names = parts.map { fields[$0].spelling }.joined(separator: ", ")
            throw LogFormatFault(
                "the request must be in it once, as %r or $request, or as a method and a target; "
                    + "found: \(names.isEmpty ? "nothing of it" : names)")
        }
        for index in parts {
            let (step, part) = (steps[index], fields[index].part)
            steps[index].part = part
            guard part != .method, step.literalCount > 0 else { continue }
            // What a client may have written must not be able to end the request.
            let behind = literals[step.literalStart]
            guard behind == 0x22 || behind < 0x20 else {
                throw LogFormatFault(
                    "a client could end \(fields[index].spelling): write it within quotes, with a "
                        + "tab behind it, or at the end")
            }
        }
    }

    private mutating func finish() {
        for index in steps.indices {
            let isPart = steps[index].part != .none
            if steps[index].literalCount == 0 {
                steps[index].end = isPart ? .line : .space
            } else if isPart, index + 1 < fields.count,
                fields[index + 1].names.contains("status")
            {
                steps[index].end = .beforeStatus
            } else if !isPart, fields[index].names[0].hasPrefix("upstream_"),
                literals[steps[index].literalStart] == 0x20
            {
                steps[index].end = .list
            }
        }
    }
}
