internal import Glibc
internal import Lifecycle
internal import Scoring

/// Which fields of a line are wanted by name, and what the last line gave for them.
@safe
final class LogWantsMemory {
    /// Of numbers that the format has: their places among the names, and in the plan.
    private let entries: [(place: Int, step: Int, unit: LogUnit)]
    /// The same of texts.
    private let textEntries: [(place: Int, step: Int)]
    private let limitBytes: Int
    let values: UnsafeMutableBufferPointer<Double>
    let texts: UnsafeMutableBufferPointer<NamedText>
    let states: UnsafeMutableBufferPointer<UInt8>
    /// The texts out of their escapes, one behind the other: all together no longer than a line
    /// where each field is taken once.
    private let plain: UnsafeMutableBufferPointer<UInt8>
    /// Whether a text of the last line was cut.
    private(set) var isCut = false
    /// The last step that has to be reached; 0 where nothing is wanted.
    let lastStep: Int

    init(_ plan: LogPlan, _ names: WantedNames, settings: InputSettings) {
        entries = names.numbers.enumerated().compactMap { place, name in
            plan.step(named: name).map { (place, $0, plan.fields[$0].unit) }
        }
        textEntries = names.texts.enumerated().compactMap { place, name in
            plan.step(named: name).map { (place, $0) }
        }
        lastStep = max(entries.map(\.step).max() ?? 0, textEntries.map(\.step).max() ?? 0)
        limitBytes = settings.limitBytes
        unsafe values = .allocate(capacity: names.numbers.count)
        unsafe values.initialize(repeating: .nan)
        unsafe texts = .allocate(capacity: names.texts.count)
        unsafe texts.initialize(repeating: NamedText())
        unsafe states = .allocate(capacity: names.numbers.count + names.texts.count)
        unsafe states.initialize(repeating: PreparedWants.NamedState.there.rawValue)
        // A field may have several names; each takes its bytes for itself.
        let names = Dictionary(grouping: textEntries, by: \.step).values.map(\.count).max() ?? 0
        unsafe plain = .allocate(capacity: settings.recordBytes * names)
    }

    deinit {
        unsafe values.deallocate()
        unsafe texts.deallocate()
        unsafe states.deallocate()
        unsafe plain.deallocate()
    }

    /// Reads what is wanted of a line of which `reached` fields are there; others are absent.
    func take(
        _ line: UnsafePointer<UInt8>, _ spans: UnsafeMutablePointer<LogSpan>, reached: Int,
        _ plan: LogPlan
    ) {
        for entry in entries {
            guard entry.step < reached else {
                unsafe values[entry.place] = .nan
                continue
            }
            let span = unsafe spans[entry.step]
            unsafe values[entry.place] = unsafe LogNumber.value(
                line + span.start, span.end - span.start, entry.unit)
        }
        guard !textEntries.isEmpty else { return }
        isCut = false
        var used = 0
        for entry in textEntries {
            guard entry.step < reached else {
                unsafe texts[entry.place] = NamedText()
                continue
            }
            let span = unsafe spans[entry.step]
            unsafe texts[entry.place] = unsafe text(
                line + span.start, span.end - span.start, plan.escape, &used)
        }
    }

    /// Copies a field out of its escapes; `-` stands for one that the server did not have.
    private func text(
        _ start: UnsafePointer<UInt8>, _ count: Int, _ escape: LogEscape, _ used: inout Int
    ) -> NamedText {
        guard unsafe !(count == 1 && start[0] == 0x2D), unsafe count <= plain.count - used,
            let target = unsafe plain.baseAddress.map({ unsafe $0 + used })
        else { return NamedText() }
        var written = unsafe LogText.unescape(start, count, escape, into: target)
        used += written
        if written > limitBytes {
            let whole = unsafe UnsafeBufferPointer(start: UnsafePointer(target), count: written)
            written = unsafe TextRecordDecoder.beginning(of: whole, limitBytes: limitBytes)
            isCut = true
        }
        return unsafe NamedText(start: target, count: written)
    }
}
