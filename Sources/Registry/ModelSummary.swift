package import Lifecycle

/// A model as the registry lists it.
package struct ModelSummary: Sendable, Equatable {
    package let name: ModelName
    package let versions: Int
    /// The highest version number; 0 where there is none yet.
    package let newest: Int
    /// Nil where no version was ever promoted.
    package let deployment: Deployment?
}
