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
