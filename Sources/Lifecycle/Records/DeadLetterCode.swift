/// Why a record has no prediction, in one stable word, and who causes that.
///
/// The one table of both: a new reason is a case here, and the compiler asks who causes it. The
/// words are what headers, counts and filters have.
package enum DeadLetterCode: String, Sendable, CaseIterable {
    case nullPayload = "null_payload"
    case emptyPayload = "empty_payload"
    case tooLarge = "too_large"
    case notUTF8 = "not_utf8"
    case notJSON = "not_json"
    case notAnObject = "not_an_object"
    case trailingContent = "trailing_content"
    case tooDeep = "too_deep"
    case duplicateField = "duplicate_field"
    case missingField = "missing_field"
    case wrongType = "wrong_type"
    case badBase64 = "bad_base64"
    case numbersNotText = "numbers_not_text"
    case textNotNumbers = "text_not_numbers"
    case notANumber = "not_a_number"
    case badPair = "bad_pair"
    case pairOrder = "pair_order"
    case badLine = "bad_line"
    case manyLines = "many_lines"
    /// Avro that ends within a value.
    case truncated
    /// Avro that contradicts its schema.
    case corrupt
    case badMagic = "bad_magic"
    case badSchemaID = "bad_schema_id"
    case unknownSchema = "unknown_schema"
    case badSchema = "bad_schema"
    case notARecord = "not_a_record"
    /// The version's featurizer cannot use the record.
    case inputUnfit = "input_unfit"
    case scoreNotFinite = "score_not_finite"
    /// Workers died of the record.
    case crashedWorker = "crashed_worker"

    /// Who decides that such dead letters come.
    package enum Cause: Sendable {
        /// Whoever sends requests to the protected service can choose it, by what is in a request:
        /// such dead letters never stop Swerve, or a stranger could.
        case clients
        /// It comes of what operators run: the writer of the input topic, the configuration, the
        /// model.
        case operators
    }

    package var cause: Cause {
        switch self {
        // What is in a request decides how long and how deep its record is, which parts of a broken
        // one the writer has, what type a field of the client's own document is and whether it
        // stands there twice, whether its bytes are UTF-8, whether its line of a log is cut before
        // the request, and whether the scorer dies of it.
        case .tooLarge, .notUTF8, .tooDeep, .duplicateField, .missingField, .wrongType,
            .badLine, .crashedWorker:
            .clients
        // The form of a record is its writer's, whatever request is in it; what a scorer of numbers
        // gets was computed; Avro is made by the writer's library, which no request gets past, and
        // its schema is the operators'; a score that is not finite is the model's.
        case .nullPayload, .emptyPayload, .notJSON, .notAnObject, .trailingContent, .badBase64,
            .numbersNotText, .textNotNumbers, .notANumber, .badPair, .pairOrder, .manyLines,
            .truncated, .corrupt, .badMagic, .badSchemaID, .unknownSchema, .badSchema, .notARecord,
            .inputUnfit, .scoreNotFinite:
            .operators
        }
    }

    /// Whether it was found while the record was read; otherwise by the version that scored it.
    package var isFoundReading: Bool {
        switch self {
        case .inputUnfit, .scoreNotFinite, .crashedWorker: false
        default: true
        }
    }
}
