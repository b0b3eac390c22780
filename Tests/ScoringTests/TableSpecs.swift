import Lifecycle
import TestSupport

@testable import Scoring

/// Random specs of tables, and inputs for them.
struct TableSpecs {
    var generator: SeededGenerator

    /// Categories of every length up to beyond two words of the processor; many share both ends.
    static let categories =
        (0...40).map { String(repeating: "q", count: $0) }
        + (0..<20).map { "the category no \($0 % 7) of \($0) in this column" }
        + ["GET", "POST", "PUT", "ä", "\u{0}", "\u{0}\u{0}"]
    private static let numbers: [Double] = [
        -1, -0.5, 0, -0.0, 0.25, 1, 1, 2, 2, 3, 7, 0x1p-1060, 1e200, -1e308, .infinity, -.infinity,
        .nan, .nan,
    ]

    mutating func int(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
    mutating func chance(_ one: Int) -> Bool { int(1...one) == 1 }

    mutating func number() -> Double {
        chance(3)
            ? .random(in: -3...3, using: &generator)
            : Self.numbers.randomElement(using: &generator) ?? 0
    }

    private mutating func list(_ count: Int, _ range: ClosedRange<Double> = -2...2) -> JSONValue {
        .array((0..<count).map { _ in .double(.random(in: range, using: &generator)) })
    }

    /// A spec, which need not fit.
    mutating func spec() -> JSONValue {
        if chance(8) { return steps(["dense": ["n_features": 5]], count: 5, isDense: true) }
        if chance(6) { return element() }
        let union: JSONValue = ["union": .array((0..<int(1...4)).map { _ in element() })]
        guard chance(3) else { return ["steps": [union]] }
        return ["steps": [union, ["multiply": ["factor": 0.75]], sparse()]]
    }

    private mutating func sparse() -> JSONValue {
        chance(2) ? ["function": ["func": "sqrt"]] : ["float32": [:]]
    }

    private mutating func element() -> JSONValue {
        if chance(3) {
            let encoding = chance(3) ? "ordinal" : "onehot"
            let columns = (0..<int(1...3)).map { _ in column(isSource: true, encoding) }
            let source: JSONValue = [
                "categories": ["encoding": .string(encoding), "columns": .array(columns)]
            ]
            guard encoding == "onehot", chance(3) else { return ["steps": [source]] }
            return ["steps": [source, sparse()]]
        }
        // In any order, so that neighbours are not always side by side in the record.
        var names = (0..<6).map { "f\($0)" }
        if chance(2) { names.shuffle(using: &generator) }
        let count = int(1...6)
        var fields: [String: JSONValue] = [
            "names": .array(names.prefix(count).map { .string($0) })
        ]
        switch int(1...3) {
        case 1: fields["missing"] = "nan"
        case 2: fields["missing"] = 0.5
        default: break
        }
        return steps(["fields": .object(fields)], count: count, isDense: true)
    }

    private mutating func column(isSource: Bool, _ encoding: String) -> JSONValue {
        var keys: [String: JSONValue] = [:]
        let isText = isSource && !chance(3)
        if isSource { keys["field"] = .string(isText ? "t\(int(0...3))" : "f\(int(0...5))") }
        let start = int(0...30)
        keys["categories"] =
            isText
            ? .array(Self.categories[start..<start + int(1...30)].map { .string($0) })
            : .array([-1.0, 0, 1, 2, 3].prefix(int(1...5)).map { .double($0) })
        switch int(1...4) {
        case 1: break
        case 2: keys["unknown"] = 0
        default: keys["unknown"] = encoding == "onehot" ? "ignore" : "nan"
        }
        if chance(2) { keys["missing"] = isText ? "GET" : 1 }
        return .object(keys)
    }

    private mutating func steps(_ source: JSONValue, count: Int, isDense: Bool) -> JSONValue {
        var steps = [source]
        var count = count
        for _ in 0..<int(0...4) {
            switch int(1...10) {
            case 1, 2:
                steps.append(
                    ["standard_scaler": ["mean": list(count), "scale": list(count, 0.5...2)]])
            case 3: steps.append(["standard_scaler": ["scale": list(count, 0.5...2)]])
            case 4:
                steps.append(
                    ["min_max_scaler": ["scale": list(count), "min": list(count), "clip": [0, 1]]])
            case 5, 6:
                let marks = chance(2) ? Array(Set([0, count - 1])).sorted() : []
                steps.append(
                    [
                        "imputer": [
                            "statistics": list(count), "indicators": .wholes(marks),
                            "missing_values": chance(3) ? 1 : .null,
                        ]
                    ])
                count += marks.count
            case 7:
                let name = ElementFunction.allCases.randomElement(using: &generator)
                steps.append(["function": ["func": .string(name?.rawValue ?? "abs")]])
            case 8:
                let kept = (0..<count).shuffled(using: &generator).prefix(max(1, count - 1))
                let indices = JSONValue.wholes(Array(kept))
                steps.append(
                    ["select": ["n_features": .int(Int64(count)), "indices": indices]])
                count = kept.count
            case 9:
                let names = ["onehot", "ordinal", "onehot-dense"]
                let edges = (0..<count).flatMap { _ in [0.5, 1.5] }
                steps.append(
                    [
                        "kbins": [
                            "encode": .string(names[int(0...2)]),
                            "edges": .numbers(edges),
                            "n_bins": .wholes((0..<count).map { _ in 3 }),
                        ]
                    ])
                return ["steps": .array(steps)]
            default:
                let encoding = chance(2) ? "ordinal" : "onehot"
                let columns = (0..<count).map { _ in column(isSource: false, encoding) }
                steps.append(
                    ["categories": ["encoding": .string(encoding), "columns": .array(columns)]])
                return ["steps": .array(steps)]
            }
        }
        return ["steps": .array(steps)]
    }

    /// An input for any of them; some lack views.
    mutating func input() -> OwnedInput {
        var fields: [String: Double] = [:]
        var texts: [String: [UInt8]] = [:]
        let isTame = chance(2)
        for place in 0..<6 {
            let value = isTame ? Double(int(0...3)) : number()
            if isTame || !chance(8) { fields["f\(place)"] = value }
        }
        for place in 0..<4 where isTame || !chance(8) {
            var text = Array((Self.categories.randomElement(using: &generator) ?? "").utf8)
            if !isTame, chance(5), !text.isEmpty { text[int(0...text.count - 1)] ^= 1 }
            texts["t\(place)"] = text
        }
        let dense = (0..<(chance(10) ? 4 : 5)).map { _ in isTame ? Double(int(0...3)) : number() }
        return OwnedInput(dense: chance(20) ? nil : dense, fields: fields, texts: texts)
    }

    /// A model with one decision, several side by side, or a calibrated ensemble.
    mutating func model(features: Int) -> Model {
        let rows = int(1...4)
        var weights = (0..<features * rows).map { _ in number() }
        for place in weights.indices where !chance(30) {
            weights[place] = .random(in: -2...2, using: &generator)
        }
        let linear = LinearWeights(
            weights: weights,
            intercepts: (0..<rows).map { _ in .random(in: -1...1, using: &generator) })
        return Model(
            task: .classification, classes: (0..<max(2, rows)).map { "c\($0)" },
            positive: rows == 1 ? 1 : 0, rule: rows < 3 ? .single : .oneVsRest,
            function: .linear(linear), probability: rows == 2 ? .decisions : .logistic,
            calibration: rows == 2
                ? Calibration(members: 2, curves: .sigmoid(a: [-1, -2], b: [0, 0.5])) : nil,
            refusesNonFinite: chance(2))
    }
}
