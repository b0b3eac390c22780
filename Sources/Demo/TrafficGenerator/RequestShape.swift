/// One kind of request: its method and what path, query and body are made from.
struct RequestShape: Sendable {
    enum Body: Sendable {
        case none, form, json, xml
    }

    let method: [UInt8]
    let path: Template
    let query: Template?
    let body: Template?
    let bodyKind: Body
    /// How often it comes, relative to the other shapes of its list.
    let weight: Int

    init(
        _ method: String, _ path: String, query: String? = nil, form: String? = nil,
        json: String? = nil, xml: String? = nil, weight: Int = 1
    ) {
        self.method = Array(method.utf8)
        self.path = Template(path)
        self.query = query.map(Template.init)
        body = (form ?? json ?? xml).map(Template.init)
        bodyKind =
            if form != nil {
                .form
            } else if json != nil {
                .json
            } else {
                xml != nil ? .xml : .none
            }
        self.weight = weight
    }
}

/// Shapes to draw from by weight.
struct WeightedShapes: Sendable {
    private let shapes: [RequestShape]
    /// The index of a shape, as often as its weight.
    private let draw: [Int]

    init(_ shapes: [RequestShape]) {
        self.shapes = shapes
        draw = shapes.indices.flatMap { Array(repeating: $0, count: shapes[$0].weight) }
    }

    func pick(_ random: inout SeededRandom) -> RequestShape {
        shapes[draw[random.below(draw.count)]]
    }
}

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
