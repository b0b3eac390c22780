import CRdKafka

/// The generation of a consumer group, out of what librdkafka hands to producers of transactions.
///
/// librdkafka 2.0.2 has no call that gives the number; it has one that writes the member's metadata
/// down as bytes, in a form of its own: seven letters that name the form, then the generation as
/// this machine has a whole number, then group and member. A form of another name is not read.
enum GroupGeneration {
    /// - Returns: nil for another form, and where the member is in no generation.
    static func read(_ metadata: UnsafeRawBufferPointer) -> Int32? {
        let size = MemoryLayout<Int32>.size
        guard metadata.count >= magic.count + size,
            unsafe metadata.prefix(magic.count).elementsEqual(magic)
        else { return nil }
        let generation = unsafe metadata.loadUnaligned(fromByteOffset: magic.count, as: Int32.self)
        return generation >= 0 ? generation : nil
    }

    /// Of metadata as librdkafka has it; the caller still owns it.
    static func read(_ metadata: OpaquePointer) -> Int32? {
        var bytes: UnsafeMutableRawPointer?
        var size = 0
        if let failure = unsafe rd_kafka_consumer_group_metadata_write(metadata, &bytes, &size) {
            unsafe rd_kafka_error_destroy(failure)
            return nil
        }
        defer { unsafe rd_kafka_mem_free(nil, bytes) }
        return unsafe read(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : size))
    }

    private static let magic = Array("CGMDv2:".utf8)
}

extension KafkaHandle {
    /// The generation that this member of a group is in; nil where it is in none.
    var generation: Int32? {
        guard let metadata = unsafe rd_kafka_consumer_group_metadata(raw) else { return nil }
        defer { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
        return unsafe GroupGeneration.read(metadata)
    }
}
