package import Lifecycle

/// One change of a deployment, as it was announced.
package struct HistoryEntry: Sendable, Equatable {
    /// Nil for a model's first.
    package let before: Deployment?
    package let after: Deployment
    package let note: ChangeNote

    package var epoch: Int64 { after.epoch }
}
