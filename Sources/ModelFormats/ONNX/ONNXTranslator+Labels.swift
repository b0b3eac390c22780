import Lifecycle
import Scoring

/// From decisions to labels, and operators that change nothing of a meaning.
extension ONNXTranslator {
    /// Columns of a row, or a class by its index.
    static func extractor(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 2...2)
        switch (inputs[0], inputs[1]) {
        case (.row(let row), .constant(let indices)):
            guard case .numbers(let numbers) = indices.values, indices.type.isInteger,
                !numbers.isEmpty, numbers.count <= Limits.labels,
                numbers.allSatisfy({ $0 >= 0 && $0 < Double(row.count) })
            else { throw op.wrong("its indices are none of the \(row.count) columns") }
            return .row(numbers.map { row[Int($0)] })
        case (.features(let features), .constant(let indices)):
            return .features(try selected(op, features, indices))
        case (.constant(let classes), .largest(let row)):
            let names = try names(classes, op)
            guard names.count == row.count else {
                throw op.wrong("\(names.count) classes for \(row.count) decisions")
            }
            return .label(ONNXLabel(classes: names, choice: .largest(row)))
        default:
            throw op.wrong("\(inputs[0].words) by \(inputs[1].words) is not supported")
        }
    }

    private static func names(
        _ classes: ONNXTensor, _ op: ONNXOperator
    ) throws(SwerveError) -> [String] {
        guard classes.values.count <= Limits.labels else {
            throw op.wrong("more than \(Limits.labels) classes")
        }
        let names: [String]
        switch classes.values {
        case .strings(let strings): names = strings
        case .numbers(let numbers):
            try op.expectFinite(numbers, classes.name)
            names = numbers.map { number in Int(exactly: number).map { "\($0)" } ?? "\(number)" }
        }
        guard Set(names).count == names.count else { throw op.wrong("two classes have one name") }
        return names
    }

    static func zipMap(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(
            inputs: 1...1, attributes: ["classlabels_int64s", "classlabels_strings"])
        guard case .row(let row)? = inputs.first else {
            throw op.wrong("it takes \(inputs.first?.words ?? "nothing"), not decisions")
        }
        let classes = try op.classes(ints: "classlabels_int64s", strings: "classlabels_strings")
        guard classes.count == row.count else {
            throw op.wrong("\(classes.count) classes for \(row.count) decisions")
        }
        return .named(row, classes: classes)
    }

    static func constant(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 0...0, attributes: ["value"])
        guard case .tensor(let tensor)? = op.node.attributes["value"]?.value else {
            throw op.wrong("it has no value")
        }
        return .constant(tensor)
    }

    /// Of a constant alone: the deviations that a whitened PCA divides by.
    static func squareRoot(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(inputs: 1...1)
        guard case .constant(let tensor)? = inputs.first,
            case .numbers(let numbers) = tensor.values, tensor.type.isFraction,
            numbers.allSatisfy({ $0 >= 0 })
        else { throw op.wrong("it is supported of constants from 0 alone") }
        let roots = numbers.map { number in
            tensor.type == .double
                ? number.squareRoot() : Double(Float(number).squareRoot())
        }
        return .constant(
            ONNXTensor(
                name: tensor.name, shape: tensor.shape, type: tensor.type, values: .numbers(roots)))
    }

    /// Casts and changes of shape that leave the meaning as it is, and bounds.
    static func passing(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        guard let value = inputs.first else { throw op.wrong("it takes nothing") }
        switch op.node.type {
        case "Clip": return try clipped(op, inputs)
        case "Cast": return try cast(op, value)
        case "Flatten":
            try op.expect(inputs: 1...1, attributes: ["axis"])
            try op.expect("axis", 1)
        case "Reshape": try expectHarmless(op, inputs)
        default: try op.expect(inputs: 1...1)
        }
        if case .constant = value, op.node.type != "Identity" {
            throw op.wrong("of a constant it is not supported")
        }
        return value
    }

    /// A shape that keeps a record's columns side by side.
    private static func expectHarmless(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) {
        try op.expect(inputs: 2...2, attributes: ["allowzero"])
        guard case .constant(let shape) = inputs[1], case .numbers(let sizes) = shape.values else {
            throw op.wrong("it needs a constant shape")
        }
        let columns: Int? =
            switch inputs[0] {
            case .row(let row): row.count
            case .features(let features): features.count
            default: 1
            }
        let isList = sizes == [-1] && columns == 1
        let isTable = sizes.count == 2 && sizes[0] == -1 && columns.map(Double.init) == sizes[1]
        guard isList || isTable else { throw op.wrong("this shape is not supported") }
    }

    private static func cast(
        _ op: ONNXOperator, _ value: ONNXValue
    ) throws(SwerveError)
        -> ONNXValue
    {
        try op.expect(inputs: 1...1, attributes: ["to", "saturate"])
        guard let type = (try op.int("to")).flatMap(ONNXType.init) else {
            throw op.wrong("a cast to this type is not supported")
        }
        switch value {
        case .label, .largest, .sign: return value
        case .row(let row) where type.isFraction: return .row(row)
        case .row(let row) where type == .bool:
            // A sum of logistic functions is never 0; the exporter asks all the same.
            guard row.allSatisfy(\.isPositive) else {
                throw op.wrong("decisions as true and false are not supported")
            }
            return .row(row.map { _ in ONNXFormula(1) })
        case .features(var features) where type == .bool:
            guard let terms = features.terms, terms.idf == nil, terms.norm == nil,
                features.transforms.isEmpty
            else { throw op.wrong("features as true and false are not supported") }
            features.terms?.binary = true
            features.isFlags = true
            return .features(features)
        case .features(var features) where type.isFraction:
            features.isFlags = false
            features.round()
            if type == .float, features.isDouble { features.transforms.append(.single) }
            features.isDouble = type == .double
            return .features(features)
        default: throw op.wrong("\(value.words) as another type is not supported")
        }
    }
}
