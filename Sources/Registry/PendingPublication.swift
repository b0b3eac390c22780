package import Lifecycle

/// A model's newest deployment, not yet known to be on the control topic.
package struct PendingPublication: Sendable, Equatable {
    /// Whose record this one may replace: another registry's, up to that epoch.
    package struct Adoption: Sendable, Equatable {
        package let registry: String
        package let epoch: Int64
    }

    package let model: ModelName
    package let epoch: Int64
    /// The control record's exact bytes.
    package let record: [UInt8]
    package let adoption: Adoption?
}
