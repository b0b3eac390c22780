import Lifecycle
import ModelFormats

/// A bundle as the exporter writes it, put together in the tests, so that each part of it can be
/// made wrong.
struct BundleSample {
    struct Tensor {
        var type: String
        var shape: [Int]
        var bytes: [UInt8]

        static func doubles(_ values: [Double], _ shape: [Int]? = nil) -> Tensor {
            Tensor(
                type: "F64", shape: shape ?? [values.count],
                bytes: values.flatMap { littleEndian($0.bitPattern) })
        }

        static func floats(_ values: [Float], _ shape: [Int]? = nil) -> Tensor {
            Tensor(
                type: "F32", shape: shape ?? [values.count],
                bytes: values.flatMap { littleEndian($0.bitPattern) })
        }

        static func ints(_ values: [Int64]) -> Tensor {
            Tensor(type: "I64", shape: [values.count], bytes: values.flatMap { littleEndian($0) })
        }

        static func text(_ text: String) -> Tensor { raw(Array(text.utf8)) }

        static func raw(_ bytes: [UInt8]) -> Tensor {
            Tensor(type: "U8", shape: [bytes.count], bytes: bytes)
        }
    }

    var manifest: [String: JSONValue]
    var tensors: [String: Tensor]

    /// The file: its tensors in the order of their names, one after the other.
    var file: NamedBytes {
        NamedBytes(name: "sample.safetensors", bytes: Self.bytes(header: header, data: data))
    }

    var header: JSONValue {
        var fields: [String: JSONValue] = [
            "__metadata__": ["swerve": .string(JSONValue.object(manifest).text)]
        ]
        var place = 0
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let end = place + tensor.bytes.count
            fields[name] = [
                "dtype": .string(tensor.type),
                "shape": .array(tensor.shape.map { .int(Int64($0)) }),
                "data_offsets": [.int(Int64(place)), .int(Int64(end))],
            ]
            place = end
        }
        return .object(fields)
    }

    var data: [UInt8] { tensors.sorted { $0.key < $1.key }.flatMap(\.value.bytes) }

    static func bytes(header: JSONValue, data: [UInt8]) -> [UInt8] {
        bytes(header: header.bytes, data: data)
    }

    static func bytes(header: [UInt8], data: [UInt8]) -> [UInt8] {
        littleEndian(UInt64(header.count)) + header + data
    }

    static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

extension BundleSample {
    /// The manifest with `key` replaced, or left out.
    func with(_ key: String, _ value: JSONValue?) -> BundleSample {
        var changed = self
        changed.manifest[key] = value
        return changed
    }

    func with(tensor name: String, _ tensor: Tensor?) -> BundleSample {
        var changed = self
        changed.tensors[name] = tensor
        return changed
    }

    /// Two classes, one hyperplane over three scaled numbers, calibrated, with golden inputs.
    static let linear = BundleSample(
        manifest: [
            "schema": 1, "task": "classification", "classes": ["no", "yes"], "positive": 1,
            "rule": "single",
            "function": [
                "linear": ["weights": ["tensor": "w"], "intercepts": ["tensor": "b"]]
            ],
            "probability": ["sigmoid": ["a": -2.0, "b": 0.5]], "refuses_non_finite": true,
            "threshold": 0.25, "labels": ["attack": "yes"],
            "featurizer": [
                "steps": [
                    ["dense": ["n_features": 3]],
                    ["standard_scaler": ["mean": ["tensor": "mean"], "scale": [1.0, 2.0, 4.0]]],
                ]
            ],
            "golden": [
                "count": 2, "decision": ["tensor": "golden.decision"],
                "dense": ["tensor": "golden.dense"],
            ],
            "versions": ["scikit-learn": "1.9.1"], "training": ["note": "by hand"],
        ],
        tensors: [
            "w": .doubles([0.5, -0.25, 2], [3, 1]), "b": .doubles([0.125]),
            "mean": .doubles([1, 2, 3]), "golden.decision": .doubles([1, 2], [2, 1]),
            "golden.dense": .doubles([1, 2, 3, 4, 5, 6], [2, 3]),
        ])

    /// Three classes, four support vectors of two features, votes and coupled probabilities.
    static let votes = BundleSample(
        manifest: [
            "schema": 1, "task": "classification", "classes": ["0", "1", "2"], "positive": 0,
            "rule": "one_vs_one_as_rest",
            "function": [
                "kernel": [
                    "kernel": "rbf", "gamma": 0.5, "vectors": ["tensor": "sv"],
                    "vector_counts": ["tensor": "n"], "coefficients": ["tensor": "coef"],
                    "intercepts": [0.1, -0.2, 0.3],
                ]
            ],
            "probability": [
                "pairwise": [
                    "a": [-1.0, -2.0, -3.0], "b": ["tensor": "pb"], "couples": true,
                ]
            ], "refuses_non_finite": true, "threshold": 0.0, "labels": [:],
            "featurizer": ["steps": [["dense": ["n_features": 2]]]], "golden": .null,
        ],
        tensors: [
            "sv": .doubles([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]), "n": .ints([1, 2, 1]),
            "coef": .doubles([1, -1, 2, -2, 3, -3, 4, -4], [2, 4]), "pb": .doubles([0, 0.5, 1]),
        ])

    /// Three classes, two members with a hyperplane a class, isotonic tables.
    static let ensemble = BundleSample.linear
        .with("rule", "one_vs_rest").with("positive", 0).with("classes", ["a", "b", "c"])
        .with("labels", [:]).with("threshold", 0.0).with("golden", nil)
        .with("probability", ["decisions": [:]])
        .with("calibration", ["members": 2, "curves": ["isotonic": tables]])
        .with(tensor: "golden.decision", nil).with(tensor: "golden.dense", nil)
        .with(tensor: "w", .doubles((0..<18).map(Double.init), [3, 6]))
        .with(tensor: "b", .doubles([0, 1, 2, 3, 4, 5]))
        .with(tensor: "x", .doubles([-1, 1, 0, 0, -2, 0, 2, 5, 6, 7]))
        .with(tensor: "y", .doubles([0, 1, 0.5, 0.25, 0, 0.5, 0.5, 0, 0.25, 1]))
        .with(tensor: "cuts", .ints([0, 2, 3, 4, 7, 9, 10]))

    private static let tables: JSONValue = [
        "x": ["tensor": "x"], "y": ["tensor": "y"], "offsets": ["tensor": "cuts"],
    ]

    /// Three terms of tf-idf, with texts among the golden inputs.
    static let text = BundleSample.linear
        .with(
            "featurizer",
            [
                "steps": [
                    [
                        "tfidf_ngrams": [
                            "analyzer": "char_wb", "ngram_range": [1, 2], "lowercase": true,
                            "norm": "l2", "sublinear_tf": false, "binary": false,
                            "vocabulary": [
                                "terms": ["tensor": "terms"], "offsets": ["tensor": "cuts"],
                            ], "idf": ["tensor": "idf"],
                        ]
                    ],
                    ["normalizer": ["norm": "l1"]],
                ]
            ]
        )
        .with(
            "golden",
            [
                "count": 2, "decision": ["tensor": "golden.decision"],
                "text": ["bytes": ["tensor": "texts"], "offsets": ["tensor": "texts.cuts"]],
            ]
        )
        .with(tensor: "terms", .text("abéc")).with(tensor: "cuts", .ints([0, 1, 4, 5]))
        .with(tensor: "idf", .doubles([1, 2, 3]))
        .with(tensor: "texts", .raw([0x61, 0xFF, 0])).with(tensor: "texts.cuts", .ints([0, 0, 3]))
        .with(tensor: "mean", nil).with(tensor: "golden.dense", nil)
}
