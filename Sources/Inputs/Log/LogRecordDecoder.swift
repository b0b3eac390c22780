internal import CSimdJSON
internal import Glibc
internal import Lifecycle
internal import Scoring

/// How lines of a log are read.
package struct LogSettings: Sendable, Equatable {
    package let plan: LogPlan
    /// The name of the field that is the record's id.
    package let idField: String
    /// Whether a line that is not of the format is scored as it is, and marked `malformed`.
    package let scoresBadLines: Bool

    package static let idFieldDefault = "request_id"

    package init(
        plan: LogPlan, idField: String = LogSettings.idFieldDefault, scoresBadLines: Bool = true
    ) {
        self.plan = plan
        self.idField = idField
        self.scoresBadLines = scoresBadLines
    }
}

/// Reads lines of a log: a text with the parts of the request, named numbers and an id.
///
/// For one thread. The memory (twice a record's of address space, of which only what records reach
/// becomes resident) is taken at the start.
@safe
package final class LogRecordDecoder {
    private let settings: LogSettings
    private let plan: LogPlan
    private let limitBytes: Int
    private let recordBytes: Int
    private let idStep: Int?
    /// The text, and a field out of its escapes.
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let plain: UnsafeMutableBufferPointer<UInt8>
    private let cleanID: UnsafeMutableBufferPointer<UInt8>
    private let idBytes: UnsafeMutableBufferPointer<UInt8>
    private let spans: UnsafeMutableBufferPointer<LogSpan>
    private var prepared: PreparedWants
    private var wanted: LogWantsMemory
    private var views: InputViews = []
    private var textCount = 0
    private var idCount = 0
    private var partCounts: (method: Int, path: Int, query: Int)?
    private(set) var marks: RecordMarks = []

    /// What a text has beside the bytes of its line: two separators and a line break.
    private static let separatorBytes = 3

    /// - Throws: `SwerveError.system` when memory is short.
    init(_ log: LogSettings, settings: InputSettings) throws(SwerveError) {
        let textAlone = try PreparedWants([InputWant(.text)], for: settings)
        self.settings = log
        plan = log.plan
        limitBytes = settings.limitBytes
        recordBytes = settings.recordBytes
        idStep = log.plan.step(named: log.idField)
        unsafe text = .allocate(capacity: settings.recordBytes + Self.separatorBytes)
        unsafe plain = .allocate(capacity: settings.recordBytes)
        unsafe cleanID = .allocate(capacity: Limits.requestIDBytes)
        unsafe idBytes = .allocate(
            capacity: JSONText.escapedBytesMax(Limits.requestIDBytes))
        unsafe spans = .allocate(capacity: log.plan.steps.count)
        prepared = textAlone
        wanted = Self.memory(of: textAlone)
    }

    deinit {
        unsafe text.deallocate()
        unsafe plain.deallocate()
        unsafe cleanID.deallocate()
        unsafe idBytes.deallocate()
        unsafe spans.deallocate()
    }

    private static func memory(of prepared: PreparedWants) -> LogWantsMemory {
        guard case .log(let memory) = prepared.memory else {
            preconditionFailure("wants made ready for another format")
        }
        return memory
    }

    // MARK: - What is read for

    func install(_ prepared: PreparedWants) {
        wanted = Self.memory(of: prepared)
        self.prepared = prepared
        forget()
    }

    private func forget() {
        views = []
        textCount = 0
        idCount = 0
        partCounts = nil
        marks = []
    }

    // MARK: - Decoding

    /// About 0.2 us for a web request.
    func decode(_ record: UnsafeBufferPointer<UInt8>?) -> RejectReason? {
        forget()
        guard let record = unsafe record, let line = record.baseAddress else {
            return .nullPayload
        }
        guard record.count <= recordBytes else { return .tooLarge(limitBytes: recordBytes) }
        var count = record.count
        if count > 0, unsafe line[count - 1] == 0x0A { count -= 1 }
        if count > 0, unsafe line[count - 1] == 0x0D { count -= 1 }
        guard count > 0 else { return .emptyPayload }
        guard unsafe memchr(line, 0x0A, count) == nil else { return .log(.manyLines) }
        let given = prepared.views.intersection([.text, .fields, .texts])
        guard !given.isEmpty else { return .textNotNumbers }
        let last = max(plan.lastPart, wanted.lastStep, idStep ?? 0)
        guard let reached = unsafe walk(line, count, last) else {
            guard settings.scoresBadLines else { return .log(.badLine) }
            views = given
            marks = .malformed
            unsafe giveOpaque(line, count)
            unsafe takeNamed(line, reached: 0)
            cut()
            return nil
        }
        views = given
        if given.contains(.text) {
            unsafe giveText(line, reached)
            cut()
        }
        unsafe takeNamed(line, reached: reached)
        if let idStep, idStep < reached { unsafe takeID(line, spans[idStep]) }
        return nil
    }

    private func takeNamed(_ line: UnsafePointer<UInt8>, reached: Int) {
        unsafe wanted.take(line, spans.baseAddress, reached: reached, plan)
        if wanted.isCut { marks.insert(.truncated) }
    }

    private func walk(_ line: UnsafePointer<UInt8>, _ count: Int, _ last: Int) -> Int? {
        guard let room = unsafe spans.baseAddress else { return nil }
        return unsafe plan.walk(line, count, through: last, into: room)
    }

    /// The bytes of a field out of their escapes: where they stand, or in `plain`.
    private func plainBytes(
        _ line: UnsafePointer<UInt8>, _ span: LogSpan
    ) -> UnsafeBufferPointer<UInt8> {
        let count = span.end - span.start
        let start = unsafe line + span.start
        guard count > 0, unsafe memchr(start, 0x5C, count) != nil,
            let target = unsafe plain.baseAddress
        else { return unsafe UnsafeBufferPointer(start: start, count: count) }
        let used = unsafe LogText.unescape(start, count, plan.format.escape, into: target)
        return unsafe UnsafeBufferPointer(start: target, count: used)
    }

    // MARK: - The text

    private func giveText(_ line: UnsafePointer<UInt8>, _ reached: Int) {
        var (method, target, path, query) = (-1, -1, -1, -1)
        for index in plan.firstPart...plan.lastPart where index < reached {
            switch unsafe plan.steps[index].part {
            case .request: return unsafe giveRequest(plainBytes(line, spans[index]))
            case .method: method = index
            case .target: target = index
            case .path: path = index
            case .query: query = index
            case .none, .version: continue
            }
        }
        if method >= 0 { unsafe append(plainBytes(line, spans[method])) }
        let methodCount = textCount
        append(0x20)
        if target >= 0 {
            unsafe giveTarget(plainBytes(line, spans[target]), methodCount)
        } else {
            if path >= 0 { unsafe append(plainBytes(line, spans[path])) }
            let pathCount = textCount - methodCount - 1
            var rest = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            if query >= 0 { unsafe rest = unsafe plainBytes(line, spans[query]) }
            if unsafe rest.count == 1 && rest[0] == 0x2D {
                unsafe rest = UnsafeBufferPointer(start: nil, count: 0)
            } else if rest.count > 0, unsafe rest[0] == 0x3F {
                unsafe rest = UnsafeBufferPointer(rebasing: rest.dropFirst())
            }
            unsafe giveQuery(rest, methodCount, pathCount)
        }
    }

    /// A request in one piece, as a client sent it.
    private func giveRequest(_ request: UnsafeBufferPointer<UInt8>) {
        guard let start = request.baseAddress, request.count > 0 else { return append(0x0A) }
        let head = unsafe LogText.headCount(start, request.count)
        guard let method = unsafe LogText.methodCount(start, head) else {
            return unsafe giveOpaque(start, request.count)
        }
        unsafe append(UnsafeBufferPointer(start: start, count: method + 1))
        unsafe giveTarget(
            UnsafeBufferPointer(start: start + method + 1, count: head - method - 1), method)
    }

    /// What is no request is scored as it is: anyone can send it.
    private func giveOpaque(_ start: UnsafePointer<UInt8>, _ count: Int) {
        unsafe append(UnsafeBufferPointer(start: start, count: count))
        append(0x0A)
    }

    private func giveTarget(_ target: UnsafeBufferPointer<UInt8>, _ methodCount: Int) {
        var count = target.count
        guard count > 0, var start = target.baseAddress else {
            return unsafe giveQuery(target, methodCount, 0)
        }
        let origin = unsafe LogText.originCount(start, count)
        unsafe start += origin
        count -= origin
        let mark = unsafe count > 0 ? memchr(start, 0x3F, count) : nil
        let path = unsafe mark.map { unsafe UnsafeRawPointer($0) - UnsafeRawPointer(start) }
        unsafe append(UnsafeBufferPointer(start: start, count: path ?? count))
        let behind = path.map { $0 + 1 } ?? count
        unsafe giveQuery(
            UnsafeBufferPointer(start: start + behind, count: count - behind), methodCount,
            path ?? count)
    }

    private func giveQuery(
        _ query: UnsafeBufferPointer<UInt8>, _ methodCount: Int, _ pathCount: Int
    ) {
        if query.count > 0 {
            append(0x3F)
            unsafe append(query)
        }
        append(0x0A)
        partCounts = (methodCount, pathCount, query.count)
    }

    private func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, bytes.count > 0,
            let target = unsafe text.baseAddress
        else { return }
        unsafe memcpy(target + textCount, source, bytes.count)
        textCount += bytes.count
    }

    private func append(_ byte: UInt8) {
        unsafe text[textCount] = byte
        textCount += 1
    }

    /// Whoever sends more than a request may have is scored by its beginning.
    private func cut() {
        guard textCount > limitBytes else { return }
        let whole = unsafe UnsafeBufferPointer(rebasing: text[..<textCount])
        textCount = unsafe TextRecordDecoder.beginning(of: whole, limitBytes: limitBytes)
        marks.insert(.truncated)
    }

    // MARK: - The id

    private func takeID(_ line: UnsafePointer<UInt8>, _ span: LogSpan) {
        let bytes = unsafe plainBytes(line, span)
        guard let start = bytes.baseAddress, bytes.count > 0,
            unsafe !(bytes.count == 1 && start[0] == 0x2D),
            let clean = unsafe cleanID.baseAddress
        else { return }
        let count = unsafe request_json_clean_utf8(
            start, bytes.count, clean, Limits.requestIDBytes)
        idCount =
            unsafe JSONText.escape(
                UnsafeBufferPointer(rebasing: cleanID[..<count]), into: idBytes) ?? 0
    }

    var id: UnsafeBufferPointer<UInt8>? {
        guard idCount > 0 else { return nil }
        return unsafe UnsafeBufferPointer(rebasing: idBytes[..<idCount])
    }

    // MARK: - The view of the last record

    func input(of position: Int) -> ScoringInput {
        let want = prepared.wants[position]
        var input = ScoringInput()
        input.views = want.needed.intersection(views)
        if input.views.contains(.text) {
            unsafe input.text = UnsafeBufferPointer(rebasing: text[..<textCount])
            if want.wantsParts { input.parts = parts }
        }
        if input.views.contains(.fields) {
            unsafe prepared.takeNumbers(
                of: position, values: wanted.values.baseAddress,
                states: wanted.states.baseAddress, into: &input)
        }
        if input.views.contains(.texts) {
            unsafe prepared.takeTexts(
                of: position, wanted.texts.baseAddress, states: wanted.states.baseAddress,
                into: &input)
        }
        return input
    }

    /// The parts of the text, as far as it goes.
    private var parts: RequestParts? {
        guard let (method, pathCount, queryCount) = partCounts else { return nil }
        let path = method + 1 + pathCount
        let query = queryCount == 0 ? path : path + 1 + queryCount
        let end = textCount
        return RequestParts(
            method: 0..<min(method, end), path: min(method + 1, end)..<min(path, end),
            query: min(query - queryCount, end)..<min(query, end),
            body: min(query + 1, end)..<min(query + 1, end))
    }

    /// A line gives no `x` and no `svm`, whichever are wanted.
    func refusal(of position: Int, _ views: InputViews) -> RejectReason { .textNotNumbers }
}
