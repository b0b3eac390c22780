import Lifecycle
import Scoring

/// The support vectors of an SVMClassifier or SVMRegressor.
enum ONNXVectors {
    /// The machine that a node's lists are.
    ///
    /// - Parameters:
    ///   - counts: how many vectors each class has; one number for a regression.
    ///   - isNegated: whether its decisions change their sign, as scikit-learn does with LIBSVM's
    ///     for two classes.
    /// - Throws: `SwerveError.invalid` where the lists do not go together.
    static func machine(
        _ op: ONNXOperator, counts: [Int], isNegated: Bool = false
    ) throws(SwerveError) -> KernelMachine {
        guard let vectors = try op.floats("support_vectors"), !vectors.isEmpty,
            let coefficients = try op.floats("coefficients"), let rho = try op.floats("rho")
        else { throw op.wrong("it needs support_vectors, coefficients and rho") }
        var count = 0
        for part in counts {
            let (sum, overflow) = count.addingReportingOverflow(part)
            guard !overflow, sum <= vectors.count else {
                throw op.wrong("it announces more support vectors than there are")
            }
            count = sum
        }
        guard count > 0, vectors.count.isMultiple(of: count) else {
            throw op.wrong("\(vectors.count) numbers for \(count) support vectors")
        }
        let rows = max(1, counts.count - 1)
        guard coefficients.count == count * rows else {
            throw op.wrong(
                "\(coefficients.count) coefficients for \(count) support vectors, not "
                    + "\(count * rows)")
        }
        let pairs = max(1, counts.count * (counts.count - 1) / 2)
        guard rho.count == pairs else { throw op.wrong("\(rho.count) rho, not \(pairs)") }
        return KernelMachine(
            kernel: try kernel(op), featureCount: vectors.count / count, vectors: vectors,
            vectorCounts: counts,
            coefficients: isNegated ? coefficients.map { -$0 } : coefficients,
            intercepts: isNegated ? rho.map { -$0 } : rho)
    }

    private static func kernel(_ op: ONNXOperator) throws(SwerveError) -> Kernel {
        let name = try op.string("kernel_type") ?? "LINEAR"
        if name == "LINEAR" { return .linear }
        guard let parameters = try op.floats("kernel_params"), parameters.count == 3 else {
            throw op.wrong("it needs three kernel_params: gamma, coef0, degree")
        }
        switch name {
        case "RBF": return .rbf(gamma: parameters[0])
        case "SIGMOID": return .sigmoid(gamma: parameters[0], coef0: parameters[1])
        case "POLY":
            guard let degree = Int(exactly: parameters[2]), (0...100).contains(degree) else {
                throw op.wrong("degree \(parameters[2]) is not a whole number up to 100")
            }
            return .polynomial(gamma: parameters[0], coef0: parameters[1], degree: degree)
        default: throw op.wrong("kernel_type '\(name.shortened(to: 40))' is not supported")
        }
    }
}
