/// Why one input has its score: what adds up to one decision.
///
/// `bias` plus the values of the contributions plus `rest` is the decision, for linear models to
/// within 1e-12 of its size.
package struct Explanation: Sendable, Equatable {
    /// One summand.
    package struct Contribution: Sendable, Equatable {
        package enum Subject: Sendable, Equatable {
            /// A feature: its index, its value after all steps, and what it weighs.
            case feature(index: Int, value: Double, weight: Double, origin: FeatureOrigin)
            /// A support vector: its index in the model, what it weighs, the kernel between it and
            /// the input, and its class where the model has classes.
            case vector(index: Int, weight: Double, kernel: Double, className: String?)
        }

        package let value: Double
        package let subject: Subject

        package init(value: Double, subject: Subject) {
            self.value = value
            self.subject = subject
        }
    }

    /// Which decision is explained; several classes have several: the winner's (one-vs-rest), or
    /// that between the winner and the runner-up (one-vs-one).
    package let decisionIndex: Int
    package let decision: Double
    /// What every input gets.
    package let bias: Double
    /// The largest by amount, largest first; lower indices first among equals.
    package let contributions: [Contribution]
    /// The sum of all others, and how many they are.
    package let rest: Double
    package let restCount: Int

    package init(
        decisionIndex: Int, decision: Double, bias: Double, contributions: [Contribution],
        rest: Double, restCount: Int
    ) {
        self.decisionIndex = decisionIndex
        self.decision = decision
        self.bias = bias
        self.contributions = contributions
        self.rest = rest
        self.restCount = restCount
    }
}

/// What a feature stands for in one input.
package enum FeatureOrigin: Sendable, Equatable {
    /// A feature with a name of its own: lexical features, fields, `x[3]`, `svm 4`.
    case named(String)
    /// The n-grams that count for it and occur in the input; more than one where hashes collide.
    case ngrams([NgramOrigin])
}

/// An n-gram that counts for a feature, and where it stands in the input.
package struct NgramOrigin: Sendable, Equatable {
    /// One place of it.
    package struct Place: Sendable, Equatable {
        /// `method`, `path`, `query` or `body` of a request; `text` for a text given as it is.
        package let part: String
        /// From the part's beginning, in bytes.
        package let offset: Int

        package init(part: String, offset: Int) {
            self.part = part
            self.offset = offset
        }
    }

    /// How many places are told.
    package static let placesMax = 8

    /// As it was counted: lowered and folded where the featurizer does that.
    ///
    /// Bytes that are no UTF-8 are shown as U+FFFD.
    package let text: String
    /// Whether it counts as -1.
    package let isNegative: Bool
    package let count: Int
    /// The first of its places.
    package let places: [Place]

    package init(text: String, isNegative: Bool, count: Int, places: [Place]) {
        self.text = text
        self.isNegative = isNegative
        self.count = count
        self.places = places
    }
}
