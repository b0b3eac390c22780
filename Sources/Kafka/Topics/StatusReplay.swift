package import Lifecycle

/// Of the records that stood on the status topic before we looked, those that still tell something.
///
/// What is not compacted yet holds a heartbeat a second of each slot, and to read one as JSON takes
/// a tenth of a millisecond. Each is superseded by the next of the same process, told by the bytes
/// of its incarnation; other processes and tombstones are kept in their order.
///
/// Where heartbeats are signed, no record that is not believed supersedes one that is, nor does an
/// old one that somebody sends again: some of a process are held back, and of those that are
/// believed the one with the highest number stays. One a slot that is not believed is kept, so that
/// it is told.
///
/// A value; it holds `bytesMax` bytes at most, and `refusedBytesMax` of what is not believed, and
/// passes over what comes behind them.
package struct StatusReplay: Sendable {
    private struct Slot {
        var records: [TopicRecord] = []
        /// How many at the end of `records` bear one process, and are not judged yet but for the
        /// first.
        var unjudged = 0
    }

    private let trust: HeartbeatTrust?
    private var slots: [[UInt8]: Slot] = [:]
    private var bytes = 0
    /// The last of each slot that is not believed; bytes of their own, so that they take no room of
    /// the others.
    private var refused: [[UInt8]: TopicRecord] = [:]
    private var refusedBytes = 0

    /// - Parameter trust: whose heartbeats count; nil where everybody's do.
    package init(trust: HeartbeatTrust? = nil) { self.trust = trust }

    /// Takes in a record, in the topic's order.
    package mutating func hold(_ whole: TopicRecord) {
        let record = whole.keeping(trust == nil ? [] : Self.headers)
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
        if !slot.records.isEmpty { slots[record.key] = slot }
    }

    private mutating func takeSigned(_ record: TopicRecord, isNext: Bool, _ slot: inout Slot) {
        if isNext, record.headers[RecordSignature.header] != nil {
            slot.records.append(record)
            slot.unjudged += 1
            let waiting = slot.records.suffix(slot.unjudged).reduce(0) { $0 + Self.size($1) }
            if slot.unjudged == Self.unjudgedMax || waiting > Self.unjudgedBytesMax {
                judge(&slot)
            }
        } else if isBelieved(record) {
            judge(&slot)
            guard !slot.records.contains(where: { Self.isNoNews(record, after: $0) }) else {
                return
            }
            slot.records.append(record)
            if slot.records.count > Self.processesMax { slot.records.removeFirst() }
        } else {
            refuse(record)
        }
    }

    /// Leaves, of the process that spoke last, the believed one with the highest number.
    private mutating func judge(_ slot: inout Slot) {
        guard slot.unjudged > 0 else { return }
        let run = slot.records.suffix(slot.unjudged)
        slot.records.removeLast(run.count)
        slot.unjudged = 0
        // The one before the run is of the same process, and believed.
        let first = slot.records.count - 1
        let number = Self.number(of: slot.records[first])
        let later = run.map { (record: $0, number: Self.number(of: $0)) }
            .filter { $0.number >= number }
            .sorted { ($0.number, $0.record.offset) > ($1.number, $1.record.offset) }
        if let newest = later.first(where: { isBelieved($0.record) }) {
            slot.records[first] = newest.record
        } else if let last = run.last(where: { !isBelieved($0) }) {
            refuse(last)
        }
    }

    private mutating func refuse(_ record: TopicRecord) {
        let grown = Self.size(record) - (refused[record.key].map(Self.size) ?? 0)
        guard refusedBytes + grown <= Self.refusedBytesMax || grown <= 0 else { return }
        refusedBytes += grown
        refused[record.key] = record
    }

    private func isBelieved(_ record: TopicRecord) -> Bool {
        let belief = trust?.judge(key: record.key, value: record.value, headers: record.headers)
        return belief?.isRefused != true
    }

    /// What is held, in the order of each partition; nothing is held afterwards.
    package mutating func release() -> [TopicRecord] {
        var held: [TopicRecord] = []
        for var slot in slots.values {
            judge(&slot)
            held += slot.records
        }
        held += refused.values
        slots = [:]
        refused = [:]
        (bytes, refusedBytes) = (0, 0)
        return held.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    private static func size(_ slot: Slot) -> Int { slot.records.reduce(0) { $0 + size($1) } }

    private static func size(_ record: TopicRecord) -> Int {
        record.headers.reduce(overheadBytes + record.key.count + (record.value?.count ?? 0)) {
            $0 + $1.key.utf8.count + $1.value.utf8.count
        }
    }

    /// Whether a believed record says nothing beside another that is held: an older word of the
    /// same process, or the same stop.
    private static func isNoNews(_ record: TopicRecord, after held: TopicRecord) -> Bool {
        guard record.value != nil || held.value != nil else {
            return record.headers[HeartbeatTrust.farewellHeader]
                == held.headers[HeartbeatTrust.farewellHeader]
        }
        return isSameProcess(record.value, held.value) && number(of: record) <= number(of: held)
    }

    /// The number of a heartbeat among its process's; the lowest where it bears none.
    private static func number(of record: TopicRecord) -> Int64 {
        guard let value = record.value, let name = value.firstRange(of: numberName) else {
            return .min
        }
        let digits = value[name.upperBound...].prefix(20).prefix { (48...57).contains($0) }
        return Int64(String(decoding: digits, as: UTF8.self)) ?? .min
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

    /// As `StatusRecord` writes them.
    private static let incarnationName = Array("\"incarnation\":{".utf8)
    private static let numberName = Array("\"sequence\":".utf8)
    /// Those that say whether a record is believed.
    private static let headers = [RecordSignature.header, HeartbeatTrust.farewellHeader]
    /// Processes and stops of one slot.
    private static let processesMax = 64
    private static let unjudgedMax = 16
    private static let unjudgedBytesMax = 64 << 10
    package static let bytesMax = 256 << 20
    package static let refusedBytesMax = 16 << 20
    /// Of a record's own, and of its place in the list.
    private static let overheadBytes = 512
}

extension TopicRecord {
    /// The same with no headers but those that are named.
    fileprivate func keeping(_ names: [String]) -> TopicRecord {
        TopicRecord(
            topic: topic, partition: partition, offset: offset, key: key, value: value,
            headers: headers.filter { names.contains($0.key) }, timestamp: timestamp)
    }
}
