internal import Lifecycle

/// Why a record is no JSON object that could be a request.
package enum JSONReason: Sendable, Hashable {
    /// Nil where the place was not found.
    case malformed(JSONFault?)
    case notAnObject
    case trailingContent

    var kind: DeadLetterCode {
        switch self {
        case .malformed: .notJSON
        case .notAnObject: .notAnObject
        case .trailingContent: .trailingContent
        }
    }

    /// The reason for people: nothing of the record is in it.
    package var words: String {
        switch self {
        case .malformed(nil): "the record is not JSON"
        case .malformed(let fault?):
            "the record is not JSON at byte \(fault.byte): \(fault.kind.words)"
        case .notAnObject: "the record is not a JSON object: \(Self.oneRequest)"
        case .trailingContent: "something follows the JSON object: \(Self.oneRequest)"
        }
    }

    private static let oneRequest = "one record is one request and one prediction"
}
