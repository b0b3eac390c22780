package import Lifecycle

/// Of the records that stood on the status topic before we looked, those that still tell something.
///
/// What is not compacted yet holds a heartbeat a second of each slot, and to read one as JSON takes
/// a tenth of a millisecond. Each is superseded by the next of the same process, told by the bytes
/// of its incarnation; other processes and tombstones are kept in their order.
///
/// Where heartbeats are signed, no record that is not believed supersedes one that is: some of a
/// process are held back, and of these the newest that is believed stays. One a slot that is not
/// believed is kept, so that it is told.
///
/// A value; it holds `bytesMax` bytes at most, and passes over what comes behind them.
package struct StatusReplay: Sendable {
    private struct Slot {
        var records: [TopicRecord] = []
        /// How many at the end of `records` bear one process, and are not judged yet but for the
        /// first.
        var unjudged = 0
        var refused: TopicRecord?
    }

    private let trust: HeartbeatTrust?
    private var slots: [[UInt8]: Slot] = [:]
    private var bytes = 0

    /// - Parameter trust: whose heartbeats count; nil where everybody's do.
    package init(trust: HeartbeatTrust? = nil) { self.trust = trust }

    /// Takes in a record, in the topic's order.
    package mutating func hold(_ record: TopicRecord) {
        var slot = slots[record.key] ?? Slot()
        let before = Self.size(slot)
        let isNext =
            slot.records.last.map { Self.isSameProcess($0.value, record.value) } ?? false
        if trust == nil {
            if isNext { slot.records.removeLast() }
            slot.records.append(record)
            if slot.records.count > Self.processesMax { slot.records.removeFirst() }
        } else {
            takeSigned(record, isNext: isNext, &slot)
        }
        let grown = Self.size(slot) - before
        guard bytes + grown <= Self.bytesMax || grown <= 0 else { return }
        bytes += grown
        slots[record.key] = slot
    }

    private func takeSigned(_ record: TopicRecord, isNext: Bool, _ slot: inout Slot) {
        if isNext, record.headers[RecordSignature.header] != nil {
            slot.records.append(record)
            slot.unjudged += 1
            if slot.unjudged == Self.unjudgedMax { judge(&slot) }
        } else if isBelieved(record) {
            judge(&slot)
            slot.records.append(record)
            if slot.records.count > Self.processesMax { slot.records.removeFirst() }
        } else {
            slot.refused = record
        }
    }

    /// Leaves the newest believed one of the process that spoke last.
    private func judge(_ slot: inout Slot) {
        let run = slot.records.suffix(slot.unjudged)
        slot.records.removeLast(run.count)
        slot.unjudged = 0
        guard let newest = run.last(where: isBelieved) else {
            slot.refused = run.last ?? slot.refused
            return
        }
        // The one before the run is of the same process.
        slot.records[slot.records.count - 1] = newest
    }

    private func isBelieved(_ record: TopicRecord) -> Bool {
        switch trust?.judge(key: record.key, value: record.value, headers: record.headers) {
        case .refused: false
        default: true
        }
    }

    /// What is held, in the order of each partition; nothing is held afterwards.
    package mutating func release() -> [TopicRecord] {
        defer {
            slots = [:]
            bytes = 0
        }
        var held: [TopicRecord] = []
        for var slot in slots.values {
            judge(&slot)
            held += slot.records
            if let refused = slot.refused { held.append(refused) }
        }
        return held.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    private static func size(_ slot: Slot) -> Int {
        slot.records.reduce(slot.refused.map(size) ?? 0) { $0 + size($1) }
    }

    private static func size(_ record: TopicRecord) -> Int {
        overheadBytes + record.key.count + (record.value?.count ?? 0)
    }

    /// Whether two status records come from one process; false where that cannot be told without
    /// reading them.
    private static func isSameProcess(_ left: [UInt8]?, _ right: [UInt8]?) -> Bool {
        guard let left, let right, let first = incarnation(left), let second = incarnation(right)
        else { return false }
        return left[first].elementsEqual(right[second])
    }

    /// The place of the incarnation's JSON; quotes inside a string are escaped, so no text looks
    /// like its name.
    private static func incarnation(_ value: [UInt8]) -> Range<Int>? {
        guard let name = value.firstRange(of: incarnationName),
            let end = value[name.upperBound...].firstIndex(of: UInt8(ascii: "}"))
        else { return nil }
        return name.upperBound..<end
    }

    /// As `StatusRecord` writes it.
    private static let incarnationName = Array("\"incarnation\":{".utf8)
    /// Processes and stops of one slot.
    private static let processesMax = 64
    private static let unjudgedMax = 16
    package static let bytesMax = 256 << 20
    /// Of a record's own, and of its place in the list.
    private static let overheadBytes = 512
}
