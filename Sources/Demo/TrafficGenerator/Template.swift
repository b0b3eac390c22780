/// A text with placeholders: `/catalogue/{category}/{slug}-{number}`.
///
/// Placeholders are filled anew each time. Braces around anything else stand for themselves.
struct Template: Sendable {
    private enum Piece: Sendable {
        case literal([UInt8])
        case placeholder(Placeholder)
    }

    private let pieces: [Piece]

    init(_ text: String) {
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "{", let end = rest.firstIndex(of: "}"),
                let placeholder = Placeholder(rawValue: String(rest[..<end]))
            {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = []
                pieces.append(.placeholder(placeholder))
                rest = rest[rest.index(after: end)...]
                continue
            }
            literal.append(contentsOf: Array(String(character).utf8))
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        self.pieces = pieces
    }

    static func list(_ texts: String...) -> [Template] { texts.map(Template.init) }

    /// Appends the text with its placeholders filled.
    ///
    /// - Parameters:
    ///   - encoding: of what fills the placeholders; the text between them stays as it is.
    ///   - payload: what fills `{payload}`, already encoded.
    func write(
        to output: inout [UInt8], encoding: TextEncoding, payload: [UInt8],
        random: inout SeededRandom, scratch: inout [UInt8]
    ) {
        for piece in pieces {
            switch piece {
            case .literal(let bytes): output.append(contentsOf: bytes)
            case .placeholder(.payload): output.append(contentsOf: payload)
            case .placeholder(let placeholder):
                scratch.removeAll(keepingCapacity: true)
                placeholder.write(to: &scratch, random: &random)
                encoding.write(scratch, to: &output)
            }
        }
    }
}

extension [Template] {
    /// One of them; the list is not empty.
    func pick(_ random: inout SeededRandom) -> Template { self[random.below(count)] }
}
