import Lifecycle
import Scoring

/// Features that are sums of other features, each times a number: PCA, TruncatedSVD, and whatever
/// else is a product with a matrix.
///
/// A linear model takes the matrix into its weights; nothing else here can.
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
    /// - Throws: in the words of the node, where something else than a scaling lies between.
    func folded(
        _ weights: LinearWeights, behind transforms: [FeatureTransform]
    ) throws(SwerveError) -> LinearWeights {
        guard let scaled = ONNXFolding.folded(weights, transforms) else {
            throw op.wrong(
                "what it makes of the features is changed by more than a scaling before the model, "
                    + "which is not supported",
                remedy: "export it with swerve-export")
        }
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
