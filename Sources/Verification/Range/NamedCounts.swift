/// Counts by a name that strangers may have made up: a value of bounded size.
///
/// The first names have counts of their own, all others one together.
package struct NamedCounts<Name: Hashable & Sendable>: Sendable, Equatable {
    package private(set) var named: [Name: Int64] = [:]
    /// Of names that found no room.
    package private(set) var others: Int64 = 0
    private let namesMax: Int

    package init(namesMax: Int = 1_000) { self.namesMax = namesMax }

    /// What a name has; nil where it has none of its own.
    package subscript(name: Name) -> Int64? { named[name] }

    package var sum: Int64 { named.values.reduce(others, +) }

    /// - Returns: whether the name has a count of its own.
    @discardableResult
    package mutating func add(_ name: Name, _ count: Int64 = 1) -> Bool {
        guard named[name] != nil || named.count < namesMax else {
            others += count
            return false
        }
        named[name, default: 0] += count
        return true
    }

    package mutating func merge(_ other: NamedCounts) {
        for (name, count) in other.named { add(name, count) }
        others += other.others
    }
}
