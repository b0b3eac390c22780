/// One record of a batch, in librdkafka's memory: valid until the batch is released.
@safe
package struct RecordView {
    /// Nil for a null payload (a tombstone), which is not the same as an empty one.
    package let value: UnsafeBufferPointer<UInt8>?
    /// Nil where the record has no key.
    package let key: UnsafeBufferPointer<UInt8>?
    package let partition: Int32
    package let offset: Int64

    package init(
        value: UnsafeBufferPointer<UInt8>?, key: UnsafeBufferPointer<UInt8>?, partition: Int32,
        offset: Int64
    ) {
        unsafe self.value = value
        unsafe self.key = key
        self.partition = partition
        self.offset = offset
    }
}
