package import Lifecycle

/// What became of one pending announcement.
package struct Publication: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        case published
        /// The topic had these very bytes.
        case alreadyThere
        /// It stays in the outbox.
        case failed(SwerveError)
    }

    package let model: ModelName
    package let epoch: Int64
    /// SHA-256 of the control record's exact bytes; nil where it came to none.
    package let record: Digest?
    package let outcome: Outcome

    package var error: SwerveError? {
        guard case .failed(let error) = outcome else { return nil }
        return error
    }
}
