internal import CKernels
import Lifecycle

/// scikit-learn's `Nystroem`: the kernel between the features and fitted components, times a
/// normalization.
package struct Nystroem: Sendable, Equatable {
    package let kernel: Kernel
    /// One row a component: `components_`.
    package let components: NumberTable
    /// `normalization_`, components times components, in its own order.
    package let normalization: NumberTable

    package var inputCount: Int { components.columns }
    package var featureCount: Int { components.rows }

    /// - Precondition: the normalization has a row and a column for each component.
    package init(kernel: Kernel, components: NumberTable, normalization: NumberTable) {
        precondition(
            normalization.rows == components.rows && normalization.columns == components.rows,
            "a normalization that does not fit the components")
        self.kernel = kernel
        self.components = components
        self.normalization = normalization
    }
}

extension Nystroem {
    /// Reads the value of a step `nystroem`.
    init(_ reader: some StepReading) throws(SwerveError) {
        try reader.requireKeys([
            "kernel", "gamma", "coef0", "degree", "components", "normalization",
        ])
        kernel = try Self.kernel(reader)
        components = try reader.neededTable("components")
        normalization = try reader.neededTable("normalization")
        guard normalization.rows == components.rows, normalization.columns == components.rows else {
            throw reader.wrong(
                "normalization",
                "is not \(components.rows) times \(components.rows), one row and "
                    + "one column a component")
        }
    }

    private static func kernel(_ reader: some StepReading) throws(SwerveError) -> Kernel {
        let name = try reader.neededText("kernel")
        switch name {
        case "linear": return .linear
        case "rbf": return .rbf(gamma: try reader.neededFinite("gamma"))
        case "sigmoid":
            return .sigmoid(
                gamma: try reader.neededFinite("gamma"), coef0: try reader.neededFinite("coef0"))
        case "polynomial", "poly":
            return .polynomial(
                gamma: try reader.neededFinite("gamma"), coef0: try reader.neededFinite("coef0"),
                degree: try reader.neededWhole("degree", in: 0...Limits.polynomialDegree))
        default: throw reader.wrong("kernel", "is not linear, poly, rbf or sigmoid")
        }
    }

    /// The value of the step.
    var json: JSONValue {
        var keys: [String: JSONValue] = [
            "components": .table(components), "normalization": .table(normalization),
        ]
        switch kernel {
        case .linear: keys["kernel"] = "linear"
        case .rbf(let gamma):
            keys["kernel"] = "rbf"
            keys["gamma"] = .double(gamma)
        case .sigmoid(let gamma, let coef0):
            keys["kernel"] = "sigmoid"
            keys["gamma"] = .double(gamma)
            keys["coef0"] = .double(coef0)
        case .polynomial(let gamma, let coef0, let degree):
            keys["kernel"] = "poly"
            keys["gamma"] = .double(gamma)
            keys["coef0"] = .double(coef0)
            keys["degree"] = .int(Int64(degree))
        }
        return .object(keys)
    }

    /// The kernel between `x` and each component.
    func values(_ x: UnsafePointer<Double>, into made: UnsafeMutablePointer<Double>) {
        let width = inputCount
        unsafe components.numbers.withUnsafeBufferPointer { numbers in
            guard let first = numbers.baseAddress else { return }
            for row in 0..<featureCount {
                let component = unsafe first + row * width
                let argument =
                    kernel.isRadial
                    ? unsafe squaredDistance(x, component, width)
                    : unsafe ckernels_sum(x, component, width)
                unsafe made[row] = kernel.plainValue(argument)
            }
        }
    }

    private func squaredDistance(
        _ one: UnsafePointer<Double>, _ other: UnsafePointer<Double>, _ width: Int
    ) -> Double {
        var sum = 0.0
        for feature in 0..<width {
            let difference = unsafe one[feature] - other[feature]
            sum += difference * difference
        }
        return sum
    }

    /// What comes out: the kernel values times the normalization's rows.
    func normalize(_ kernels: UnsafePointer<Double>, into made: UnsafeMutablePointer<Double>) {
        let width = featureCount
        unsafe normalization.numbers.withUnsafeBufferPointer { numbers in
            guard let first = numbers.baseAddress else { return }
            for row in 0..<width {
                unsafe made[row] = ckernels_sum(kernels, first + row * width, width)
            }
        }
    }
}

extension FeatureVector {
    mutating func apply(_ nystroem: Nystroem) {
        makeDense()
        // As in scikit-learn: a kernel would make a finite value of an infinite one.
        if let place = firstNotFinite { return refuse(.notFinite(feature: place)) }
        let width = nystroem.featureCount
        unsafe replace(features: width) { x, _, made in unsafe nystroem.values(x, into: made) }
        unsafe replace(features: width) { kernels, _, made in
            unsafe nystroem.normalize(kernels, into: made)
        }
    }
}
