import Lifecycle
package import Scoring

/// What of a verdict another version sees otherwise: feature by feature, the largest changes first.
///
/// A value, made of two explanations of the same record. Features are the same where they have the
/// same name, or stand for the same n-grams, so versions with other featurizers are compared too.
package struct VerdictChange: Sendable, Equatable {
    /// One feature, and what it adds to the decision of each version; 0 where a version does not
    /// have it.
    package struct Part: Sendable, Equatable {
        package let words: String
        package let here: Double
        package let there: Double

        /// What it moves the decision by.
        package var difference: Double { there - here }
    }

    /// The largest by the size of their difference, largest first.
    package let parts: [Part]
    /// What every record gets, from each version.
    package let biasHere: Double
    package let biasThere: Double
    /// The difference of all that is not among the parts.
    package let rest: Double
    package let restCount: Int

    /// - Parameters:
    ///   - here: of the version that decided.
    ///   - there: of the other one.
    ///   - top: how many parts are told.
    package init(from here: Explanation, to there: Explanation, top: Int) {
        var sums: [String: (here: Double, there: Double)] = [:]
        for part in here.contributions {
            sums[Self.words(part), default: (0, 0)].here += part.value
        }
        for part in there.contributions {
            sums[Self.words(part), default: (0, 0)].there += part.value
        }
        let all = sums.map { Part(words: $0.key, here: $0.value.here, there: $0.value.there) }
            .sorted {
                let (mine, theirs) = ($0.difference.magnitude, $1.difference.magnitude)
                return mine == theirs ? $0.words < $1.words : mine > theirs
            }
        parts = Array(all.prefix(max(0, top)).filter { $0.difference != 0 })
        biasHere = here.bias
        biasThere = there.bias
        let dropped = all.dropFirst(parts.count)
        rest = dropped.reduce(there.rest - here.rest) { $0 + $1.difference }
        restCount = dropped.count + max(here.restCount, there.restCount)
    }

    static func words(_ part: Explanation.Contribution) -> String {
        switch part.subject {
        case .feature(_, _, _, .named(let name)): return name
        case .feature(let index, _, _, .ngrams(let ngrams)):
            guard !ngrams.isEmpty else { return "feature \(index)" }
            return ngrams.map { "'\($0.text)'" }.sorted().joined(separator: " ")
        case .vector(let index, _, _, let name):
            return "support vector \(index)" + (name.map { " (\($0))" } ?? "")
        }
    }
}
