internal import CSimdJSON
internal import Glibc
internal import Lifecycle
internal import Scoring

/// How lines of a log are read.
package struct LogSettings: Sendable, Equatable {
    package let plan: LogPlan
    /// The name of the field that is the record's id.
    package let idField: String
    /// The name of the field that says who sent the request; nil reads none.
    package let clientField: String?
    /// Whether a line that is not of the format is scored as it is, and marked `malformed`.
    package let scoresBadLines: Bool

    package static let idFieldDefault = "request_id"

    package init(
        plan: LogPlan, idField: String = LogSettings.idFieldDefault, clientField: String? = nil,
        scoresBadLines: Bool = true
    ) {
        self.plan = plan
        self.idField = idField
        self.clientField = clientField
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
    private let clientStep: Int?
    /// The text, and a field out of its escapes.
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let plain: UnsafeMutableBufferPointer<UInt8>
    private let cleanID: UnsafeMutableBufferPointer<UInt8>
    private let idBytes: UnsafeMutableBufferPointer<UInt8>
    private let clientBytes: UnsafeMutableBufferPointer<UInt8>
    private let spans: UnsafeMutableBufferPointer<LogSpan>
    private var prepared: PreparedWants
    private var reading: Reading
    // One struct, so that the thread pays for one check of exclusive access and not for many.
    private var view = LogView()

    /// What lines are read for, as it is asked of each of them.
    private struct Reading {
        let wanted: LogWantsMemory
        /// The views that a line can give.
        let views: InputViews
        /// The last step of the plan that has to be reached.
        let lastStep: Int

        /// - Parameter steps: of what is read beside the wants.
        init(_ prepared: PreparedWants, _ plan: LogPlan, _ steps: [Int?]) {
            guard case .log(let memory) = prepared.memory else {
                preconditionFailure("wants made ready for another format")
            }
            wanted = memory
            views = prepared.views.intersection([.text, .fields, .texts])
            lastStep = steps.reduce(max(plan.lastPart, memory.lastStep)) { max($0, $1 ?? 0) }
        }
    }

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
        clientStep = log.clientField.flatMap { log.plan.step(named: $0) }
        unsafe text = .allocate(capacity: settings.recordBytes + Self.separatorBytes)
        unsafe plain = .allocate(capacity: settings.recordBytes)
        unsafe cleanID = .allocate(capacity: Limits.requestIDBytes)
        unsafe idBytes = .allocate(
            capacity: JSONText.escapedBytesMax(Limits.requestIDBytes))
        unsafe clientBytes = .allocate(capacity: Limits.requestIDBytes)
        unsafe spans = .allocate(capacity: log.plan.steps.count)
        prepared = textAlone
        reading = Reading(textAlone, log.plan, [idStep, clientStep])
    }

    deinit {
        unsafe text.deallocate()
        unsafe plain.deallocate()
        unsafe cleanID.deallocate()
        unsafe idBytes.deallocate()
        unsafe clientBytes.deallocate()
        unsafe spans.deallocate()
    }

    // MARK: - What is read for

    func install(_ prepared: PreparedWants) {
        reading = Reading(prepared, plan, [idStep, clientStep])
        self.prepared = prepared
        view = LogView()
    }

    // MARK: - Decoding

    /// About 0.2 us for a web request.
    func decode(_ record: UnsafeBufferPointer<UInt8>?) -> RejectReason? {
        var view = LogView()
        let refusal = unsafe read(record, reading, &view)
        self.view = view
        return refusal
    }

    private func read(
        _ record: UnsafeBufferPointer<UInt8>?, _ reading: Reading, _ view: inout LogView
    ) -> RejectReason? {
        guard let record = unsafe record, let line = record.baseAddress else {
            return .nullPayload
        }
        guard record.count <= recordBytes else { return .tooLarge(limitBytes: recordBytes) }
        var count = record.count
        if count > 0, unsafe line[count - 1] == 0x0A { count -= 1 }
        if count > 0, unsafe line[count - 1] == 0x0D { count -= 1 }
        guard count > 0 else { return .emptyPayload }
        guard unsafe memchr(line, 0x0A, count) == nil else { return .log(.manyLines) }
        guard !reading.views.isEmpty else { return .textNotNumbers }
        guard let spans = unsafe spans.baseAddress, let text = unsafe text.baseAddress,
            let plain = unsafe plain.baseAddress
        else { return .log(.badLine) }
        var builder = unsafe LogTextBuilder(text, plain: plain, plan.escape)
        let reached = unsafe plan.walk(line, count, through: reading.lastStep, into: spans)
        guard let reached else {
            guard settings.scoresBadLines else { return .log(.badLine) }
            view.views = reading.views
            view.marks = .malformed
            unsafe builder.takeOpaque(line, count)
            unsafe takeNamed(line, spans, reached: 0, reading, &view)
            give(&builder, &view)
            return nil
        }
        view.views = reading.views
        if reading.views.contains(.text) {
            unsafe builder.take(line, spans, reached: reached, plan)
            give(&builder, &view)
        }
        unsafe takeNamed(line, spans, reached: reached, reading, &view)
        if let idStep, idStep < reached {
            unsafe takeID(
                LogTextBuilder.plainBytes(line, spans[idStep], plan.escape, room: plain), &view)
        }
        if let clientStep, clientStep < reached {
            unsafe takeClient(
                LogTextBuilder.plainBytes(line, spans[clientStep], plan.escape, room: plain), &view)
        }
        return nil
    }

    private func give(_ builder: inout LogTextBuilder, _ view: inout LogView) {
        if builder.cut(to: limitBytes) { view.marks.insert(.truncated) }
        view.textCount = builder.count
        view.parts = builder.parts
    }

    private func takeNamed(
        _ line: UnsafePointer<UInt8>, _ spans: UnsafeMutablePointer<LogSpan>, reached: Int,
        _ reading: Reading, _ view: inout LogView
    ) {
        unsafe reading.wanted.take(line, spans, reached: reached, plan)
        if reading.wanted.isCut { view.marks.insert(.truncated) }
    }

    // MARK: - The id

    /// Nil for what servers write where they have nothing: no byte, or a dash.
    private func given(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<UInt8>? {
        guard let start = bytes.baseAddress, bytes.count > 0,
            unsafe !(bytes.count == 1 && start[0] == 0x2D)
        else { return nil }
        return unsafe start
    }

    private func takeID(_ bytes: UnsafeBufferPointer<UInt8>, _ view: inout LogView) {
        guard let start = unsafe given(bytes),
            let clean = unsafe cleanID.baseAddress
        else { return }
        let count = unsafe request_json_clean_utf8(
            start, bytes.count, clean, Limits.requestIDBytes)
        view.idCount =
            unsafe JSONText.escape(
                UnsafeBufferPointer(rebasing: cleanID[..<count]), into: idBytes) ?? 0
    }

    // MARK: - The client

    /// Copied, since the room that it may lie in is the next field's.
    private func takeClient(_ bytes: UnsafeBufferPointer<UInt8>, _ view: inout LogView) {
        guard let start = unsafe given(bytes), let first = unsafe clientBytes.baseAddress
        else { return }
        view.clientCount = unsafe min(bytes.count, clientBytes.count)
        unsafe first.update(from: start, count: view.clientCount)
    }

    /// Whether lines are read for who sent the request.
    var tellsClient: Bool { clientStep != nil }

    /// Its first `Limits.requestIDBytes` bytes; nil where the line does not say.
    var client: UnsafeBufferPointer<UInt8>? {
        let count = view.clientCount
        return count > 0 ? unsafe UnsafeBufferPointer(rebasing: clientBytes[..<count]) : nil
    }

    var id: UnsafeBufferPointer<UInt8>? {
        let count = view.idCount
        return count > 0 ? unsafe UnsafeBufferPointer(rebasing: idBytes[..<count]) : nil
    }

    // MARK: - The view of the last record

    var marks: RecordMarks { view.marks }

    func input(of position: Int) -> ScoringInput {
        let view = self.view
        var input = ScoringInput()
        input.views = prepared.wants[position].needed.intersection(view.views)
        if input.views.contains(.text) {
            unsafe input.text = UnsafeBufferPointer(rebasing: text[..<view.textCount])
            if prepared.wants[position].wantsParts {
                input.parts = view.parts?.ranges(in: view.textCount)
            }
        }
        guard input.views.rawValue & ~InputViews.text.rawValue != 0 else { return input }
        let wanted = reading.wanted
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

    /// A line gives no `x` and no `svm`, whichever are wanted.
    func refusal(of position: Int, _ views: InputViews) -> RejectReason { .textNotNumbers }
}
