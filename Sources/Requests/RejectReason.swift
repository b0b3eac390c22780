/// Why a record cannot be scored.
///
/// Nothing in it allocates; the words are made when asked for.
package enum RejectReason: Error, Sendable, Hashable {
    case nullPayload
    case emptyPayload
    case tooLarge(limitBytes: Int)
    case notJSON
    case notUTF8
    case notAnObject
    case trailingContent
    case tooDeep(limit: Int)
    /// The field stands twice. Parsers differ in which one counts, so what is scored here need not
    /// be what the protected service sees.
    case duplicateField(RequestField)
    /// Absent or null.
    case missingField(RequestField)
    case wrongType(RequestField)
    case badBase64
    /// `x` or `svm`, where text is needed.
    case numbersNotText(RequestField)

    /// The kind in one stable word, for headers and metrics.
    package var code: String {
        switch self {
        case .nullPayload: "null_payload"
        case .emptyPayload: "empty_payload"
        case .tooLarge: "too_large"
        case .notJSON: "not_json"
        case .notUTF8: "not_utf8"
        case .notAnObject: "not_an_object"
        case .trailingContent: "trailing_content"
        case .tooDeep: "too_deep"
        case .duplicateField: "duplicate_field"
        case .missingField: "missing_field"
        case .wrongType: "wrong_type"
        case .badBase64: "bad_base64"
        case .numbersNotText: "numbers_not_text"
        }
    }

    /// The field that is to blame, where it is one.
    package var field: RequestField? {
        switch self {
        case .duplicateField(let field), .missingField(let field), .wrongType(let field),
            .numbersNotText(let field):
            field
        case .badBase64: .textBase64
        default: nil
        }
    }

    /// The reason for people, in words of the configuration: nothing of the record is in it.
    package func words(_ fields: InputFields = .standard) -> String {
        let name = field.map(fields.name(of:)) ?? ""
        return switch self {
        case .nullPayload: "the record has no value (a tombstone)"
        case .emptyPayload: "the record is empty"
        case .tooLarge(let limit): "the record is larger than \(limit) bytes"
        case .notJSON: "the record is not JSON"
        case .notUTF8: "the record is not UTF-8, or escapes half of a surrogate pair"
        case .notAnObject: "the record is not a JSON object"
        case .trailingContent: "something follows the JSON object"
        case .tooDeep(let limit): "the record nests deeper than \(limit)"
        case .duplicateField(.textBase64): "there is more than one text"
        case .duplicateField: "\(name) stands there twice"
        case .missingField: "\(name) is missing"
        case .wrongType(let field): "\(name) is not \(field.typeWords)"
        case .badBase64: "\(name) is not base64 (RFC 4648, with padding)"
        case .numbersNotText: "\(name): this scorer takes text"
        }
    }
}
