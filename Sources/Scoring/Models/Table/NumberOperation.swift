/// What a step of a table does with one number, and at most two of its own; the arithmetic of
/// `FeatureVector.apply`, to the last bit.
enum NumberOperation: UInt8, Sendable {
    case subtract, divide
    /// The two one after the other.
    case standardize
    case multiply, scaleAndAdd, clip
    /// Rounded to float32.
    case single
    case absolute, squareRoot, square, log1p, expm1
    /// NaN becomes a number.
    case fill
    /// The second number becomes the first.
    case replace
    /// 1 where it is NaN, or the first number, else 0.
    case isMissing, isEqual

    @inline(__always)
    func value(_ x: Double, _ one: Double, _ other: Double) -> Double {
        switch self {
        case .subtract: x - one
        case .divide: x / one
        case .standardize: (x - one) / other
        case .multiply: x * one
        case .scaleAndAdd: x * one + other
        case .clip: x < one ? one : x > other ? other : x
        case .single: Double(Float(x))
        case .absolute: x.magnitude
        case .squareRoot: x.squareRoot()
        case .square: x * x
        case .log1p: Logarithm.log1p(x)
        case .expm1: Exponential.expm1(x)
        case .fill: x.isNaN ? one : x
        case .replace: x == other ? one : x
        case .isMissing: x.isNaN ? 1 : 0
        case .isEqual: x == one ? 1 : 0
        }
    }

    init(_ function: ElementFunction) {
        self =
            switch function {
            case .log1p: .log1p
            case .absolute: .absolute
            case .squareRoot: .squareRoot
            case .square: .square
            case .expm1: .expm1
            }
    }
}
