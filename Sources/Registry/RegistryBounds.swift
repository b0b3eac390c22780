import Lifecycle

/// Bounds of what the registry stores and reads, where `Lifecycle.Limits` names none.
enum RegistryBounds {
    /// Epochs stay exact in every JSON reader: 2^53 - 1.
    static let epochs: ClosedRange<Int64> = 1...9_007_199_254_740_991
    static let versions: ClosedRange<Int64> = 1...Int64(Int32.max)
    static let salts: ClosedRange<Int64> = 0...Int64(UInt32.max)
    static let filesOfArtifact = Limits.artifactFiles
    static let fileNameBytes = Limits.fileNameBytes
    /// Of an artifact, for all models.
    static let signaturesOfArtifact = 1_000
    /// Names of a process, and of a start of the machine.
    static let incarnationBytes = 64
    /// Of a lease, in milliseconds.
    static let leaseSpans: ClosedRange<Int64> = 1...600_000
    /// Of the hub, revoked ones among them.
    static let tokens = 10_000
    /// Who did it, and when.
    static let authorBytes = 256
    static let timestampBytes = 64
    /// A format, a task, an input view.
    static let wordBytes = 64
    static let aliasesOfModel = 1_000
    /// Tags or metrics of one version.
    static let metadataEntries = 256
    static let metadataKeyBytes = 128
    static let metadataValueBytes = 1_024
    static let metadataBytes = 1 << 20
    static let settingsBytes = 64 << 10
    /// The labels of one version, as JSON.
    static let labelsBytes = 1 << 20
    /// An entry of the audit chain, as the schema counts; each may be four bytes.
    static let entryCharacters = 256 << 10
    static let entryBytes = 4 * entryCharacters
    /// Objects and arrays inside one another: an entry has those of a control record inside.
    static let depth = 2 * Limits.jsonDepth
    /// What one annotation changes, before and after together, in an entry of the audit chain.
    static let annotationBytes = 192 << 10
}
