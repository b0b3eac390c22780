/// What became of one record.
package enum RequestOutcome: Sendable, Equatable {
    /// The parser's `text` and `id` are the request's until its next record.
    case request
    case rejected(RejectReason)
}
