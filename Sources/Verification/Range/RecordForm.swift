package import Inputs
import Kafka
package import Lifecycle
package import Scoring

/// How records of the input are read: as workers read them.
package struct RecordForm: Sendable {
    package let settings: InputSettings
    /// Of records of Avro; nil for other formats.
    package let schemas: RecordSchemas?

    package init(_ settings: InputSettings, schemas: RecordSchemas? = nil) {
        self.settings = settings
        self.schemas = schemas
    }

    /// What a record's headers say of its schema; nil where nothing, and for other formats.
    func schemaHeader(of batch: RecordBatch, _ index: Int) -> [UInt8]? {
        schemas == nil ? nil : batch.header(AvroFrame.schemaHeaderName, at: index)
    }
}

/// Reads values of the input as workers do, those of Avro by their schemas.
///
/// One thread. Waits for schemas that are not here yet.
final class ValueDecoder {
    enum Outcome {
        /// The decoder has its view.
        case read
        case refused(RejectReason)
        /// Nobody here can say, and why.
        case unknown(String)
    }

    let decoder: RecordDecoder
    private let form: RecordForm
    private let isPlain: Bool
    /// The schema of the record before: most records have the same.
    private var last: (identity: SchemaIdentity, schema: AvroSchema)?

    /// - Throws: `.usage` for settings that no decoder takes; `.system` where memory is short.
    init(_ form: RecordForm) throws(SwerveError) {
        self.form = form
        isPlain = form.schemas == nil
        decoder = try RecordDecoder(form.settings)
    }

    /// Reads a record in memory that is somebody else's: nothing is copied or allocated, but for a
    /// schema that is met first.
    ///
    /// - Parameters:
    ///   - value: nil for a tombstone.
    ///   - schema: what the record's header says of its schema; nil where there is none.
    func decode(
        _ value: UnsafeBufferPointer<UInt8>?, schema: UnsafeBufferPointer<UInt8>?
    ) -> Outcome {
        guard !isPlain, let schemas = form.schemas else {
            return unsafe decoder.decode(value).map { .refused($0) } ?? .read
        }
        switch unsafe AvroFrame.read(
            value, schemaHeader: schema, recordBytes: form.settings.recordBytes)
        {
        case .failure(let reason): return unsafe refused(value, reason)
        case .success(let frame):
            switch find(frame.schema, schemas) {
            case .known(let schema):
                return unsafe decoder.decode(value, bodyStart: frame.bodyStart, schema: schema)
                    .map { .refused($0) } ?? .read
            case .refused(let reason): return unsafe refused(value, reason)
            case .missing(let words): return .unknown(words)
            }
        }
    }

    func decode(_ record: RecordBytes) -> Outcome {
        unsafe decode(record.value, schema: record.schema)
    }

    /// The same of what stands in arrays.
    func decode(_ value: [UInt8]?, schema: [UInt8]?) -> Outcome {
        RecordBytes.with(key: nil, value: value, schema: schema) { decode($0) }
    }

    /// The view of the record before must not stand for this one.
    private func refused(
        _ value: UnsafeBufferPointer<UInt8>?, _ reason: RejectReason
    ) -> Outcome {
        _ = unsafe decoder.decode(value)
        return .refused(reason)
    }

    private func find(
        _ identity: SchemaIdentity, _ schemas: RecordSchemas
    ) -> RecordSchemas.Finding {
        if let last, last.identity == identity { return .known(last.schema) }
        let found = schemas.find(identity)
        if case .known(let schema) = found { last = (identity, schema) }
        return found
    }
}

/// A record of Avro, as people can be told of it.
package struct AvroWords: Sendable, Equatable {
    /// Its schema at the registry, or why it names none.
    package let schema: String
    /// The text that is scored, which its fields give; nil where they give none, or a schema is
    /// missing.
    package let text: String?

    /// Nil for records of other formats, and tombstones.
    init?(_ value: [UInt8]?, schema: [UInt8]?, _ form: RecordForm) throws(SwerveError) {
        guard let value, form.schemas != nil else { return nil }
        switch AvroFrame.read(
            value, schemaHeader: schema, recordBytes: form.settings.recordBytes)
        {
        case .failure(let reason):
            self.schema = reason.words()
            text = nil
        case .success(let frame):
            self.schema = "schema \(frame.schema.words)"
            let values = try ValueDecoder(form)
            values.decoder.install(try PreparedWants([InputWant(.text)], for: form.settings))
            guard case .read = values.decode(value, schema: schema) else {
                text = nil
                return
            }
            text = OwnedInput(values.decoder.input).text.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }
}

/// Why a version says of a record what it says, read as workers read it.
package enum RecordExplanation {
    /// Nil for a record that has no score, and for models whose decisions are no sums.
    ///
    /// - Parameters:
    ///   - schema: what the record's header says of its schema.
    ///   - top: how many contributions are told.
    package static func of(
        _ value: [UInt8], schema: [UInt8]?, by scorer: Scorer, _ form: RecordForm, top: Int
    ) throws(SwerveError) -> Explanation? {
        let want = InputWant(scorer.featurizer, wantsParts: true)
        let values = try ValueDecoder(form)
        values.decoder.install(try PreparedWants([want], for: form.settings))
        guard case .read = values.decode(value, schema: schema) else { return nil }
        let input = OwnedInput(
            values.decoder.input, fieldNames: want.fieldNames, textNames: want.textNames)
        return scorer.explain(input, top: top)
    }
}
