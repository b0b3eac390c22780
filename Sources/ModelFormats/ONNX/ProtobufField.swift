/// One field of a protocol buffer message, its value not looked into.
struct ProtobufField {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        /// Where the bytes stand in the file.
        case bytes(Range<Int>)
        case fixed32(UInt32)
    }

    let number: Int
    let value: Value
    /// Where the field begins in the file.
    let offset: Int
}
