import Lifecycle
import ModelFormats
import Scoring
import Testing

@Suite("ONNX: what happens before the model")
struct ONNXFeatureTests {
    typealias Node = SampleGraph.Node

    private static let constants: [SampleGraph.Constant] = [
        .floats("c", [0.5, 4]), .floats("d", [1, 2], [1, 2]), .scalar("two", 2),
        .scalar("low", -1), .scalar("high", 1),
    ]

    private static let offsets = StandardScaler(mean: [0.5, 4], scale: nil)
    private static let chains: [(name: String, nodes: [Node], steps: [FeatureTransform])] = [
        (
            "Scaler",
            [
                .ml(
                    "Scaler", ["x"], ["y"],
                    [("offset", .floats([1, 2])), ("scale", .floats([0.5, 4]))])
            ],
            [.single, .standardScaler(StandardScaler(mean: [1, 2], scale: [2, 0.25])), .single]
        ),
        (
            "Scaler of one number for all",
            [.ml("Scaler", ["x"], ["y"], [("offset", .floats([1])), ("scale", .floats([4]))])],
            [
                .single, .standardScaler(StandardScaler(mean: [1, 1], scale: [0.25, 0.25])),
                .single,
            ]
        ),
        (
            "Scaler with a factor of 0",
            [
                .ml(
                    "Scaler", ["x"], ["y"],
                    [("offset", .floats([1, 2])), ("scale", .floats([0, 4]))])
            ],
            [
                .single, .standardScaler(StandardScaler(mean: [1, 2], scale: nil)),
                .minMaxScaler(MinMaxScaler(scale: [0, 4], min: [0, 0], clip: nil)), .single,
            ]
        ),
        (
            "Mul and Add",
            [.init("Mul", ["x", "c"], ["m"]), .init("Add", ["d", "m"], ["y"])],
            [
                .single, .minMaxScaler(MinMaxScaler(scale: [0.5, 4], min: [1, 2], clip: nil)),
                .single,
            ]
        ),
        (
            "Mul, Add and Clip",
            [
                .init("Cast", ["x"], ["w"], [("to", .int(1))]), .init("Mul", ["w", "c"], ["m"]),
                .init("Add", ["m", "d"], ["n"]), .init("Clip", ["n", "low", "high"], ["y"]),
            ],
            [
                .single,
                .minMaxScaler(MinMaxScaler(scale: [0.5, 4], min: [1, 2], clip: -1...1)), .single,
            ]
        ),
        (
            "Sub and Div",
            [.init("Sub", ["x", "c"], ["m"]), .init("Div", ["m", "two"], ["y"])],
            [.single, .standardScaler(StandardScaler(mean: [0.5, 4], scale: [2, 2])), .single]
        ),
        (
            "Sub alone", [.init("Sub", ["x", "c"], ["y"])],
            [.single, .standardScaler(offsets), .single]
        ),
        (
            "Normalizer", [.ml("Normalizer", ["x"], ["y"], [("norm", .string("L1"))])],
            [.single, .normalizer(.l1), .single]
        ),
        (
            "Scaler and Normalizer",
            [
                .ml(
                    "Scaler", ["x"], ["s"],
                    [("offset", .floats([1, 2])), ("scale", .floats([0.5, 4]))]),
                .ml("Normalizer", ["s"], ["y"], [("norm", .string("L2"))]),
            ],
            [
                .single, .standardScaler(StandardScaler(mean: [1, 2], scale: [2, 0.25])),
                .single, .normalizer(.l2), .single,
            ]
        ),
        ("Flatten", [.init("Flatten", ["x"], ["y"], [("axis", .int(1))])], [.single]),
    ]

    @Test("steps become transforms, rounded to float32 where the tool rounds", arguments: chains)
    func chain(name: String, nodes: [Node], steps: [FeatureTransform]) throws {
        let graph = SampleGraph.behind(nodes, constants: Self.constants)
        #expect(
            try graph.parsed().featurizer
                == FeaturizerSpec(source: .dense(count: 2), transforms: steps))
    }

    @Test("whole numbers and unknown widths come in too")
    func inputs() throws {
        var graph = SampleGraph.linear
        graph.inputType = 7
        graph.columns = nil
        #expect(
            try graph.parsed().featurizer
                == FeaturizerSpec(source: .dense(count: 2), transforms: [.single]))
    }

    private static func text(
        _ before: [Node] = [lowered, split], vectorizer: Node = counted(), _ after: [Node] = []
    ) -> SampleGraph {
        var graph = SampleGraph.behind(
            before + [vectorizer] + (after.isEmpty ? [.init("Identity", ["count"], ["y"])] : after),
            constants: constants)
        graph.inputType = 8
        graph.columns = 1
        return graph
    }

    private static let lowered = Node(
        "StringNormalizer", ["x"], ["lower"],
        [("case_change_action", .string("LOWER")), ("is_case_sensitive", .int(0))])
    private static let split = splitting("lower")

    private static func splitting(
        _ input: String, _ more: [(String, SampleGraph.Attribute)] = []
    )
        -> Node
    {
        Node(
            "Tokenizer", [input], ["tokens"],
            [
                ("mark", .int(0)), ("mincharnum", .int(1)), ("pad_value", .string("#")),
                ("tokenexp", .string(".")),
            ] + more, domain: "com.microsoft")
    }

    private static func counted(
        pool: [String] = ["b", "a", "é"], counts: [Int64] = [0, 1], indexes: [Int64] = [1, 0],
        more: [(String, SampleGraph.Attribute)] = [("mode", .string("TF"))]
    ) -> Node {
        Node(
            "TfIdfVectorizer", ["tokens"], ["count"],
            [
                ("min_gram_length", .int(1)), ("max_gram_length", .int(2)),
                ("max_skip_count", .int(0)), ("ngram_counts", .ints(counts)),
                ("ngram_indexes", .ints(indexes)), ("pool_strings", .strings(pool)),
                ("weights", .floats([3, 5])),
            ] + more)
    }

    private static func terms(_ graph: SampleGraph) throws -> TfidfNgrams {
        let parsed = try graph.parsed()
        let spec = try #require(parsed.featurizer)
        guard case .tfidfNgrams(let terms) = spec.source, spec.transforms.isEmpty else {
            throw SwerveError(.invalid, act: "reading", reason: "no tf-idf: \(spec)")
        }
        return terms
    }

    @Test("characters are counted as n-grams over the pool's vocabulary, in its columns' order")
    func vocabulary() throws {
        let terms = try Self.terms(Self.text())
        #expect(terms.vocabulary == [Array("aé".utf8), Array("b".utf8)])
        #expect(terms.analyzer == .char && terms.ngramRange == 1...2 && terms.lowercase)
        #expect(terms.norm == nil && terms.idf == nil && !terms.binary && !terms.sublinearTF)
        var plain = Self.text([Self.splitting("x")])
        plain.columns = nil
        #expect(try !Self.terms(plain).lowercase)
    }

    @Test("weights, flags and norms behind the counts belong to them")
    func counts() throws {
        let weighted = try Self.terms(
            Self.text(
                [
                    .init("Mul", ["count", "c"], ["w"]),
                    .ml("Normalizer", ["w"], ["y"], [("norm", .string("L2"))]),
                ].prepending(Self.lowered, Self.split), joins: true))
        #expect(weighted.idf == [0.5, 4] && weighted.norm == .l2 && !weighted.binary)
        let flags = try Self.terms(
            Self.text(
                [
                    .init("Cast", ["count"], ["f"], [("to", .int(9))]),
                    .init("Cast", ["f"], ["y"], [("to", .int(1))]),
                ].prepending(Self.lowered, Self.split), joins: true))
        #expect(flags.binary && flags.norm == nil)
        let own = try Self.terms(
            Self.text(vectorizer: Self.counted(more: [("mode", .string("TFIDF"))])))
        #expect(own.idf == [3, 5] && !own.binary)
        let once = try Self.terms(
            Self.text(vectorizer: Self.counted(more: [("mode", .string("IDF"))])))
        #expect(once.idf == [3, 5] && once.binary)
    }

    /// The nodes before and after the vectorizer in one list.
    private static func text(_ nodes: [Node], joins: Bool) -> SampleGraph {
        text(Array(nodes.prefix(2)), Array(nodes.dropFirst(2)))
    }

    private static let refused: [(words: String, graph: SampleGraph)] = [
        (
            "splits into words",
            text([lowered, splitting("lower", [("separators", .strings([" "]))])])
        ),
        ("'stop", text([lowered, splitting("lower", [("stop", .int(1))])])),
        (
            "it takes a text, not a text split",
            text([lowered, .init("Identity", ["lower"], ["tokens"])])
        ),
        ("mode 'X' is not supported", text(vectorizer: counted(more: [("mode", .string("X"))]))),
        ("'ab' in pool_strings is not one", text(vectorizer: counted(pool: ["ab", "a", "b"]))),
        (
            "is the same as [0]",
            text(vectorizer: counted(pool: ["a", "b"], counts: [0]).same)
        ),
        ("does not divide the 4", text(vectorizer: counted(pool: ["a", "b", "c", "d"]))),
        ("not the columns from 0", text(vectorizer: counted(indexes: [0, 0]))),
        ("not the columns from 0", text(vectorizer: counted(indexes: [0, 2]))),
        ("3 ngram_indexes for 2", text(vectorizer: counted(indexes: [0, 1, 2]))),
        ("does not begin with 0", text(vectorizer: counted(counts: [1]))),
        (
            "length 3 that it does not",
            text(vectorizer: counted(pool: ["a", "b", "c"], counts: [0, 0, 0]))
        ),
        ("n-grams of this length", text(vectorizer: counted(more: [("mode", .string("TF"))]).long)),
        ("locale 'tr_TR'", text([lowered.turkish, split])),
        ("stopwords", text([lowered.stopping, split])),
        ("case_change_action 'UPPER'", text([lowered.raising, split])),
    ]

    @Test("texts that are not counted this way are refused", arguments: refused)
    func refusal(words: String, graph: SampleGraph) {
        let error = #expect(throws: SwerveError.self) { try graph.parsed() }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
}

extension SampleGraph.Node {
    private func with(_ name: String, _ value: SampleGraph.Attribute) -> SampleGraph.Node {
        var node = self
        node.attributes.removeAll { $0.0 == name }
        node.attributes.append((name, value))
        return node
    }

    fileprivate var same: SampleGraph.Node {
        with("pool_strings", .strings(["a", "a"]))
    }
    fileprivate var long: SampleGraph.Node { with("max_gram_length", .int(1 << 40)) }
    fileprivate var turkish: SampleGraph.Node { with("locale", .string("tr_TR")) }
    fileprivate var stopping: SampleGraph.Node { with("stopwords", .strings(["a"])) }
    fileprivate var raising: SampleGraph.Node { with("case_change_action", .string("UPPER")) }
}

extension [SampleGraph.Node] {
    fileprivate func prepending(_ nodes: SampleGraph.Node...) -> [SampleGraph.Node] {
        nodes + self
    }
}
