/// A control record as it travels: its exact bytes, and the signature in its header.
package struct Announcement: Sendable, Equatable {
    package let value: [UInt8]
    /// The header `swerve-signature` as it stands; nil for an unsigned record.
    package let signature: String?

    package init(value: [UInt8], signature: String? = nil) {
        self.value = value
        self.signature = signature
    }
}
