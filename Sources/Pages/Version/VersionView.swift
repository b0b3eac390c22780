import Catalogue
package import Lifecycle
package import Operations

/// What a version's page is written of.
package struct VersionView: Sendable {
    /// `Backend.version`.
    package var result: VersionResult
    /// The largest weights by amount, named as `NgramNames` has them; see `NamedWeight`.
    package var weights: [NamedWeight]
    /// Why there are none; nil where there are.
    package var noWeights: String?
    /// `Backend.diff` from `against` to this version, with `VersionPage.weightsMax` weights; nil
    /// where none was asked for.
    package var diff: DiffResult?
    /// Why it could not be made.
    package var diffFault: SwerveError?
    /// Versions that it may be compared with, newest first; the form lists them.
    package var others: [Int]
    /// `Backend.model`: the deployment of the model.
    package var deployment: Deployment?
    package var mayChange: Bool

    package init(
        result: VersionResult, weights: [NamedWeight] = [], noWeights: String? = nil,
        diff: DiffResult? = nil, diffFault: SwerveError? = nil, others: [Int] = [],
        deployment: Deployment? = nil, mayChange: Bool = false
    ) {
        self.result = result
        self.weights = weights
        self.noWeights = noWeights
        self.diff = diff
        self.diffFault = diffFault
        self.others = others
        self.deployment = deployment
        self.mayChange = mayChange
    }
}

/// A weight of a linear model, and what its feature is called.
///
/// No result has it today. Its source: of `Scorer.model.linear` with one row the
/// `VersionPage.weightsMax` largest by amount; a name is that of a named feature, or the n-grams of
/// `NgramNames.find`, a minus before those that count as -1. Finding names hashes some 900,000
/// n-grams: once a version, kept.
package struct NamedWeight: Sendable, Equatable {
    package var index: Int
    package var name: String
    package var weight: Double

    package init(index: Int, name: String, weight: Double) {
        self.index = index
        self.name = name
        self.weight = weight
    }
}
