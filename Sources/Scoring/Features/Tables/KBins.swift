import Lifecycle

/// scikit-learn's `KBinsDiscretizer`: the bin that a number falls into.
package struct KBins: Sendable, Equatable {
    package enum Encoding: String, Sendable, Equatable {
        case oneHot = "onehot"
        /// The same with every 0 in memory.
        case oneHotDense = "onehot-dense"
        case ordinal
    }

    package let encoding: Encoding
    /// The edges between bins of all features, one feature's after the other's, ascending.
    package let edges: [Double]
    /// Where each feature's begin in `edges`, and the end of the last.
    package let starts: [Int]

    package var inputCount: Int { starts.count - 1 }
    /// A feature has a bin more than edges between them.
    package var binCount: Int { edges.count + inputCount }
    package var featureCount: Int { encoding == .ordinal ? inputCount : binCount }

    /// - Precondition: each feature's edges ascend and are finite.
    package init(encoding: Encoding, edges: [[Double]]) {
        self.encoding = encoding
        self.edges = edges.flatMap { $0 }
        starts = edges.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    /// The feature that a bin is of, and its number there.
    func place(of bin: Int) -> (feature: Int, bin: Int) {
        var feature = 0
        while feature + 1 < inputCount, starts[feature + 1] + feature + 1 <= bin { feature += 1 }
        return (feature, bin - starts[feature] - feature)
    }
}

extension KBins {
    /// Reads the value of a step `kbins`: the inner edges of all features, and how many bins each
    /// has.
    init(_ reader: some StepReading) throws(SwerveError) {
        try reader.requireKeys(["encode", "edges", "n_bins"])
        let name = try reader.neededText("encode")
        guard let encoding = Encoding(rawValue: name) else {
            throw reader.wrong("encode", "is not onehot, onehot-dense or ordinal")
        }
        let limit = Limits.denseFeatures
        let flat = try reader.neededList("edges", limit: limit)
        guard let bins = try reader.wholes("n_bins", in: 1..<limit, limit: limit), !bins.isEmpty
        else { throw reader.wrong("n_bins", "is missing or empty") }
        var edges: [[Double]] = []
        var start = 0
        for (feature, count) in bins.enumerated() {
            guard count - 1 <= flat.count - start else {
                throw reader.wrong("edges", "are fewer than n_bins[\(feature)] takes")
            }
            let own = Array(flat[start..<start + count - 1])
            guard zip(own, own.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                throw reader.wrong("edges", "of feature \(feature) do not ascend")
            }
            edges.append(own)
            start += count - 1
        }
        guard start == flat.count else {
            throw reader.wrong("edges", "are \(flat.count), and n_bins takes \(start)")
        }
        self.init(encoding: encoding, edges: edges)
    }

    /// The value of the step.
    var json: JSONValue {
        [
            "encode": .string(encoding.rawValue), "edges": .numbers(edges),
            "n_bins": .wholes((0..<inputCount).map { starts[$0 + 1] - starts[$0] + 1 }),
        ]
    }
}

extension FeatureVector {
    mutating func apply(_ bins: KBins) {
        makeDense()
        // As in scikit-learn: an infinite number falls into no bin.
        if let place = firstNotFinite { return refuse(.notFinite(feature: place)) }
        let given = count
        if bins.encoding != .ordinal { beginPicking(features: bins.binCount) }
        let values = unsafe self.values.pointer
        for feature in 0..<given {
            let value = unsafe values[feature]
            var (low, high) = (bins.starts[feature], bins.starts[feature + 1])
            let first = low
            while low < high {
                let middle = (low + high) / 2
                if bins.edges[middle] <= value { low = middle + 1 } else { high = middle }
            }
            if bins.encoding == .ordinal {
                unsafe values[feature] = Double(low - first)
            } else {
                // A bin more a feature than edges.
                pick(UInt32(truncatingIfNeeded: low + feature), 1)
            }
        }
        if bins.encoding == .oneHotDense { makeDense() }
    }
}
