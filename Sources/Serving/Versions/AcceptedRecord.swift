package import Lifecycle

/// A control record that a slot believed, with what it takes to know the very same one again.
package struct AcceptedRecord: Sendable, Hashable {
    package let record: ControlRecord
    /// Of the value's exact bytes; nil out of a state file that an older swerve wrote.
    package let valueDigest: Digest?
    /// The trusted key on whose word it was believed; nil where no trust file was asked.
    package let signedBy: String?
    /// Whether it is served by artifacts whose signatures were asked for.
    package var hasSignedArtifacts = false

    package init(
        _ record: ControlRecord, valueDigest: Digest? = nil, signedBy: String? = nil
    ) {
        self.record = record
        self.valueDigest = valueDigest
        self.signedBy = signedBy
    }

    package var deployment: Deployment { record.deployment }

    /// Whether `other` says the same on behalf of the same registry.
    func agrees(with other: ControlRecord) -> Bool {
        record.deployment == other.deployment && record.registry == other.registry
    }
}
