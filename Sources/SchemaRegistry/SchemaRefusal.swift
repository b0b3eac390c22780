package import Inputs

/// Why records with a schema are not read.
package enum SchemaRefusal: Sendable, Equatable {
    /// The registry does not have it.
    case unknown
    /// It is no schema to read records by.
    case bad

    package func reason(_ schema: SchemaIdentity) -> RejectReason {
        switch self {
        case .unknown: .avro(.unknownSchema(schema))
        case .bad: .avro(.badSchema(schema))
        }
    }
}

/// What is known of the schema that a record names.
package enum SchemaAnswer<Schema: Sendable>: Sendable {
    case known(Schema)
    /// Until a moment of the monotonic clock, in nanoseconds; nil for good.
    case refused(SchemaRefusal, until: UInt64?)
    /// It is being asked for.
    case absent
}
