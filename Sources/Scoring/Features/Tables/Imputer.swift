import Lifecycle

/// scikit-learn's `SimpleImputer` of numbers: what is missing becomes the column's statistic.
package struct Imputer: Sendable, Equatable {
    /// One a feature.
    package let statistics: [Double]
    /// What counts as missing; nil: NaN.
    package let missingValue: Double?
    /// The features for each of which one more says whether it was missing, as 1 or 0; they follow
    /// behind all others.
    package let indicators: [Int]

    package init(statistics: [Double], missingValue: Double? = nil, indicators: [Int] = []) {
        self.statistics = statistics
        self.missingValue = missingValue
        self.indicators = indicators
    }

    /// Whether every feature gets a value of its own, those that are not stored too.
    var makesDense: Bool { missingValue == 0 || !indicators.isEmpty }
}

extension Imputer {
    /// Reads the value of a step `imputer`.
    init(_ reader: some StepReading) throws(SwerveError) {
        try reader.requireKeys(["statistics", "missing_values", "indicators"])
        statistics = try reader.neededList("statistics", limit: Limits.denseFeatures)
        guard !statistics.isEmpty else { throw reader.wrong("statistics", "is empty") }
        missingValue = try reader.finite("missing_values")
        indicators =
            try reader.wholes(
                "indicators", in: 0..<statistics.count, limit: statistics.count) ?? []
    }

    /// The value of the step, every key written out.
    var json: JSONValue {
        [
            "statistics": .numbers(statistics),
            "missing_values": missingValue.map { .double($0) } ?? .null,
            "indicators": .wholes(indicators),
        ]
    }
}

extension JSONValue {
    static func numbers(_ numbers: [Double]) -> JSONValue { .array(numbers.map { .double($0) }) }
    static func wholes(_ numbers: [Int]) -> JSONValue {
        .array(numbers.map { .int(Int64($0)) })
    }
    static func table(_ table: NumberTable) -> JSONValue {
        .array(
            (0..<table.rows).map { row in
                .numbers(
                    Array(table.numbers[row * table.columns..<(row + 1) * table.columns]))
            })
    }
}

extension FeatureVector {
    mutating func apply(_ imputer: Imputer) {
        if imputer.makesDense { makeDense() } else { makeSparse() }
        let given = count
        if !imputer.indicators.isEmpty {
            widen(to: given + imputer.indicators.count)
            let values = unsafe self.values.pointer
            for (position, feature) in imputer.indicators.enumerated() {
                let value = unsafe values[feature]
                let isMissing = imputer.missingValue.map { $0 == value } ?? value.isNaN
                unsafe values[given + position] = isMissing ? 1 : 0
            }
        }
        let values = unsafe self.values.pointer
        let indices = unsafe self.indices.pointer
        let isDense = form == .dense
        unsafe imputer.statistics.withUnsafeBufferPointer { statistics in
            if let missing = imputer.missingValue {
                for position in 0..<given where unsafe values[position] == missing {
                    unsafe values[position] =
                        statistics[isDense ? position : Int(indices[position])]
                }
            } else if isDense {
                for position in 0..<given {
                    let value = unsafe values[position]
                    unsafe values[position] = value.isNaN ? statistics[position] : value
                }
            } else {
                for position in 0..<given where unsafe values[position].isNaN {
                    unsafe values[position] = statistics[Int(indices[position])]
                }
            }
        }
    }
}
