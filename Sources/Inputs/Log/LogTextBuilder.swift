internal import Glibc
internal import Scoring

/// What the last line of a `LogRecordDecoder` gave; its bytes are in the decoder's memory.
struct LogView {
    // Not the literal: that is a generic call for each record.
    var views = InputViews()
    var textCount = 0
    var parts: PartLengths?
    /// Bytes; 0 where there is none.
    var idCount = 0
    var clientCount = 0
    var marks: RecordMarks = []
}

/// Makes the text of a line out of its fields: a value on the stack, so that nothing of it is
/// checked for exclusive access.
@safe
struct LogTextBuilder {
    private let text: UnsafeMutablePointer<UInt8>
    /// Where a field goes out of its escapes.
    private let plain: UnsafeMutablePointer<UInt8>
    private let escape: LogEscape
    private(set) var count = 0
    /// Where it was made of the request's parts.
    private(set) var parts: PartLengths?

    /// - Parameters:
    ///   - text: room for a line and three bytes.
    ///   - plain: room for a line.
    init(
        _ text: UnsafeMutablePointer<UInt8>, plain: UnsafeMutablePointer<UInt8>,
        _ escape: LogEscape
    ) {
        unsafe self.text = text
        unsafe self.plain = plain
        self.escape = escape
    }

    /// Writes the text of a line of which `reached` fields are there.
    mutating func take(
        _ line: UnsafePointer<UInt8>, _ spans: UnsafeMutablePointer<LogSpan>, reached: Int,
        _ plan: LogPlan
    ) {
        var (method, target, path, query) = (-1, -1, -1, -1)
        var index = plan.firstPart
        let end = min(plan.lastPart + 1, reached)
        while index < end {
            switch unsafe plan.steps[index].part {
            case .request: return unsafe takeRequest(plainBytes(line, spans[index]))
            case .method: method = index
            case .target: target = index
            case .path: path = index
            case .query: query = index
            case .none, .version: break
            }
            index += 1
        }
        if method >= 0 { unsafe append(plainBytes(line, spans[method])) }
        let methodCount = count
        append(0x20)
        if target >= 0 {
            return unsafe takeTarget(plainBytes(line, spans[target]), methodCount)
        }
        if path >= 0 { unsafe append(plainBytes(line, spans[path])) }
        let pathCount = count - methodCount - 1
        guard query >= 0 else {
            return unsafe takeQuery(
                UnsafeBufferPointer(start: nil, count: 0), methodCount, pathCount)
        }
        var rest = unsafe plainBytes(line, spans[query])
        if unsafe rest.count == 1 && rest[0] == 0x2D {
            unsafe rest = UnsafeBufferPointer(start: nil, count: 0)
        } else if rest.count > 0, unsafe rest[0] == 0x3F {
            unsafe rest = UnsafeBufferPointer(rebasing: rest.dropFirst())
        }
        unsafe takeQuery(rest, methodCount, pathCount)
    }

    /// The bytes of a field out of their escapes: where they stand, or in `plain`.
    private func plainBytes(
        _ line: UnsafePointer<UInt8>, _ span: LogSpan
    ) -> UnsafeBufferPointer<UInt8> {
        unsafe Self.plainBytes(line, span, escape, room: plain)
    }

    /// - Parameter room: for the bytes of the field.
    static func plainBytes(
        _ line: UnsafePointer<UInt8>, _ span: LogSpan, _ escape: LogEscape,
        room: UnsafeMutablePointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        let count = span.end - span.start
        let start = unsafe line + span.start
        guard count > 0, unsafe memchr(start, 0x5C, count) != nil else {
            return unsafe UnsafeBufferPointer(start: start, count: count)
        }
        let used = unsafe LogText.unescape(start, count, escape, into: room)
        return unsafe UnsafeBufferPointer(start: room, count: used)
    }

    /// A request in one piece, as a client sent it.
    private mutating func takeRequest(_ request: UnsafeBufferPointer<UInt8>) {
        guard let start = request.baseAddress, request.count > 0 else { return append(0x0A) }
        let head = unsafe LogText.headCount(start, request.count)
        guard let method = unsafe LogText.methodCount(start, head) else {
            return unsafe takeOpaque(start, request.count)
        }
        unsafe append(UnsafeBufferPointer(start: start, count: method + 1))
        unsafe takeTarget(
            UnsafeBufferPointer(start: start + method + 1, count: head - method - 1), method)
    }

    /// What is no request is scored as it is: anyone can send it.
    mutating func takeOpaque(_ start: UnsafePointer<UInt8>, _ count: Int) {
        unsafe append(UnsafeBufferPointer(start: start, count: count))
        append(0x0A)
    }

    private mutating func takeTarget(_ target: UnsafeBufferPointer<UInt8>, _ methodCount: Int) {
        guard target.count > 0, let first = target.baseAddress else {
            return unsafe takeQuery(target, methodCount, 0)
        }
        let origin = unsafe LogText.originCount(first, target.count)
        let start = unsafe first + origin
        let left = target.count - origin
        let mark = unsafe left > 0 ? memchr(start, 0x3F, left) : nil
        let path = unsafe mark.map { unsafe UnsafeRawPointer($0) - UnsafeRawPointer(start) }
        unsafe append(UnsafeBufferPointer(start: start, count: path ?? left))
        let behind = path.map { $0 + 1 } ?? left
        unsafe takeQuery(
            UnsafeBufferPointer(start: start + behind, count: left - behind), methodCount,
            path ?? left)
    }

    private mutating func takeQuery(
        _ query: UnsafeBufferPointer<UInt8>, _ methodCount: Int, _ pathCount: Int
    ) {
        if query.count > 0 {
            append(0x3F)
            unsafe append(query)
        }
        append(0x0A)
        parts = PartLengths(
            method: methodCount, path: pathCount, query: query.count, body: 0)
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        unsafe memcpy(text + count, source, bytes.count)
        count += bytes.count
    }

    private mutating func append(_ byte: UInt8) {
        unsafe text[count] = byte
        count += 1
    }

    /// Whoever sends more than a request may have is scored by its beginning.
    ///
    /// - Returns: whether the text was cut.
    mutating func cut(to limitBytes: Int) -> Bool {
        guard count > limitBytes else { return false }
        let whole = unsafe UnsafeBufferPointer(start: UnsafePointer(text), count: count)
        count = unsafe TextRecordDecoder.beginning(of: whole, limitBytes: limitBytes)
        return true
    }
}
