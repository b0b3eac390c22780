package import Lifecycle

/// A model's newest deployment, not yet known to be on the control topic.
package struct PendingPublication: Sendable, Equatable {
    /// Whose record this one may replace: another registry's, up to that epoch.
    package struct Adoption: Sendable, Equatable {
        package let registry: String
        package let epoch: Int64

        package init(registry: String, epoch: Int64) {
            self.registry = registry
            self.epoch = epoch
        }
    }

    package let model: ModelName
    package let epoch: Int64
    /// The control record's exact bytes.
    package let record: [UInt8]
    /// The header that travels with it; nil where it is not signed.
    package let signature: String?
    package let adoption: Adoption?
    /// Wall-clock milliseconds after which workers refuse it; nil where it is not signed.
    package let expiresAtMs: Int64?

    /// The record as it travels.
    package var announcement: Announcement { Announcement(value: record, signature: signature) }
}
