import Lifecycle
import Scoring

/// Steps between the input and the model.
extension ONNXTranslator {
    /// The features that a node takes first, with their number where `columns` says it.
    static func features(
        _ op: ONNXOperator, _ inputs: [ONNXValue], columns: Int? = nil
    ) throws(SwerveError) -> ONNXFeatures {
        guard case .features(var features)? = inputs.first, !features.isFlags else {
            throw op.wrong("it takes \(inputs.first?.words ?? "nothing"), not features")
        }
        if let columns {
            guard features.count ?? columns == columns else {
                throw op.wrong(
                    "it takes \(columns) features, and is given \(features.count ?? 0)")
            }
            features.count = columns
        }
        return features
    }

    static func scaler(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 1...1, attributes: ["offset", "scale"])
        guard let offset = try op.floats("offset"), let scale = try op.floats("scale"),
            offset.count == scale.count, !offset.isEmpty
        else { throw op.wrong("it needs as many offsets as scales") }
        var features = try features(
            op, inputs, columns: offset.count > 1 ? offset.count : nil)
        features.isDouble = false
        let count = try columns(features, op)
        let mean = try spread(offset, count, op)
        let factors = try spread(scale, count, op)
        let divisors = factors.map { 1 / $0 }
        if divisors.allSatisfy(\.isFinite) {
            features.append(.standardScaler(StandardScaler(mean: mean, scale: divisors)))
        } else {
            // A factor of 0 is no divisor.
            let zeros = [Double](repeating: 0, count: count)
            features.append(.standardScaler(StandardScaler(mean: mean, scale: nil)))
            features.append(.minMaxScaler(MinMaxScaler(scale: factors, min: zeros, clip: nil)))
        }
        features.round()
        return .features(features)
    }

    static func normalizer(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 1...1, attributes: ["norm"])
        let name = try op.string("norm") ?? "MAX"
        if case .row(let row)? = inputs.first {
            guard name == "L1" else { throw op.wrong("norm \(name) of decisions is not supported") }
            return .row(try shares(row, op))
        }
        var features = try features(op, inputs)
        guard let norm = ["L1": HashedNgrams.Norm.l1, "L2": .l2][name] else {
            throw op.wrong("norm '\(name.shortened(to: 40))' is not supported")
        }
        if let terms = features.terms, terms.norm == nil, features.transforms.isEmpty {
            features.terms?.norm = norm
        } else {
            features.round()
            features.append(.normalizer(norm))
            features.round()
        }
        features.isDouble = false
        return .features(features)
    }

    /// A sum or product of each feature with a constant.
    static func scaled(
        _ op: ONNXOperator, _ features: ONNXFeatures, by constant: ONNXTensor
    ) throws(SwerveError) -> ONNXValue {
        guard !features.isFlags, case .numbers(let numbers) = constant.values,
            constant.type.isFraction, constant.shape.dropLast().allSatisfy({ $0 == 1 })
        else { throw op.wrong("features with this constant are not supported") }
        try op.expectFinite(numbers, constant.name)
        var features = features
        if features.count == nil, numbers.count > 1 { features.count = numbers.count }
        let factors = try spread(numbers, columns(features, op), op)
        let zeros = [Double](repeating: 0, count: factors.count)
        if let terms = features.terms, features.transforms.isEmpty, terms.norm == nil,
            terms.idf == nil, op.node.type == "Mul"
        {
            features.terms?.idf = factors
            return .features(features)
        }
        let last = features.isOpen ? features.transforms.last : nil
        switch (op.node.type, last) {
        case ("Mul", _):
            features.append(.minMaxScaler(MinMaxScaler(scale: factors, min: zeros, clip: nil)))
        case ("Add", .minMaxScaler(let scaler)?) where scaler.min == zeros && scaler.clip == nil:
            features.replaceLast(
                .minMaxScaler(MinMaxScaler(scale: scaler.scale, min: factors, clip: nil)))
        case ("Add", _):
            features.append(
                .standardScaler(StandardScaler(mean: factors.map { -$0 }, scale: nil)))
        case ("Sub", _):
            features.append(.standardScaler(StandardScaler(mean: factors, scale: nil)))
        case ("Div", .standardScaler(let scaler)?) where scaler.scale == nil:
            features.replaceLast(
                .standardScaler(StandardScaler(mean: scaler.mean, scale: factors)))
        case ("Div", _):
            features.append(.standardScaler(StandardScaler(mean: nil, scale: factors)))
        default: throw op.wrong("of features it is not supported")
        }
        return .features(features)
    }

    static func clipped(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 3...3)
        guard case .constant(let low) = inputs[1], case .constant(let high) = inputs[2],
            case .numbers(let lowest) = low.values, case .numbers(let highest) = high.values,
            lowest.count == 1, highest.count == 1, lowest[0] <= highest[0]
        else { throw op.wrong("it needs two constants, the lower first") }
        try op.expectFinite([lowest[0], highest[0]], low.name)
        let range = lowest[0]...highest[0]
        if case .row(let row) = inputs[0] {
            return .row(row.map { ONNXFormula(.clipped($0, range)) })
        }
        var features = try features(op, inputs)
        if features.isOpen, case .minMaxScaler(let scaler)? = features.transforms.last,
            scaler.clip == nil
        {
            features.replaceLast(
                .minMaxScaler(MinMaxScaler(scale: scaler.scale, min: scaler.min, clip: range)))
            return .features(features)
        }
        let count = try columns(features, op)
        features.append(
            .minMaxScaler(
                MinMaxScaler(
                    scale: try spread([1], count, op), min: try spread([0], count, op),
                    clip: range)))
        return .features(features)
    }

    static func columns(_ features: ONNXFeatures, _ op: ONNXOperator) throws(SwerveError) -> Int {
        guard let count = features.count else {
            throw op.wrong("the number of its features is not known")
        }
        guard (1...Limits.hashedFeatures).contains(count) else {
            throw op.wrong("\(count) features are not supported")
        }
        return count
    }

    /// One number a feature, of as many or of one.
    static func spread(
        _ numbers: [Double], _ count: Int, _ op: ONNXOperator
    ) throws(SwerveError) -> [Double] {
        if numbers.count == count { return numbers }
        guard let one = numbers.first, numbers.count == 1 else {
            throw op.wrong("\(numbers.count) numbers for \(count) features")
        }
        // A file may announce any width in a few bytes.
        guard count <= Limits.denseFeatures else {
            throw op.tooLarge(
                "one number for each of \(count) features, the limit is \(Limits.denseFeatures)")
        }
        return [Double](repeating: one, count: count)
    }
}
