internal import Lifecycle

/// Why a record is no line of a log.
package enum LogReason: Sendable, Hashable {
    /// The line stops before the request, or is not of the format.
    case badLine
    case manyLines

    var kind: DeadLetterCode {
        switch self {
        case .badLine: .badLine
        case .manyLines: .manyLines
        }
    }

    /// The reason for people: nothing of the record is in it.
    package var words: String {
        switch self {
        case .badLine: "the line is not of the log's format: it ends before the request"
        case .manyLines:
            "the record has several lines: one record is one line and one prediction"
        }
    }
}
