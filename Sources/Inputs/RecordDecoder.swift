package import Lifecycle
package import Scoring

/// How records are written: `input` of the configuration.
///
/// Every reader of records makes its decoder of such a value: workers, `swerve score`,
/// `swerve featurize`, golden inputs and the demo's check.
package struct InputSettings: Sendable, Equatable {
    /// The formats of input; a new one gets a case here and one in `RecordDecoder`.
    package enum Format: Sendable, Equatable {
        /// JSON objects: requests by their parts, or `text`, `text_b64`, `x`, `svm`, named numbers.
        case json(InputFields)
        /// Lines of a log, as Apache and nginx write them.
        case log(LogSettings)
        /// Avro, each record with the schema that a registry keeps for it.
        case avro(InputFields)
        /// The record's bytes are the text.
        case text
    }

    package let format: Format
    /// The most bytes of a request: a longer text is cut, and longer numbers are refused.
    package let limitBytes: Int
    /// The most bytes of a record, no less than of a request; above, it is not looked at.
    package let recordBytes: Int
    /// Of JSON: whether bytes in a string that are no UTF-8 are scored as they are.
    package let scoresInvalidUTF8: Bool

    package init(
        format: Format = .json(.standard), limitBytes: Int = Limits.requestBytes,
        recordBytes: Int = Limits.recordBytes, scoresInvalidUTF8: Bool = true
    ) {
        self.scoresInvalidUTF8 = scoresInvalidUTF8
        self.format = format
        self.limitBytes = limitBytes
        self.recordBytes = max(recordBytes, limitBytes)
    }
}

/// What was odd about a record that has a view all the same; predictions tell it.
///
/// Asked of each record from another module, so what is asked is inlined there: the standard
/// library's own operations on option sets are unspecialized generic calls from there.
package struct RecordMarks: OptionSet, Sendable, Hashable {
    @usableFromInline package let rawValue: UInt8

    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Its text is longer than a request may be, and what is scored is the beginning.
    @inlinable package static var truncated: RecordMarks { RecordMarks(rawValue: 1) }
    /// It is no line of its log's format, and what is scored is the whole line.
    @inlinable package static var malformed: RecordMarks { RecordMarks(rawValue: 2) }

    @inlinable package var isEmpty: Bool { rawValue == 0 }

    @inlinable package func contains(_ mark: RecordMarks) -> Bool {
        rawValue & mark.rawValue == mark.rawValue
    }
}

/// Reads records of one input format, one at a time: bytes in; a view of the record, or the reason
/// why it has none, out.
///
/// The view of the last record is what `input(of:)`, `id`, `label` and `decision` give, valid until
/// the next record. An enum, so that the hot path calls the format's decoder directly. For one
/// thread. Decoding allocates nothing; a decoder takes its memory when it is made.
package enum RecordDecoder {
    case json(JSONRecordDecoder)
    case log(LogRecordDecoder)
    case avro(AvroRecordDecoder)
    case text(TextRecordDecoder)

    /// Makes a decoder, which reads records for their text until other wants are installed.
    ///
    /// - Parameter labelField: for lines of a training set or golden inputs: the field that holds
    ///   the class; `decision` is looked for too. Records of a stream have neither. Only JSON has
    ///   such fields.
    /// - Throws: `SwerveError.usage` for a limit outside 1 … `Limits.requestBytesMax`, and for
    ///   names of fields that do not go together; `.system` when memory is short.
    package init(
        _ settings: InputSettings = InputSettings(), labelField: String? = nil
    ) throws(SwerveError) {
        guard (1...Limits.requestBytesMax).contains(settings.limitBytes) else {
            throw SwerveError(
                .usage, act: "reading limits.request_bytes",
                reason: "\(settings.limitBytes) is not between 1 and \(Limits.requestBytesMax)")
        }
        switch settings.format {
        case .json(let fields):
            self = .json(
                try JSONRecordDecoder(
                    fields: fields, labelField: labelField, settings: settings))
        case .log(let log): self = .log(try LogRecordDecoder(log, settings: settings))
        case .avro(let fields):
            self = .avro(try AvroRecordDecoder(fields: fields, settings: settings))
        case .text:
            self = .text(
                TextRecordDecoder(
                    limitBytes: settings.limitBytes, recordBytes: settings.recordBytes))
        }
    }

    // MARK: - What is read for

    /// Reads records for `prepared` from now on.
    ///
    /// Cannot fail and allocates nothing. The view of the last record is gone. `prepared` was made
    /// for this decoder's settings, and is installed in no other decoder.
    package func install(_ prepared: PreparedWants) {
        switch self {
        case .json(let decoder): decoder.install(prepared)
        case .log(let decoder): decoder.install(prepared)
        case .avro(let decoder): decoder.install(prepared)
        case .text(let decoder): decoder.install(prepared)
        }
    }

    // MARK: - Decoding

    /// Reads one record's value; nil (or a buffer without an address) is a tombstone.
    ///
    /// The bound on its length is checked before anything else.
    ///
    /// - Returns: why the record has no view; nil where it has one.
    package func decode(_ record: UnsafeBufferPointer<UInt8>?) -> RejectReason? {
        switch self {
        case .json(let decoder): unsafe decoder.decode(record)
        case .log(let decoder): unsafe decoder.decode(record)
        case .avro(let decoder): unsafe decoder.decodeWithoutSchema(record)
        case .text(let decoder): unsafe decoder.decode(record)
        }
    }

    /// Reads one record of Avro, whose frame was read before (`AvroFrame`); of other formats as
    /// above.
    ///
    /// - Parameters:
    ///   - bodyStart: the frame's.
    ///   - schema: what the frame names.
    /// - Returns: as above.
    package func decode(
        _ record: UnsafeBufferPointer<UInt8>?, bodyStart: Int, schema: AvroSchema
    ) -> RejectReason? {
        guard case .avro(let decoder) = self else { return unsafe decode(record) }
        return unsafe decoder.decode(record, bodyStart: bodyStart, schema: schema)
    }

    /// Reads a record of Avro that is at hand as a span, and not empty.
    package func decode(
        _ record: Span<UInt8>, frame: AvroFrame, schema: AvroSchema
    ) -> RejectReason? {
        unsafe record.withUnsafeBufferPointer { buffer in
            unsafe decode(buffer, bodyStart: frame.bodyStart, schema: schema)
        }
    }

    /// Reads a record that is at hand as a span.
    package func decode(_ record: Span<UInt8>) -> RejectReason? {
        unsafe record.withUnsafeBufferPointer { buffer in
            // An empty span may have no address, and is no tombstone for that.
            if let start = buffer.baseAddress {
                return unsafe decode(UnsafeBufferPointer(start: start, count: buffer.count))
            }
            return unsafe withUnsafePointer(to: 0) { unsafe decode(.init(start: $0, count: 0)) }
        }
    }

    // MARK: - The view of the last record

    /// What was odd about it.
    package var marks: RecordMarks {
        switch self {
        case .json(let decoder): decoder.marks
        case .log(let decoder): decoder.marks
        case .avro(let decoder): decoder.marks
        case .text(let decoder): decoder.marks
        }
    }

    /// The input that the record gives to the scorer of one want, by the want's position.
    ///
    /// A view that the want has and the record does not give is left out of its `views`.
    package func input(of position: Int) -> ScoringInput {
        switch self {
        case .json(let decoder): decoder.input(of: position)
        case .log(let decoder): decoder.input(of: position)
        case .avro(let decoder): decoder.input(of: position)
        case .text(let decoder): decoder.input(of: position)
        }
    }

    /// The input that the record gives to the scorer of the first want.
    package var input: ScoringInput { input(of: 0) }

    /// Why the record does not give the scorer of a want one of `views`, which it wants and lacks.
    package func refusal(of position: Int, _ views: InputViews) -> RejectReason {
        switch self {
        case .json(let decoder): decoder.refusal(of: position, views)
        case .log(let decoder): decoder.refusal(of: position, views)
        case .avro(let decoder): decoder.refusal(of: position, views)
        case .text(let decoder): decoder.refusal(of: position, views)
        }
    }

    /// What the record itself has wrong where the scorer of a want found a fault, which says more
    /// than the fault; nil where it has what the scorer cannot use.
    package func refusal(of position: Int, _ fault: InputFault) -> RejectReason? {
        guard case .missingView(let views) = fault else { return nil }
        return refusal(of: position, views)
    }

    /// Why the record has no score of a version, in the word of its dead letter.
    ///
    /// - Parameter verdict: of the want's scorer, without a finite score.
    package func code(of verdict: Verdict, at position: Int) -> DeadLetterCode {
        guard let fault = verdict.fault else { return .scoreNotFinite }
        return refusal(of: position, fault)?.kind ?? .inputUnfit
    }

    /// The record's own id as it goes between the quotes of a JSON string; nil where it has none.
    ///
    /// At most `Limits.requestIDBytes` before escaping: a longer one is cut between characters.
    /// Also there for a rejected record, where the id could be read in spite of the fault.
    package var id: UnsafeBufferPointer<UInt8>? {
        switch self {
        case .json(let decoder): unsafe decoder.id
        case .log(let decoder): unsafe decoder.id
        case .avro(let decoder): unsafe decoder.id
        case .text: nil
        }
    }

    /// The cell of the record: by who sent it where the configuration names a field for that, else
    /// by its key.
    @inlinable
    package func cell(byKey: @autoclosure () -> RecordCell, salt: UInt32) -> RecordCell {
        tellsClient ? unsafe RecordCell(client: client, salt: salt) : byKey()
    }

    /// Whether the configuration names the field that says who sent a record.
    package var tellsClient: Bool {
        switch self {
        case .json(let decoder): decoder.tellsClient
        case .log(let decoder): decoder.tellsClient
        case .avro(let decoder): decoder.tellsClient
        case .text: false
        }
    }

    /// Who sent the record, to tell its records from others' by; nil where it does not say.
    ///
    /// At most its first `Limits.requestIDBytes` bytes, or what an id of as many is written as.
    /// Only where `tellsClient`.
    package var client: UnsafeBufferPointer<UInt8>? {
        switch self {
        case .json(let decoder): unsafe decoder.client
        case .log(let decoder): unsafe decoder.client
        case .avro(let decoder): unsafe decoder.client
        case .text: nil
        }
    }

    /// The value of the label as JSON; nil where the record has none, or the format knows none.
    package var label: UnsafeBufferPointer<UInt8>? {
        switch self {
        case .json(let decoder): unsafe decoder.label
        case .log, .avro, .text: nil
        }
    }

    /// The value of `decision` as JSON; nil as for `label`.
    package var decision: UnsafeBufferPointer<UInt8>? {
        switch self {
        case .json(let decoder): unsafe decoder.decision
        case .log, .avro, .text: nil
        }
    }

    // MARK: - Words

    /// A reason of this decoder for people, with the names that its fields have in a record.
    ///
    /// Right until other wants are installed. Allocates.
    package func words(_ reason: RejectReason) -> String {
        switch self {
        case .json(let decoder): decoder.words(reason)
        case .avro(let decoder): decoder.words(reason)
        case .log, .text: reason.words()
        }
    }
}

extension RecordDecoder {
    /// A copy of `id`, for readers away from the hot path.
    package var idBytes: [UInt8]? { unsafe id.map { unsafe Array($0) } }
}
