/// Where a record names its schema, and where its Avro begins.
package struct AvroFrame: Sendable, Equatable {
    package let schema: SchemaIdentity
    /// The first byte of the body, counted from the beginning of the record's value.
    package let bodyStart: Int

    package init(schema: SchemaIdentity, bodyStart: Int) {
        self.schema = schema
        self.bodyStart = bodyStart
    }

    /// The header of a record that names the schema of its value.
    @inlinable package static var schemaHeaderName: StaticString { "__value_schema_id" }

    /// Reads what stands before the body, and allocates nothing; any thread.
    ///
    /// - Parameters:
    ///   - value: the record's; nil (or a buffer without an address) is a tombstone.
    ///   - schemaHeader: the value of the record's last header `schemaHeaderName`; nil (or a buffer
    ///     without an address) where it has no such header, or that header's value is null.
    ///   - recordBytes: the most bytes of a record.
    /// - Returns: the frame, or why the record has none. An id below 1 is an unknown schema: no
    ///   registry gives it, so none need be asked.
    package static func read(
        _ value: UnsafeBufferPointer<UInt8>?, schemaHeader: UnsafeBufferPointer<UInt8>?,
        recordBytes: Int
    ) -> Result<AvroFrame, RejectReason> {
        guard let value = unsafe value, let start = value.baseAddress else {
            return .failure(.nullPayload)
        }
        guard value.count <= recordBytes else {
            return .failure(.tooLarge(limitBytes: recordBytes))
        }
        guard value.count > 0 else { return .failure(.emptyPayload) }
        if let header = unsafe schemaHeader, let first = header.baseAddress {
            guard let schema = unsafe identity(first, header.count, isWhole: true) else {
                return .failure(.avro(.badSchemaID))
            }
            return checked(AvroFrame(schema: schema, bodyStart: 0))
        }
        guard let schema = unsafe identity(start, value.count, isWhole: false) else {
            let magic = unsafe start[0]
            return .failure(.avro(magic < 2 ? .truncated(byte: value.count) : .badMagic))
        }
        let isID = if case .id = schema { true } else { false }
        return checked(AvroFrame(schema: schema, bodyStart: isID ? idBytes : guidBytes))
    }

    /// The same for values at hand, away from the hot path.
    package static func read(
        _ value: [UInt8]?, schemaHeader: [UInt8]?, recordBytes: Int
    ) -> Result<AvroFrame, RejectReason> {
        guard let value else { return .failure(.nullPayload) }
        guard !value.isEmpty else { return .failure(.emptyPayload) }
        return unsafe value.withUnsafeBufferPointer { value in
            guard let schemaHeader else {
                return unsafe read(value, schemaHeader: nil, recordBytes: recordBytes)
            }
            // An empty header is one that names no schema, and an empty array has no address.
            guard !schemaHeader.isEmpty else {
                return value.count <= recordBytes
                    ? .failure(.avro(.badSchemaID)) : .failure(.tooLarge(limitBytes: recordBytes))
            }
            return unsafe schemaHeader.withUnsafeBufferPointer { header in
                unsafe read(value, schemaHeader: header, recordBytes: recordBytes)
            }
        }
    }

    private static func checked(_ frame: AvroFrame) -> Result<AvroFrame, RejectReason> {
        if case .id(let number) = frame.schema, number < 1 {
            return .failure(.avro(.unknownSchema(frame.schema)))
        }
        return .success(frame)
    }

    /// With the byte that tells which of both follows.
    private static let idBytes = 5
    private static let guidBytes = 17

    /// - Parameter isWhole: nothing else may follow.
    private static func identity(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, isWhole: Bool
    ) -> SchemaIdentity? {
        guard count > 0 else { return nil }
        switch unsafe bytes[0] {
        case 0 where isWhole ? count == idBytes : count >= idBytes:
            let number = unsafe bigEndian(bytes + 1, 4)
            return .id(Int32(truncatingIfNeeded: number))
        case 1 where isWhole ? count == guidBytes : count >= guidBytes:
            return unsafe .guid(high: bigEndian(bytes + 1, 8), low: bigEndian(bytes + 9, 8))
        default: return nil
        }
    }

    private static func bigEndian(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        var number: UInt64 = 0
        for place in 0..<count { number = unsafe number << 8 | UInt64(bytes[place]) }
        return number
    }
}
