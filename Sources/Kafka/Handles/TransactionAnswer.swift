import CRdKafka
package import Lifecycle

/// What became of one call of a transaction, and so which calls may follow.
package enum TransactionAnswer: Sendable, Equatable {
    case done
    /// It is not known yet; the same call goes on with it, and no other may be made.
    case passing(SwerveError)
    /// The transaction can only be aborted.
    case needsAbort(SwerveError)
    /// Another process has taken this one's place.
    case fenced(String)
    /// The handle is of no more use.
    case broken(SwerveError)

    /// Reads the answer of librdkafka, and frees `failure`; nil is success.
    ///
    /// Serves nothing: the handle's queue may be one that somebody takes events from.
    init(
        _ failure: OpaquePointer?, of handle: KafkaHandle, act: String, rights: [KafkaRight]
    ) {
        guard let failure = unsafe failure else {
            self = .done
            return
        }
        defer { unsafe rd_kafka_error_destroy(failure) }
        let code = unsafe rd_kafka_error_code(failure)
        let text = unsafe rd_kafka_error_string(failure).map { unsafe String(cString: $0) } ?? ""
        let fault = KafkaFault(code: code, text: text)
        let fatal = handle.fatalFault
        let error = handle.knownError(act, code, detail: text, rights: rights)
        // A fenced producer may fail with another error first; its handle knows the cause.
        if fatal?.meaning == .fenced {
            self = .fenced(fault.text)
        } else if fatal != nil {
            self = .broken(error)
        } else if unsafe rd_kafka_error_txn_requires_abort(failure) != 0 {
            // A member whose place in the group was taken is told so of its offsets alone.
            self = fault.meaning == .fenced ? .fenced(fault.text) : .needsAbort(error)
        } else if unsafe rd_kafka_error_is_retriable(failure) != 0
            || code == RD_KAFKA_RESP_ERR__TIMED_OUT
        {
            self = .passing(error)
        } else {
            self = fault.meaning == .fenced ? .fenced(fault.text) : .broken(error)
        }
    }
}
