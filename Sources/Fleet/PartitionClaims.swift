import Lifecycle

/// Which of a group's live slots has which partition of the input.
///
/// A group gives its partitions anew in each generation, and its members say so one after the
/// other: what one says of an earlier generation than another counts no more. What is said without
/// a generation (by `assignment: fixed`, or an older worker) counts in each: nothing shows that it
/// is over.
struct PartitionClaims {
    /// The highest that somebody speaks of; nil where nobody does.
    let generation: Int32?
    /// How many slots live.
    let members: Int
    /// Partitions of the input, as those say who have listed the most; nil where nobody says.
    let inputPartitions: Int?
    /// The slots by partition.
    private var owners: [Int32: [Int]] = [:]

    /// - Parameter members: the live ones of one group.
    init(_ members: [FleetMember]) {
        self.members = members.count
        inputPartitions = members.compactMap(\.record.inputPartitions).max()
        generation = members.compactMap(\.record.generation).max()
        for member in members where isInForce(member) {
            for partition in Set(member.record.partitions) {
                owners[partition, default: []].append(member.slot.slot)
            }
        }
    }

    /// Whether the member has a partition, as far as nobody speaks of a later generation.
    func hasAny(_ member: FleetMember) -> Bool {
        isInForce(member) && !member.record.partitions.isEmpty
    }

    private func isInForce(_ member: FleetMember) -> Bool {
        member.record.generation == nil || member.record.generation == generation
    }

    /// The partitions that no slot has, and those that several have: a line each; none where each
    /// of the first `count` is one slot's.
    func faults(among count: Int) -> [String] {
        let all = 0..<Int32(clamping: count)
        let doubled = all.filter { owners[$0, default: []].count > 1 }
        let rivals = Set(doubled.flatMap { owners[$0] ?? [] }).sorted()
        var lines: [String] = []
        if let words = Self.words("partition", all.filter { owners[$0] == nil }) {
            lines.append("no slot has \(words)")
        }
        if let words = Self.words("partition", doubled),
            let slots = Self.words("slot", rivals)
        {
            lines.append("several slots have \(words): \(slots)")
        }
        return lines
    }

    /// `partition 3`, `partitions 1, 2 and 5 more`; nil for none.
    private static func words(_ noun: String, _ numbers: [some BinaryInteger]) -> String? {
        guard !numbers.isEmpty else { return nil }
        let named = numbers.prefix(numbersNamed).map { "\($0)" }.joined(separator: ", ")
        let rest = numbers.count - numbersNamed
        return "\(noun)\(numbers.count == 1 ? "" : "s") \(named)"
            + (rest > 0 ? " and \(rest) more" : "")
    }

    private static let numbersNamed = 10
}
