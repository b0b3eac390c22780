/// A field of a record that means something to Swerve.
package enum RequestField: Int32, Sendable, CaseIterable {
    // The order is that of `request_json_field`.
    case id
    case method
    case path
    case query
    case body
    case text
    case textBase64
    case dense
    case sparse
    case label
    case decision

    /// The name in reject codes, and in a record where no other is configured.
    package var name: String {
        switch self {
        case .id: "id"
        case .method: "method"
        case .path: "path"
        case .query: "query"
        case .body: "body"
        case .text: "text"
        case .textBase64: "text_b64"
        case .dense: "x"
        case .sparse: "svm"
        case .label: "label"
        case .decision: "decision"
        }
    }

    /// The types of JSON that the field may have.
    package var typeWords: String {
        switch self {
        case .id: "a string or an integer"
        case .method, .path: "a string"
        case .query, .body, .text, .textBase64: "a string or null"
        case .dense: "an array of numbers"
        case .sparse: "a string"
        case .label: "a number"
        case .decision: "an array of numbers"
        }
    }

    /// The field of that number in C's answer; `id` for one that does not exist.
    init(c number: Int32) { self = RequestField(rawValue: number) ?? .id }
}
