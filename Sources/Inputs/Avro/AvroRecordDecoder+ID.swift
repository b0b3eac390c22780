internal import CSimdJSON
internal import Lifecycle

/// The id of a record, and its client's.
extension AvroRecordDecoder {
    func takeID(_ wanted: AvroWants, _ view: inout AvroView) -> RejectReason? {
        let value = unsafe wanted.found[Int(RequestField.id.rawValue)]
        guard value.isThere else { return nil }
        guard let count = unsafe write(value, into: idBytes) else { return .wrongType(.id) }
        view.idCount = count
        return nil
    }

    /// Writes an id as it goes into a JSON string; nil for a value that is none.
    func write(
        _ value: AvroFound, into target: UnsafeMutableBufferPointer<UInt8>
    ) -> Int? {
        guard !value.isWrong, let start = unsafe value.start, let first = target.baseAddress
        else { return nil }
        switch value.kind {
        case .string, .enum:
            if value.count <= Limits.requestIDBytes, unsafe AvroID.isPlain(start, value.count) {
                unsafe first.update(from: start, count: value.count)
                return value.count
            }
            guard let clean = unsafe cleanID.baseAddress else { return nil }
            let count = unsafe request_json_clean_utf8(
                start, value.count, clean, Limits.requestIDBytes)
            return unsafe JSONText.escape(
                UnsafeBufferPointer(start: clean, count: count), into: target)
        case .whole: return unsafe AvroID.write(value.whole, into: first)
        case .uuid: return unsafe AvroID.write(uuid: start, into: first)
        default: return nil
        }
    }
}
