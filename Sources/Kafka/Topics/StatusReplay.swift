/// Of the records that stood on the status topic before we looked, those that still tell something.
///
/// What is not compacted yet holds a heartbeat a second of each slot, and to read one as JSON takes
/// a tenth of a millisecond. Each is superseded by the next of the same process, told by the bytes
/// of its incarnation; other processes and tombstones are kept in their order.
///
/// A value.
package struct StatusReplay: Sendable {
    private var held: [[UInt8]: [TopicRecord]] = [:]

    package init() {}

    /// Takes in a record, in the topic's order.
    package mutating func hold(_ record: TopicRecord) {
        let isNext =
            held[record.key]?.last.map { Self.isSameProcess($0.value, record.value) } ?? false
        if isNext { held[record.key]?.removeLast() }
        held[record.key, default: []].append(record)
    }

    /// What is held, in the order of each partition; nothing is held afterwards.
    package mutating func release() -> [TopicRecord] {
        defer { held = [:] }
        return held.values.joined().sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
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
}
