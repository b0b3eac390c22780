internal import CSimdJSON
internal import Glibc

/// Makes the text of a record out of what was found in it: a value on the stack, so that nothing
/// of it is checked for exclusive access.
@safe
struct AvroTextBuilder {
    private let text: UnsafeMutablePointer<UInt8>
    private let room: Int
    private let found: UnsafeMutableBufferPointer<AvroFound>
    /// Bytes of the text; more than there is room for where it is to be cut.
    private(set) var count = 0
    /// Where it was made of the request's parts.
    private(set) var parts: PartLengths?

    /// - Parameter room: of `text`: more than a text is cut to.
    init(
        _ text: UnsafeMutablePointer<UInt8>, room: Int,
        _ found: UnsafeMutableBufferPointer<AvroFound>
    ) {
        unsafe self.text = text
        self.room = room
        unsafe self.found = found
    }

    private func found(_ field: RequestField) -> AvroFound {
        unsafe found[Int(field.rawValue)]
    }

    /// Writes the text, as the record gives it or, `ofRequests`, made of the request's parts.
    mutating func take(ofRequests: Bool) -> RejectReason? {
        let (plain, encoded) = (found(.text), found(.textBase64))
        if plain.isThere && encoded.isThere { return .duplicateField(.textBase64) }
        if plain.isThere { return append(.text) }
        if encoded.isThere { return appendDecoded(encoded) }
        return ofRequests ? takeRequest() : .missingField(.text)
    }

    private mutating func takeRequest() -> RejectReason? {
        if !found(.method).isThere && !found(.path).isThere {
            if found(.dense).isThere { return .numbersNotText(.dense) }
            if found(.sparse).isThere { return .numbersNotText(.sparse) }
        }
        guard found(.method).isThere else { return .missingField(.method) }
        guard found(.path).isThere else { return .missingField(.path) }
        if let refusal = append(.method) { return refusal }
        let method = count
        append(0x20)
        if let refusal = append(.path) { return refusal }
        let path = count
        append(0x3F)
        if let refusal = append(.query) { return refusal }
        let query = count - path - 1
        if query == 0 { count = path }
        append(0x0A)
        let body = count
        if let refusal = append(.body) { return refusal }
        parts = PartLengths(
            method: method, path: path - method - 1, query: query, body: count - body)
        return nil
    }

    /// Appends the bytes of a text field, none of an absent one.
    private mutating func append(_ field: RequestField) -> RejectReason? {
        let value = found(field)
        switch value.kind {
        case .string, .bytes, .fixed, .uuid, .enum:
            if let start = unsafe value.start, !value.isWrong { unsafe append(start, value.count) }
            return value.isWrong ? .wrongType(field) : nil
        case .nothing: return value.isWrong ? .wrongType(field) : nil
        case .whole, .array, .other: return .wrongType(field)
        }
    }

    /// As far as there is room, which is more than a text is cut to.
    mutating func append(_ bytes: UnsafePointer<UInt8>, _ added: Int) {
        let fitting = min(added, max(0, room - count))
        if fitting > 0 { unsafe memcpy(text + count, bytes, fitting) }
        count += added
    }

    private mutating func append(_ byte: UInt8) {
        if count < room { unsafe text[count] = byte }
        count += 1
    }

    private mutating func appendDecoded(_ value: AvroFound) -> RejectReason? {
        // Also tells what is no text at all.
        if let refusal = append(.textBase64) { return refusal }
        guard count <= room else { return .badBase64 }
        let decoded = unsafe request_base64(text, count, text)
        count = max(0, decoded)
        return decoded < 0 ? .badBase64 : nil
    }

    /// Whoever sends more than a request may have is scored by its beginning.
    ///
    /// - Returns: whether the text was cut.
    mutating func cut(to limitBytes: Int) -> Bool {
        guard count > limitBytes else { return false }
        let whole = unsafe UnsafeBufferPointer(start: UnsafePointer(text), count: min(count, room))
        count = unsafe TextRecordDecoder.beginning(of: whole, limitBytes: limitBytes)
        return true
    }
}
