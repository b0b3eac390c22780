import Lifecycle

/// scikit-learn's `PCA` and `TruncatedSVD`: the features times components, less an offset, divided
/// by a scale.
package struct MatrixProduct: Sendable, Equatable {
    /// One row an output.
    package let components: NumberTable
    /// What features are moved by before; nil: nothing.
    package let mean: [Double]?
    /// What each output is divided by (`whiten`); nil: nothing.
    package let scale: [Double]?
    /// The components feature by feature: what a feature adds to lies side by side.
    private let columns: [Double]
    /// The mean times the components.
    private let offsets: [Double]

    package var inputCount: Int { components.columns }
    package var featureCount: Int { components.rows }

    /// - Precondition: a mean is as long as a row, a scale as there are rows.
    package init(components: NumberTable, mean: [Double]?, scale: [Double]?) {
        self.components = components
        self.mean = mean
        self.scale = scale
        columns = components.transposed
        var offsets = [Double](repeating: 0, count: components.rows)
        if let mean {
            for row in 0..<components.rows {
                for (feature, value) in mean.enumerated() {
                    offsets[row] += value * components.numbers[row * components.columns + feature]
                }
            }
        }
        self.offsets = offsets
    }

    package static func == (one: MatrixProduct, other: MatrixProduct) -> Bool {
        one.components == other.components && one.mean == other.mean && one.scale == other.scale
    }
}

extension MatrixProduct {
    /// Reads the value of a step `matrix`.
    init(_ reader: some StepReading) throws(SwerveError) {
        try reader.requireKeys(["components", "mean", "scale"])
        let components = try reader.neededTable("components")
        guard components.rows <= Limits.denseFeatures else {
            throw reader.tooLarge("components", "are more than \(Limits.denseFeatures)")
        }
        let mean = try reader.list("mean")
        guard mean == nil || mean?.count == components.columns else {
            throw reader.wrong("mean", "has not \(components.columns) numbers, as a component has")
        }
        let scale = try reader.list("scale")
        guard scale == nil || scale?.count == components.rows else {
            throw reader.wrong("scale", "has not \(components.rows) numbers, one a component")
        }
        guard scale?.contains(0) != true else { throw reader.wrong("scale", "has a 0") }
        self.init(components: components, mean: mean, scale: scale)
    }

    /// The value of the step.
    var json: JSONValue {
        [
            "components": .table(components),
            "mean": mean.map { .numbers($0) } ?? .null,
            "scale": scale.map { .numbers($0) } ?? .null,
        ]
    }

    func finish(_ made: UnsafeMutablePointer<Double>) {
        for row in 0..<featureCount { unsafe made[row] -= offsets[row] }
        guard let scale else { return }
        for row in 0..<featureCount { unsafe made[row] /= scale[row] }
    }

    fileprivate func add(
        _ values: UnsafePointer<Double>, _ indices: UnsafePointer<UInt32>?, count: Int,
        to made: UnsafeMutablePointer<Double>
    ) {
        unsafe columns.withUnsafeBufferPointer { columns in
            unsafe addColumns(columns, values, indices, count, featureCount, made)
        }
    }
}

/// Adds to `made` the column of each feature times its value; `width` numbers a column.
///
/// - Parameter indices: the features; nil: all, in order.
@inline(__always)
func addColumns(
    _ columns: UnsafeBufferPointer<Double>, _ values: UnsafePointer<Double>,
    _ indices: UnsafePointer<UInt32>?, _ count: Int, _ width: Int,
    _ made: UnsafeMutablePointer<Double>
) {
    guard let first = columns.baseAddress else { return }
    for position in 0..<count {
        let value = unsafe values[position]
        let feature = unsafe indices.map { unsafe Int($0[position]) } ?? position
        let column = unsafe first + feature * width
        for row in 0..<width { unsafe made[row] += column[row] * value }
    }
}

extension FeatureVector {
    mutating func apply(_ matrix: MatrixProduct) {
        makeSparse()
        let isSparse = form == .sparse
        let given = count
        unsafe replace(features: matrix.featureCount) { values, indices, made in
            unsafe made.update(repeating: 0, count: matrix.featureCount)
            unsafe matrix.add(values, isSparse ? indices : nil, count: given, to: made)
            unsafe matrix.finish(made)
        }
    }
}
