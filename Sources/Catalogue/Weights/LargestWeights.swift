import Lifecycle
package import Scoring

/// The weights of a version that move its score most, and what their features are called.
package struct LargestWeights: Sendable, Equatable {
    package struct Weight: Sendable, Equatable {
        package let index: Int
        /// Of a named feature, or the n-grams that hash to it, a minus before those that count
        /// as -1.
        package let name: String
        package let value: Double
    }

    /// Largest amount first.
    package let weights: [Weight]
    /// Why there are none; nil where there are.
    package let absence: String?

    /// Finding names hashes some 900,000 n-grams: whoever asks often keeps the answer.
    ///
    /// - Parameter count: how many are told at most.
    package init(of scorer: Scorer, atMost count: Int) {
        guard let linear = scorer.model.linear, linear.rows == 1 else {
            self.init(without: "Only linear models of two classes have one weight a feature.")
            return
        }
        guard scorer.model.calibration == nil else {
            self.init(without: "The score of a calibrated ensemble is no sum of weights.")
            return
        }
        let values = linear.weights
        let largest = Self.largest(values, atMost: count)
        guard !largest.isEmpty else {
            self.init(without: "All of its weights are 0.")
            return
        }
        let hashed =
            scorer.featurizer.spec.hashedNgrams
            .map { NgramNames.find(largest, in: $0) } ?? [:]
        let named = largest.map { index in
            let name =
                hashed[index].map(Self.words)
                ?? scorer.featurizer.spec.featureName(index)
                ?? "feature \(index)"
            return Weight(index: index, name: name, value: values[index])
        }
        self.init(weights: named, absence: nil)
    }

    /// - Parameter reason: a sentence.
    package init(without reason: String) {
        self.init(weights: [], absence: reason)
    }

    private init(weights: [Weight], absence: String?) {
        self.weights = weights
        self.absence = absence
    }

    /// Places of the largest amounts that are not 0, in one walk: there may be millions.
    private static func largest(_ values: [Double], atMost count: Int) -> [Int] {
        var kept: [Int] = []
        for index in values.indices where values[index] != 0 && values[index].isFinite {
            let amount = abs(values[index])
            if kept.count == count {
                guard let last = kept.last, amount > abs(values[last]) else { continue }
                kept.removeLast()
            }
            let place = kept.firstIndex { abs(values[$0]) < amount } ?? kept.endIndex
            if kept.count < count { kept.insert(index, at: place) }
        }
        return kept
    }

    private static func words(_ names: NgramNames) -> String {
        guard !names.ngrams.isEmpty else { return "no printable n-gram" }
        let shown = names.ngrams.map { ($0.isNegative ? "-" : "") + JSONValue.string($0.text).text }
        return shown.joined(separator: " ") + (names.more > 0 ? " and \(names.more) more" : "")
    }
}
