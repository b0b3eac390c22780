import Lifecycle
import Scoring

/// Features and rows side by side, and parts of them.
extension ONNXTranslator {
    static func concat(_ op: ONNXOperator, _ inputs: [ONNXValue]) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 1...Limits.namedFields, attributes: ["axis"])
        try expectColumns(op, "axis", default: 0)
        if case .features? = inputs.first { return .features(try joined(op, inputs)) }
        guard inputs.count <= Limits.labels else {
            throw op.wrong("\(inputs.count) inputs are not supported")
        }
        var columns: [ONNXFormula] = []
        for input in inputs {
            columns += try row(op, input)
            guard columns.count <= Limits.onnxColumns else {
                throw op.wrong("more than \(Limits.onnxColumns) columns are not supported")
            }
        }
        return .row(columns)
    }

    /// Features side by side, each input with as many columns as the node says.
    static func vectorized(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 1...Limits.namedFields, attributes: ["inputdimensions"])
        guard let sizes = try op.ints("inputdimensions"), sizes.count == inputs.count else {
            throw op.wrong("it needs inputdimensions, one number an input")
        }
        var parts: [ONNXValue] = []
        for (input, size) in zip(inputs, sizes) {
            guard let columns = Int(exactly: size), columns > 0 else {
                throw op.wrong("\(size) columns are not supported")
            }
            var part = try features(op, [input], columns: columns)
            part.round()
            if part.isDouble { part.transforms.append(.single) }
            part.isDouble = false
            parts.append(.features(part))
        }
        return .features(try joined(op, parts))
    }

    /// Features side by side: fields that nothing was done to are one list, others a union.
    private static func joined(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXFeatures {
        var parts: [ONNXFeatures] = []
        for input in inputs {
            var part = try features(op, [input])
            part.round()
            parts.append(part)
        }
        guard var whole = parts.first else { throw op.wrong("it takes nothing") }
        guard parts.count > 1 else { return whole }
        var count = 0
        for part in parts { count += try columns(part, op) }
        whole.count = count
        _ = try columns(whole, op)
        whole.isDouble = parts.contains(where: \.isDouble)
        if let names = plainFields(parts) {
            guard names.count <= Limits.namedFields, Set(names).count == names.count else {
                throw op.wrong("one input twice, or more than \(Limits.namedFields) of them")
            }
            whole.source = .fields(names)
            return whole
        }
        var specs: [FeaturizerSpec] = []
        for part in parts { specs.append(try part.spec()) }
        whole.size = parts.reduce(1) { $0 + $1.size }
        whole.unionDepth = 1 + (parts.map(\.unionDepth).max() ?? 0)
        guard specs.count <= Limits.featurizerSteps, whole.unionDepth <= Limits.unionDepth,
            whole.size <= Limits.onnxJoinedSpecs
        else { throw op.wrong("more features side by side than a featurizer has") }
        whole.terms = nil
        whole.source = .union(specs)
        whole.transforms = []
        return whole
    }

    /// The names of all, where all are fields with the same steps behind them, a rounding at most.
    private static func plainFields(_ parts: [ONNXFeatures]) -> [String]? {
        var names: [String] = []
        for part in parts {
            guard case .fields(let own) = part.source, part.terms == nil,
                part.transforms == parts[0].transforms,
                part.transforms.isEmpty || part.transforms == [.single],
                part.isDouble == parts[0].isDouble
            else { return nil }
            names += own
            guard names.count <= Limits.namedFields else { return names }
        }
        return names
    }

    /// Some of the features, in another order perhaps.
    static func selected(
        _ op: ONNXOperator, _ given: ONNXFeatures, _ tensor: ONNXTensor
    ) throws(SwerveError) -> ONNXFeatures {
        var features = given
        features.round()
        let count = try columns(features, op)
        guard !features.isFlags, case .numbers(let numbers) = tensor.values,
            tensor.type.isInteger, !numbers.isEmpty,
            numbers.allSatisfy({ $0 >= 0 && $0 < Double(count) }),
            Set(numbers).count == numbers.count
        else { throw op.wrong("its indices are none of the \(count) features, or one is twice") }
        let indices = numbers.map { Int($0) }
        if case .fields(let names) = features.source, features.terms == nil,
            features.transforms.isEmpty || features.transforms == [.single]
        {
            features.source = .fields(indices.map { names[$0] })
        } else {
            if case .numbers = features.source, features.pickedFrom == nil {
                features.pickedFrom = count
            }
            features.transforms.append(
                .select(Selection(inputCount: count, indices: indices)))
        }
        features.count = indices.count
        return features
    }

    /// Columns of a row from one place to another.
    static func slice(_ op: ONNXOperator, _ inputs: [ONNXValue]) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 4...5)
        let columns = try row(op, inputs[0])
        var places: [Int] = []
        for input in inputs.dropFirst() {
            guard case .constant(let tensor) = input, case .numbers(let numbers) = tensor.values,
                numbers.count == 1,
                // The largest Int64, by which exporters say "to the end", is 2^63 as a Double.
                let number = numbers[0] == 0x1p63 ? Int.max : Int(exactly: numbers[0])
            else { throw op.wrong("it needs one constant for each of its bounds") }
            places.append(number)
        }
        guard places[2] == 1 || places[2] == -1, places.count < 4 || places[3] == 1 else {
            throw op.wrong("it takes other than columns side by side")
        }
        func bound(_ place: Int) -> Int {
            min(max(place < 0 ? place + columns.count : place, 0), columns.count)
        }
        let (start, end) = (bound(places[0]), bound(places[1]))
        guard start < end else { throw op.wrong("it takes none of \(columns.count) columns") }
        return .row(Array(columns[start..<end]))
    }
}
