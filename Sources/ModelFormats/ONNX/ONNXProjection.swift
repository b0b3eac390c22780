import Lifecycle
import Scoring

/// Features that are sums of other features, each times a number: PCA, TruncatedSVD, and whatever
/// else is a product with a matrix.
///
/// A linear model takes the matrix into its weights; before others it is a step.
struct ONNXProjection {
    /// What the sums are of.
    let features: FeaturizerSpec
    /// The matrix: a decision is a feature.
    let sums: LinearWeights
    let isDouble: Bool
    /// The node that made it, for errors.
    let op: ONNXOperator

    /// The weights over the features beneath of a model over the sums, after `transforms` of them.
    ///
    /// As many products as features beneath, sums and rows of `weights` together.
    ///
    /// - Returns: nil where something else than a scaling lies between.
    /// - Throws: in the words of the node, where the numbers are too large.
    func folded(
        _ weights: LinearWeights, behind transforms: [FeatureTransform]
    ) throws(SwerveError) -> LinearWeights? {
        guard let scaled = ONNXFolding.folded(weights, transforms) else { return nil }
        let (width, inner, rows) = (sums.featureCount, sums.rows, scaled.rows)
        var products = [Double](repeating: 0, count: width * rows)
        for feature in 0..<width {
            for column in 0..<inner {
                let factor = sums.weights[feature * inner + column]
                guard factor != 0 else { continue }
                for row in 0..<rows {
                    products[feature * rows + row] += factor * scaled.weights[column * rows + row]
                }
            }
        }
        var intercepts = scaled.intercepts
        for column in 0..<inner {
            for row in 0..<rows {
                intercepts[row] += sums.intercepts[column] * scaled.weights[column * rows + row]
            }
        }
        guard products.allSatisfy(\.isFinite), intercepts.allSatisfy(\.isFinite) else {
            throw op.wrong("its numbers times those of the model are beyond a double")
        }
        return LinearWeights(weights: products, intercepts: intercepts)
    }
}

extension ONNXProjection {
    /// The recipe that makes the sums.
    func spec() throws(SwerveError) -> FeaturizerSpec {
        let (width, rows) = (sums.featureCount, sums.rows)
        guard rows <= Limits.denseFeatures else {
            throw op.wrong("it makes \(rows) features, above \(Limits.denseFeatures)")
        }
        var components = [Double](repeating: 0, count: width * rows)
        for feature in 0..<width {
            for row in 0..<rows {
                components[row * width + feature] = sums.weights[feature * rows + row]
            }
        }
        let table = NumberTable(rows: rows, columns: width, numbers: components)
        var transforms: [FeatureTransform] = [
            .matrix(MatrixProduct(components: table, mean: nil, scale: nil))
        ]
        if sums.intercepts.contains(where: { $0 != 0 }) {
            transforms.append(
                .standardScaler(StandardScaler(mean: sums.intercepts.map { -$0 }, scale: nil)))
        }
        if !isDouble { transforms.append(.single) }
        return FeaturizerSpec(
            source: features.source, transforms: features.transforms + transforms)
    }
}

/// Scalings of features, taken into the weights of a linear model.
enum ONNXFolding {
    /// The weights of a model over features before `transforms`; nil where one of these is no
    /// scaling with one factor and one offset a feature.
    ///
    /// Roundings to float32 between them are left out: they are far below the tolerance.
    static func folded(
        _ weights: LinearWeights, _ transforms: [FeatureTransform]
    ) -> LinearWeights? {
        var (numbers, intercepts) = (weights.weights, weights.intercepts)
        let rows = weights.rows
        for transform in transforms.reversed() {
            guard let line = line(transform, count: weights.featureCount) else { return nil }
            guard let (factors, offsets) = line.lists else { continue }
            for feature in 0..<weights.featureCount {
                for row in 0..<rows {
                    let place = feature * rows + row
                    intercepts[row] += offsets[feature] * numbers[place]
                    numbers[place] *= factors[feature]
                }
            }
        }
        guard numbers.allSatisfy(\.isFinite), intercepts.allSatisfy(\.isFinite) else { return nil }
        return LinearWeights(weights: numbers, intercepts: intercepts)
    }

    /// A factor and an offset a feature; no lists where nothing changes.
    private struct Line {
        var lists: (factors: [Double], offsets: [Double])?
    }

    private static func line(_ transform: FeatureTransform, count: Int) -> Line? {
        switch transform {
        case .single: return Line()
        case .standardScaler(let scaler):
            let factors =
                scaler.scale.map { $0.map { 1 / ($0 == 0 ? 1 : $0) } }
                ?? [Double](repeating: 1, count: count)
            let mean = scaler.mean ?? [Double](repeating: 0, count: count)
            guard factors.count == count, mean.count == count else { return nil }
            return Line(lists: (factors, zip(mean, factors).map { -$0 * $1 }))
        case .minMaxScaler(let scaler) where scaler.clip == nil:
            guard scaler.scale.count == count, scaler.min.count == count else { return nil }
            return Line(lists: (scaler.scale, scaler.min))
        default: return nil
        }
    }
}
