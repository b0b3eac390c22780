internal import Lifecycle
internal import Scoring

/// Reads records of Avro, each with the schema that its writer used.
///
/// For one thread.
@safe
package final class AvroRecordDecoder {
    private var prepared: PreparedWants

    init(fields: InputFields, settings: InputSettings) throws(SwerveError) {
        prepared = try PreparedWants([InputWant(.text)], for: settings)
    }

    func install(_ prepared: PreparedWants) { self.prepared = prepared }

    /// Reads one record whose frame was read before (`AvroFrame`).
    ///
    /// - Parameter bodyStart: the frame's.
    /// - Returns: why the record has no view; nil where it has one.
    package func decode(
        _ record: UnsafeBufferPointer<UInt8>?, bodyStart: Int, schema: AvroSchema
    ) -> RejectReason? {
        .avro(.notARecord)
    }

    /// A record that comes without a schema, as none does that a worker reads.
    func decodeWithoutSchema(_ record: UnsafeBufferPointer<UInt8>?) -> RejectReason? {
        .avro(.badMagic)
    }

    /// Bytes of the last record behind its value: accepted, and counted.
    package private(set) var trailing = 0
    private(set) var marks: RecordMarks = []

    func input(of position: Int) -> ScoringInput { ScoringInput() }
    func refusal(of position: Int, _ views: InputViews) -> RejectReason { .avro(.notARecord) }
    var id: UnsafeBufferPointer<UInt8>? { nil }
    /// Who sent the request, as an id is written; nil where the record does not say.
    package var client: UnsafeBufferPointer<UInt8>? { nil }
    func words(_ reason: RejectReason) -> String { reason.words() }
}
