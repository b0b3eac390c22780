/// A text with slots: `/catalogue/{category}/{slug}-{number}`.
///
/// Slots are filled anew each time. Braces around anything that is no slot stand for themselves.
struct Template: Sendable {
    private enum Piece: Sendable {
        case literal([UInt8])
        case slot(Slot)
    }

    private let pieces: [Piece]

    init(_ text: String) {
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "{", let end = rest.firstIndex(of: "}"),
                let slot = Slot(rawValue: String(rest[..<end]))
            {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = []
                pieces.append(.slot(slot))
                rest = rest[rest.index(after: end)...]
                continue
            }
            literal.append(contentsOf: Array(String(character).utf8))
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        self.pieces = pieces
    }

    static func list(_ texts: String...) -> [Template] { texts.map(Template.init) }

    /// Appends the text with its slots filled.
    ///
    /// - Parameters:
    ///   - encoding: of what fills the slots; the text between them stays as it is.
    ///   - payload: what fills `{payload}`, already encoded.
    func write(
        to output: inout [UInt8], encoding: TextEncoding, payload: [UInt8],
        random: inout SeededRandom, scratch: inout [UInt8]
    ) {
        for piece in pieces {
            switch piece {
            case .literal(let bytes): output.append(contentsOf: bytes)
            case .slot(.payload): output.append(contentsOf: payload)
            case .slot(let slot):
                scratch.removeAll(keepingCapacity: true)
                slot.write(to: &scratch, random: &random)
                encoding.write(scratch, to: &output)
            }
        }
    }
}

extension [Template] {
    /// One of them; the list is not empty.
    func pick(_ random: inout SeededRandom) -> Template { self[random.below(count)] }
}
