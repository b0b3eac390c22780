import Lifecycle
import ModelFormats
import Scoring
import Testing

@Suite("Bundles of scikit-learn's models")
struct BundleTests {
    @Test("a bundle is recognised by its content")
    func recognised() throws {
        #expect(try ModelFormat.recognize(BundleSample.linear.file) == .safetensors)
    }

    @Test("a hyperplane, its scaler, its calibration and its golden inputs are read")
    func linear() throws {
        let parsed = try ParsedModel(parsing: BundleSample.linear.file)
        let expected = Model(
            task: .classification, classes: ["no", "yes"], positive: 1, rule: .single,
            function: .linear(LinearWeights(weights: [0.5, -0.25, 2], intercepts: [0.125])),
            probability: .sigmoid(a: -2, b: 0.5), refusesNonFinite: true)
        #expect(parsed.model == expected)
        #expect(parsed.threshold == 0.25 && parsed.labels == ["attack": "yes"])
        #expect(
            parsed.featurizer
                == FeaturizerSpec(
                    source: .dense(count: 3),
                    transforms: [
                        .standardScaler(StandardScaler(mean: [1, 2, 3], scale: [1, 2, 4]))
                    ]))
        #expect(
            parsed.golden == [
                GoldenInput(input: OwnedInput(dense: [1, 2, 3]), decision: [1]),
                GoldenInput(input: OwnedInput(dense: [4, 5, 6]), decision: [2]),
            ])
    }

    @Test("texts by name are golden inputs, those that a record does not have left out")
    func namedTexts() throws {
        let golden: JSONValue = [
            "count": 2, "decision": ["tensor": "golden.decision"],
            "texts": [
                "names": ["url", "m"], "absent": [1, 2], "bytes": ["tensor": "texts"],
                "offsets": ["tensor": "texts.cuts"],
            ],
        ]
        let sample = BundleSample.text.with("golden", golden)
            .with(tensor: "texts.cuts", .ints([0, 2, 2, 2, 3]))
        #expect(
            try ParsedModel(parsing: sample.file).golden.map(\.input) == [
                OwnedInput(texts: ["url": [0x61, 0xFF]]), OwnedInput(texts: ["m": [0]]),
            ])
        let refused: [(JSONValue, String)] = [
            ([0], "golden.texts.absent is not a list of places"),
            ([1, 1], "golden.texts.absent is not"), ([4], "golden.texts.absent is not"),
        ]
        for (absent, words) in refused {
            let texts = golden["texts"]?.object?.merging(["absent": absent]) { $1 } ?? [:]
            let wrong = golden.object?.merging(["texts": .object(texts)]) { $1 } ?? [:]
            let error = #expect(throws: SwerveError.self) {
                try ParsedModel(parsing: sample.with("golden", .object(wrong)).file)
            }
            #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("support vectors, votes and pairwise probabilities are read")
    func votes() throws {
        let parsed = try ParsedModel(parsing: BundleSample.votes.file)
        let expected = Model(
            task: .classification, classes: ["0", "1", "2"], rule: .oneVsOneAsRest,
            function: .kernel(
                KernelMachine(
                    kernel: .rbf(gamma: 0.5), featureCount: 2, vectors: [1, 2, 3, 4, 5, 6, 7, 8],
                    vectorCounts: [1, 2, 1], coefficients: [1, -1, 2, -2, 3, -3, 4, -4],
                    intercepts: [0.1, -0.2, 0.3])),
            probability: .pairwise(a: [-1, -2, -3], b: [0, 0.5, 1], couples: true),
            refusesNonFinite: true)
        #expect(parsed.model == expected)
        #expect(parsed.golden.isEmpty && parsed.labels.isEmpty && parsed.threshold == 0)
    }

    @Test("a vocabulary and texts are cut out of their bytes")
    func text() throws {
        let parsed = try ParsedModel(parsing: BundleSample.text.file)
        let tfidf = try TfidfNgrams(
            analyzer: .charWordBoundaries, ngramRange: 1...2,
            preprocessing: .init(lowercase: true), weighting: .init(norm: .l2, idf: [1, 2, 3]),
            vocabulary: [Array("a".utf8), Array("bé".utf8), Array("c".utf8)])
        #expect(
            parsed.featurizer
                == FeaturizerSpec(source: .tfidfNgrams(tfidf), transforms: [.normalizer(.l1)]))
        #expect(parsed.golden.map(\.input.text) == [[], [0x61, 0xFF, 0]])
    }

    @Test("words, their stop words and accents are read")
    func words() throws {
        let steps = BundleSample.text.manifest["featurizer"]?["steps"]?.array
        var step = steps?.first?["tfidf_ngrams"]?.object ?? [:]
        step["analyzer"] = "word"
        step["token_pattern"] = #"\w+"#
        step["stop_words"] = ["the"]
        step["strip_accents"] = "unicode"
        let hashed: JSONValue = ["analyzer": "word", "stop_words": ["x"], "n_features": 4]
        let sample = BundleSample.text.with(
            "featurizer",
            [
                "steps": [
                    ["union": [["tfidf_ngrams": .object(step)], ["hashed_ngrams": hashed]]]
                ]
            ])
        let options = TextOptions(
            stripAccents: .unicode,
            words: try WordTokens(
                pattern: #require(TokenPattern(#"\w+"#)), stopWords: ["the"]))
        let tfidf = try TfidfNgrams(
            analyzer: .word, ngramRange: 1...2,
            preprocessing: .init(lowercase: true, options: options),
            weighting: .init(norm: .l2, idf: [1, 2, 3]),
            vocabulary: [Array("a".utf8), Array("bé".utf8), Array("c".utf8)])
        let recipe = HashedNgrams(
            analyzer: .word, ngramRange: 1...1, featureCount: 4, alternateSign: true,
            lowercase: true, norm: .l2, binary: false,
            options: TextOptions(words: try WordTokens(stopWords: ["x"])))
        #expect(
            try ParsedModel(parsing: sample.file).featurizer
                == FeaturizerSpec(
                    source: .union([
                        FeaturizerSpec(source: .tfidfNgrams(tfidf)),
                        FeaturizerSpec(hashedNgrams: recipe),
                    ])))
        for (key, value, words) in [
            ("token_pattern", "a|b" as JSONValue, "token_pattern 'a|b' cannot be expressed"),
            ("stop_words", "english", "stop_words is not a list of words"),
            ("analyzer", "char", "only the word analyzer knows it"),
        ] {
            var wrong = step
            wrong[key] = value
            let sample = BundleSample.text.with(
                "featurizer", ["steps": [["tfidf_ngrams": .object(wrong)]]])
            let error = #expect(throws: SwerveError.self) {
                try ParsedModel(parsing: sample.file)
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("hashed n-grams, fields, scalers with a clip and unions are read")
    func steps() throws {
        let hashed: JSONValue = [
            "steps": [["hashed_ngrams": ["analyzer": "byte", "n_features": 2]]]
        ]
        let dense: JSONValue = [
            "steps": [
                ["dense": [:]],
                ["min_max_scaler": ["scale": [2.0], "min": [-1.0], "clip": [0.0, 1.0]]],
            ]
        ]
        let sample = BundleSample.linear.with(
            "featurizer", ["steps": [["union": [hashed, dense]]]])
        let recipe = HashedNgrams(
            analyzer: .byte, ngramRange: 1...1, featureCount: 2, alternateSign: true,
            lowercase: false, norm: .l2, binary: false)
        let scaler = MinMaxScaler(scale: [2], min: [-1], clip: 0...1)
        #expect(
            try ParsedModel(parsing: sample.file).featurizer
                == FeaturizerSpec(
                    source: .union([
                        FeaturizerSpec(hashedNgrams: recipe),
                        FeaturizerSpec(
                            source: .dense(count: nil), transforms: [.minMaxScaler(scaler)]),
                    ])))
    }

    @Test("an ensemble's hyperplanes and tables are read")
    func ensemble() throws {
        let parsed = try ParsedModel(parsing: BundleSample.ensemble.file)
        let expected = Model(
            task: .classification, classes: ["a", "b", "c"], rule: .oneVsRest,
            function: .linear(
                LinearWeights(
                    weights: (0..<18).map(Double.init), intercepts: [0, 1, 2, 3, 4, 5])),
            probability: .decisions,
            calibration: Calibration(
                members: 2,
                curves: .isotonic(
                    IsotonicCurves(
                        starts: [0, 2, 3, 4, 7, 9, 10], x: [-1, 1, 0, 0, -2, 0, 2, 5, 6, 7],
                        y: [0, 1, 0.5, 0.25, 0, 0.5, 0.5, 0, 0.25, 1]))),
            refusesNonFinite: true)
        #expect(parsed.model == expected)
    }

    @Test("sigmoids of two classes, a temperature, and machines of members are read")
    func members() throws {
        let two = BundleSample.linear.with("probability", ["decisions": [:]])
            .with("threshold", 0.5).with(tensor: "w", .doubles([1, 2, 3, 4, 5, 6], [3, 2]))
            .with(tensor: "b", .doubles([1, 2]))
        let sigmoid = two.with(
            "calibration",
            ["members": 2, "curves": ["sigmoid": ["a": [-1.0, -2.0], "b": [0.5, 1.0]]]])
        var model = try ParsedModel(parsing: sigmoid.file).model
        #expect(
            model.calibration
                == Calibration(members: 2, curves: .sigmoid(a: [-1, -2], b: [0.5, 1])))
        #expect(model.linear?.rows == 2 && model.decisionCount == 1)
        let machine = BundleSample.votes.manifest["function"]?["kernel"] ?? .null
        let votes = BundleSample.votes.with("rule", "one_vs_rest")
            .with("probability", ["decisions": [:]])
            .with("function", ["kernels": ["machines": [machine, machine]]])
            .with(
                "calibration", ["members": 2, "curves": ["temperature": ["beta": [0.5, 2.0]]]])
        model = try ParsedModel(parsing: votes.file).model
        guard case .kernels(let machines) = model.function else {
            Issue.record("no machines")
            return
        }
        #expect(machines.count == 2 && machines[0] == machines[1])
        #expect(model.calibration?.curves == .temperature(beta: [0.5, 2]))
    }

    private static let rules: [(String, JSONValue, ProbabilityRule)] = [
        ("single", ["modified_huber": [:]], .modifiedHuber),
        ("one_vs_rest", ["modified_huber": [:]], .modifiedHuber),
        ("one_vs_rest", ["softmax": [:]], .softmax),
        ("one_vs_rest", ["one_vs_rest": ["link": "logistic"]], .oneVsRest(.logistic)),
        ("one_vs_rest", ["one_vs_rest": ["link": "modified_huber"]], .oneVsRest(.modifiedHuber)),
    ]

    @Test("probabilities that follow from decisions alone are read", arguments: rules)
    func probabilities(rule: String, json: JSONValue, probability: ProbabilityRule) throws {
        let sample =
            rule == "single"
            ? BundleSample.linear
            : BundleSample.ensemble.with("calibration", nil)
                .with(
                    "function", ["linear": ["weights": ["tensor": "w"], "intercepts": [1, 2, 3]]]
                )
                .with(tensor: "w", .doubles((0..<9).map(Double.init), [3, 3]))
        let parsed = try ParsedModel(parsing: sample.with("probability", json).file)
        #expect(parsed.model.probability == probability)
    }

    private static let kernelCases: [(parameters: JSONValue, kernel: Kernel)] = [
        (["kernel": "linear"], .linear),
        (
            ["kernel": "polynomial", "gamma": 0.5, "coef0": 1, "degree": 3],
            .polynomial(gamma: 0.5, coef0: 1, degree: 3)
        ),
        (["kernel": "sigmoid", "gamma": 0.5, "coef0": -1], .sigmoid(gamma: 0.5, coef0: -1)),
    ]

    @Test("each kernel has the parameters that are its own", arguments: kernelCases)
    func kernels(parameters: JSONValue, kernel: Kernel) throws {
        var machine = BundleSample.votes.manifest["function"]?["kernel"]?.object ?? [:]
        machine["gamma"] = nil
        machine.merge(parameters.object ?? [:]) { _, new in new }
        let sample = BundleSample.votes.with("function", ["kernel": .object(machine)])
        let model = try ParsedModel(parsing: sample.file).model
        guard case .kernel(let read) = model.function else {
            Issue.record("no kernel")
            return
        }
        #expect(read.kernel == kernel)
    }

    @Test("a regression has no classes, and a one-class model has inliers first")
    func otherTasks() throws {
        let plain = BundleSample.linear.with("probability", nil).with("labels", [:])
        let regression = plain.with("task", "regression").with("classes", []).with("positive", 0)
        let number = try ParsedModel(parsing: regression.file).model
        #expect(number.task == .regression && number.classes.isEmpty)
        let oneClass = plain.with("task", "one-class").with("classes", ["1", "-1"])
            .with("positive", 0).with("threshold", .double(-.leastNonzeroMagnitude))
        let parsed = try ParsedModel(parsing: oneClass.file)
        #expect(parsed.model.task == .oneClass && parsed.model.classes == ["1", "-1"])
        #expect(parsed.threshold == -Double.leastNonzeroMagnitude)
    }

    @Test("one hyperplane a class lies side by side, feature by feature; float32 is widened")
    func oneVsRest() throws {
        let sample = BundleSample.linear.with("rule", "one_vs_rest").with("positive", 0)
            .with("classes", ["a", "b", "c"]).with("labels", [:]).with("threshold", 0)
            .with("probability", ["logistic": [:]]).with("golden", nil)
            .with("function", ["linear": ["weights": ["tensor": "w"], "intercepts": [1, 2, 3]]])
            .with(tensor: "w", .floats([1, 2, 3, 4, 5, 0.1], [2, 3]))
        let model = try ParsedModel(parsing: sample.file).model
        #expect(model.linear?.rows == 3 && model.featureCount == 2)
        #expect(model.linear?.weights == [1, 2, 3, 4, 5, Double(Float(0.1))])
        #expect(model.linear?.intercepts == [1, 2, 3] && model.probability == .logistic)
    }

    @Test("a golden request becomes its text, and its parts stand where they stand")
    func request() throws {
        let sample = BundleSample.text.with(
            "golden",
            [
                "count": 2, "decision": ["tensor": "golden.decision"],
                "request": ["bytes": ["tensor": "texts"], "offsets": ["tensor": "texts.cuts"]],
            ]
        ).with(tensor: "texts", .text("GET/aq=1POST/bx"))
            .with(tensor: "texts.cuts", .ints([0, 3, 5, 8, 8, 12, 14, 14, 15]))
        let golden = try ParsedModel(parsing: sample.file).golden
        #expect(golden.map(\.input.text) == ["GET /a?q=1\n", "POST /b\nx"].map { Array($0.utf8) })
        let parts = RequestParts(method: 0..<3, path: 4..<6, query: 7..<10, body: 11..<11)
        #expect(golden[0].input.parts == parts)
        #expect(
            golden[1].input.parts
                == RequestParts(method: 0..<4, path: 5..<7, query: 7..<7, body: 8..<9))
    }

    @Test("golden fields are read by name, and NaN stands for one that is absent")
    func fields() throws {
        let sample = BundleSample.linear.with(
            "golden",
            [
                "count": 2, "decision": ["tensor": "golden.decision"],
                "fields": ["names": ["a", "b.c"], "values": ["tensor": "golden.dense"]],
            ]
        ).with(tensor: "golden.dense", .doubles([1, .nan, 3, 4], [2, 2]))
        let golden = try ParsedModel(parsing: sample.file).golden
        #expect(golden.map(\.input.fields) == [["a": 1], ["a": 3, "b.c": 4]])
    }
}
