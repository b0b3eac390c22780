import Lifecycle

/// A function of one number that goes over every feature: scikit-learn's `FunctionTransformer` with
/// one of numpy's.
///
/// All of them leave 0 what it is, so that features that are not stored stay away.
package enum ElementFunction: String, Sendable, Equatable, CaseIterable {
    case log1p
    case absolute = "abs"
    case squareRoot = "sqrt"
    case square
    case expm1
}

extension ElementFunction {
    /// Reads the value of a step `function`.
    init(_ reader: some StepReading) throws(SwerveError) {
        try reader.requireKeys(["func"])
        let name = try reader.neededText("func")
        guard let known = ElementFunction(rawValue: name) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw reader.wrong("func", "is not one of \(names)")
        }
        self = known
    }

    /// The value for `x`, as numpy's: NaN below the domain, -infinity at the edge of `log1p`.
    func value(_ x: Double) -> Double {
        switch self {
        case .absolute: x.magnitude
        case .squareRoot: x.squareRoot()
        case .square: x * x
        case .log1p: Logarithm.log1p(x)
        case .expm1: Exponential.expm1(x)
        }
    }
}

extension FeatureVector {
    mutating func apply(_ function: ElementFunction) {
        makeSparse()
        let values = unsafe self.values.pointer
        for position in 0..<count {
            unsafe values[position] = function.value(values[position])
        }
    }
}
