internal import Lifecycle

/// Why a record cannot be read as Avro.
///
/// Bytes are counted from 1, in the record's value.
package enum AvroReason: Sendable, Hashable {
    /// More bytes are needed behind that byte than there are.
    case truncated(byte: Int)
    /// The bytes before that one contradict the schema.
    case corrupt(byte: Int)
    /// The first byte is neither that of an id nor that of a GUID.
    case badMagic
    /// It was given without its schema: there are records of Avro on topics alone.
    case noSchema
    /// The header that names the schema is neither an id nor a GUID.
    case badSchemaID
    /// No registry that was asked has it.
    case unknownSchema(SchemaIdentity)
    /// What the registry has is no Avro schema.
    case badSchema(SchemaIdentity)
    /// The schema's outermost type has no fields, and is no text either; or it is a text, where
    /// numbers are wanted.
    case notARecord

    var kind: DeadLetterCode {
        switch self {
        case .truncated: .truncated
        case .corrupt: .corrupt
        case .badMagic: .badMagic
        case .badSchemaID: .badSchemaID
        case .noSchema: .unknownSchema
        case .unknownSchema: .unknownSchema
        case .badSchema: .badSchema
        case .notARecord: .notARecord
        }
    }

    /// The reason for people: nothing of the record is in it but its schema's number.
    package var words: String {
        switch self {
        case .truncated(let byte):
            "the record ends at byte \(byte), within a value: it is cut, or of another schema"
        case .corrupt(let byte):
            "the record is no value of its schema at byte \(byte): it is damaged, or of another "
                + "schema"
        case .badMagic:
            "the record begins neither with 0 and a schema's id nor with 1 and its GUID: its "
                + "writer used no schema registry"
        case .badSchemaID:
            "the header \(AvroFrame.schemaHeaderName) holds neither 0 and a schema's id nor 1 and "
                + "its GUID"
        case .noSchema: "the record's schema is not known here"
        case .unknownSchema(let schema): "the schema registry has no schema \(schema.words)"
        case .badSchema(let schema):
            "what the schema registry has as \(schema.words) is no Avro schema that can be read"
        case .notARecord:
            "the record's schema is no record, map, string or bytes that gives what is wanted"
        }
    }
}
