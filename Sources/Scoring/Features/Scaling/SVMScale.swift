import Lifecycle

/// The ranges that `svm-scale` wrote, with its arithmetic.
package struct SVMScale: Sendable, Equatable {
    /// One feature's bounds in the training data.
    package struct Bounds: Sendable, Equatable {
        package let lowest: Double
        package let highest: Double

        package init(lowest: Double, highest: Double) {
            self.lowest = lowest
            self.highest = highest
        }
    }

    /// What the lowest becomes.
    package let lower: Double
    /// What the highest becomes.
    package let upper: Double
    /// The features that have bounds, ascending; one that the file leaves out becomes 0.
    package let features: [Int]
    /// Theirs, in the same order.
    package let bounds: [Bounds]
    /// One more than the highest feature that has any.
    package var featureCount: Int { (features.last ?? -1) + 1 }

    /// - Parameter bounds: by feature, from index 0; nil for one that has none.
    package init(lower: Double, upper: Double, bounds: [Bounds?]) {
        let places = bounds.indices.filter { bounds[$0] != nil }
        self.init(
            lower: lower, upper: upper, features: places, bounds: bounds.compactMap { $0 })
    }

    /// - Precondition: features ascend, and there are bounds for each.
    private init(lower: Double, upper: Double, features: [Int], bounds: [Bounds]) {
        self.lower = lower
        self.upper = upper
        self.features = features
        self.bounds = bounds
    }
}

extension SVMScale {
    /// Reads the value of an `svm_scale` step: bounds as JSON, or the text of a range file.
    init(_ reader: SpecReader) throws(SwerveError) {
        try reader.requireObject(keys: ["lower", "upper", "ranges", "range"])
        if let text = try reader.string("range") {
            for key in ["lower", "upper", "ranges"] where reader.json[key] != nil {
                throw reader.wrong(key, "stands beside range; give one or the other")
            }
            self = try SVMRangeFile(text, reader).read()
            return
        }
        guard let list = reader.json["ranges"]?.array else {
            throw reader.missing("ranges", "give the text of the file of svm-scale -s as \"range\"")
        }
        var entries: [SVMRangeFile.Entry] = []
        for (position, element) in list.enumerated() {
            guard let three = element.array, three.count == 3, let index = three[0].int,
                let lowest = three[1].double, let highest = three[2].double
            else {
                throw reader.wrong("ranges[\(position)]", "is not [index, lowest, highest]")
            }
            entries.append(
                SVMRangeFile.Entry(index: index, lowest: lowest, highest: highest))
        }
        self = try SVMScale(
            lower: try reader.number("lower") ?? -1, upper: try reader.number("upper") ?? 1,
            entries, reader)
    }

    init(
        lower: Double, upper: Double, _ entries: [SVMRangeFile.Entry], _ reader: SpecReader
    ) throws(SwerveError) {
        guard lower < upper else { throw reader.wrong("lower", "is not below upper") }
        var features: [Int] = []
        var bounds: [Bounds] = []
        for entry in entries {
            guard entry.index > (features.last ?? -1) + 1, entry.index <= Limits.denseFeatures
            else {
                throw reader.wrong(
                    "ranges",
                    "has the index \(entry.index); they ascend from 1 to \(Limits.denseFeatures)")
            }
            guard entry.lowest.isFinite, entry.highest.isFinite, entry.lowest <= entry.highest
            else {
                throw reader.wrong("ranges", "of \(entry.index) is not lowest and highest")
            }
            features.append(entry.index - 1)
            bounds.append(Bounds(lowest: entry.lowest, highest: entry.highest))
        }
        guard !bounds.isEmpty else { throw reader.wrong("ranges", "is empty") }
        self.init(lower: lower, upper: upper, features: features, bounds: bounds)
    }
}
