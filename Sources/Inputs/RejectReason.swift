package import Lifecycle

/// Why a record cannot be scored.
///
/// The first cases are of any format; what only one format can say is that format's own type.
/// Nothing in it allocates; the words are made when asked for.
package enum RejectReason: Error, Sendable, Hashable {
    case nullPayload
    case emptyPayload
    case tooLarge(limitBytes: Int)
    case notUTF8
    /// One object or array too many opens at that byte, counted from 1.
    case tooDeep(limit: Int, byte: Int)
    /// The field stands twice. Parsers differ in which one counts, so what is scored here need not
    /// be what the protected service sees.
    case duplicateField(RequestField)
    /// Absent or null.
    case missingField(RequestField)
    case wrongType(RequestField)
    case badBase64
    /// `x` or `svm`, where text is needed.
    case numbersNotText(RequestField)
    /// The format gives a text alone, where numbers are needed.
    case textNotNumbers
    /// An element of `x` is no number; elements count from 1.
    case notANumber(RequestField, element: Int)
    /// `svm` is not `index:value` at that byte, counted from 1.
    case badPair(byte: Int)
    /// An index of `svm` that is not above the one before it.
    case pairOrder(byte: Int)
    /// A named numeric field, by its position among those wanted, is no number.
    case namedWrongType(Int)
    /// A named text, by its position behind the numbers, is no string.
    case namedNotText(Int)
    /// A named field, or an object on the way to it, stands there twice.
    case namedDuplicate(Int)
    /// A named field with dots is there as a key of its own and inside objects.
    case namedBoth(Int)
    /// The record is no JSON object.
    case json(JSONReason)
    /// The record is no line of a log.
    case log(LogReason)
    /// The record is no Avro, or its schema is not there.
    case avro(AvroReason)

    /// The kind, as dead letters and metrics name it.
    package var kind: DeadLetterCode {
        switch self {
        case .nullPayload: .nullPayload
        case .emptyPayload: .emptyPayload
        case .tooLarge: .tooLarge
        case .notUTF8: .notUTF8
        case .tooDeep: .tooDeep
        case .duplicateField, .namedDuplicate, .namedBoth: .duplicateField
        case .missingField: .missingField
        case .wrongType, .namedWrongType, .namedNotText: .wrongType
        case .badBase64: .badBase64
        case .numbersNotText: .numbersNotText
        case .textNotNumbers: .textNotNumbers
        case .notANumber: .notANumber
        case .badPair: .badPair
        case .pairOrder: .pairOrder
        case .json(let reason): reason.kind
        case .log(let reason): reason.kind
        case .avro(let reason): reason.kind
        }
    }

    /// The kind in one stable word.
    package var code: String { kind.rawValue }

    /// The field that is to blame, where it is one.
    package var field: RequestField? {
        switch self {
        case .duplicateField(let field), .missingField(let field), .wrongType(let field),
            .numbersNotText(let field), .notANumber(let field, _):
            field
        case .badPair, .pairOrder: .sparse
        case .badBase64: .textBase64
        default: nil
        }
    }

    /// The reason for people, in words of the configuration: nothing of the record is in it.
    ///
    /// - Parameters:
    ///   - fieldName: the name that a field has in a record.
    ///   - named: the names of the fields wanted by name, numbers first.
    package func words(
        named: [String] = [], _ fieldName: (RequestField) -> String = { $0.name }
    ) -> String {
        let name = field.map(fieldName) ?? ""
        return switch self {
        case .nullPayload: "the record has no value (a tombstone)"
        case .emptyPayload: "the record is empty"
        case .tooLarge(let limit): "the record is larger than \(limit) bytes"
        case .notUTF8: "the record is not UTF-8, or escapes half of a surrogate pair"
        case .tooDeep(let limit, let byte):
            "the record nests deeper than \(limit) at byte \(byte)"
        case .duplicateField(.textBase64): "there is more than one text"
        case .duplicateField: "\(name) stands there twice"
        case .missingField: "\(name) is missing"
        case .wrongType(let field): "\(name) is not \(field.typeWords)"
        case .badBase64: "\(name) is not base64 (RFC 4648, with padding)"
        case .numbersNotText: "\(name): this scorer takes text"
        case .textNotNumbers: "the record is a text, and this scorer takes numbers"
        case .notANumber(_, let element): "\(name): element \(element) is not a number"
        case .badPair(let byte):
            "\(name), byte \(byte): not index:value with an index from 1 to 2147483647"
        case .pairOrder(let byte): "\(name), byte \(byte): the indices do not ascend"
        case .namedWrongType(let position):
            "\(Self.name(position, named)) is not a number, true or false"
        case .namedNotText(let position): "\(Self.name(position, named)) is not a string"
        case .namedDuplicate(let position): "\(Self.name(position, named)) stands there twice"
        case .namedBoth(let position): Self.bothWords(Self.name(position, named))
        case .json(let reason): reason.words
        case .log(let reason): reason.words
        case .avro(let reason): reason.words
        }
    }

    private static func bothWords(_ name: String) -> String {
        let objects = name.split(separator: ".").dropLast().joined(separator: ".")
        return "'\(name)' is there as a key of its own and inside '\(objects)'"
    }

    private static func name(_ position: Int, _ named: [String]) -> String {
        named.indices.contains(position) ? named[position] : "a named field"
    }
}
