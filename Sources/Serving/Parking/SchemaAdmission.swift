package import Inputs

/// What becomes of a polled record of Avro.
///
/// A plain value: to copy it counts no references.
package enum SchemaAdmission {
    /// It is staged: its body begins at that byte of the value, and is of that schema.
    case body(SchemaHandle, start: Int)
    /// It is staged, and has no score for that reason.
    case refused(RejectReason)
    /// It waits, copied, and is not staged.
    case parked
    /// It is passed over: older than `limits.max_age`.
    case tooOld
}

/// A schema that somebody else keeps alive: `SchemaIntake`, for as long as batches are at hand
/// whose records point to it.
@safe
package struct SchemaHandle {
    package unowned(unsafe) let schema: AvroSchema

    package init(_ schema: AvroSchema) { unsafe self.schema = schema }
}
