internal import CSimdJSON
internal import Glibc
internal import Lifecycle
internal import Scoring

/// The text of a record and its id, out of what was found in it.
extension AvroRecordDecoder {
    /// Writes the text, as the record gives it or made of the request's parts.
    func takeText() -> RejectReason? {
        let (plain, encoded) = (found(.text), found(.textBase64))
        if plain.isThere && encoded.isThere { return .duplicateField(.textBase64) }
        if plain.isThere { return append(.text) }
        if encoded.isThere { return appendDecoded(encoded) }
        return takeRequest()
    }

    private func takeRequest() -> RejectReason? {
        if !found(.method).isThere && !found(.path).isThere {
            if found(.dense).isThere { return .numbersNotText(.dense) }
            if found(.sparse).isThere { return .numbersNotText(.sparse) }
        }
        guard found(.method).isThere else { return .missingField(.method) }
        guard found(.path).isThere else { return .missingField(.path) }
        if let refusal = append(.method) { return refusal }
        let method = view.textCount
        append(0x20)
        if let refusal = append(.path) { return refusal }
        let path = view.textCount
        append(0x3F)
        if let refusal = append(.query) { return refusal }
        let query = view.textCount - path - 1
        if query == 0 { view.textCount = path }
        append(0x0A)
        let body = view.textCount
        if let refusal = append(.body) { return refusal }
        view.parts = AvroView.Parts(
            method: method, path: path - method - 1, query: query, body: view.textCount - body)
        return nil
    }

    /// Appends the bytes of a text field, none of an absent one.
    private func append(_ field: RequestField) -> RejectReason? {
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
    func append(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        let fitting = min(count, max(0, textRoom - view.textCount))
        if fitting > 0, let target = unsafe text.baseAddress {
            unsafe memcpy(target + view.textCount, bytes, fitting)
        }
        view.textCount += count
    }

    private func append(_ byte: UInt8) {
        if view.textCount < textRoom { unsafe text[view.textCount] = byte }
        view.textCount += 1
    }

    private func appendDecoded(_ value: AvroFound) -> RejectReason? {
        let count = view.textCount
        // Also tells what is no text at all.
        if let refusal = append(.textBase64) {
            view.textCount = count
            return refusal
        }
        guard let start = unsafe text.baseAddress, view.textCount <= textRoom else {
            return .badBase64
        }
        let decoded = unsafe request_base64(start, view.textCount, start)
        view.textCount = max(0, decoded)
        return decoded < 0 ? .badBase64 : nil
    }

    /// Whoever sends more than a request may have is scored by its beginning.
    func giveText() {
        view.given.insert(.text)
        guard view.textCount > limitBytes else { return }
        let whole = unsafe UnsafeBufferPointer(rebasing: text[..<min(view.textCount, textRoom)])
        view.textCount = unsafe TextRecordDecoder.beginning(of: whole, limitBytes: limitBytes)
        view.isCut = true
    }

    // MARK: - The id

    func takeID() -> RejectReason? {
        let value = found(.id)
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
