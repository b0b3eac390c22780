package import Lifecycle

/// Divides a poll into what is scored together, and what is not: records that may end the process.
///
/// A value of the poll thread's. It costs something only until its records are behind.
package struct SuspectWatch: Sendable {
    package enum Treatment: Sendable, Equatable {
        case together
        /// By itself: written down before it is scored, and handed over after it.
        case single
        /// Not at all.
        case refused
    }

    /// What the supervisor told.
    private let told: SuspectRecords
    /// What of it may still come under the present assignment.
    private var left: SuspectRecords
    private var generation: UInt32?

    package init(_ told: SuspectRecords?) {
        self.told = told ?? SuspectRecords()
        left = self.told
    }

    /// Before each poll is divided: after a change of assignment, a record that was behind may come
    /// again.
    ///
    /// - Parameters:
    ///   - generation: raised at each change of assignment.
    ///   - isOurs: whether a partition is assigned.
    package mutating func begin(_ generation: UInt32, isOurs: (Int32) -> Bool) {
        guard !told.isEmpty, generation != self.generation else { return }
        self.generation = generation
        left.ranges = told.ranges.filter { isOurs($0.partition) }
        left.killers = told.killers.filter { isOurs($0.partition) }
    }

    /// Whether all is scored together.
    package var isIdle: Bool { left.isEmpty }

    /// The records from `start` on that are treated alike, one at least.
    ///
    /// - Parameters:
    ///   - count: of the whole poll.
    ///   - place: of the record at an index; nil for what is no record.
    package mutating func piece(
        from start: Int, of count: Int, place: (Int) -> RecordPlace?
    ) -> (end: Int, treatment: Treatment) {
        let first = treatment(of: place(start))
        var end = start + 1
        guard first == .together else { return (end, first) }
        while end < count, treatment(of: place(end)) == .together { end += 1 }
        return (end, first)
    }

    private mutating func treatment(of place: RecordPlace?) -> Treatment {
        guard let place, !left.isEmpty else { return .together }
        left.ranges.removeAll { $0.partition == place.partition && $0.last < place.offset }
        left.killers.removeAll { $0.partition == place.partition && $0.offset < place.offset }
        if left.killers.contains(place) { return .refused }
        return left.ranges.contains { $0.contains(place) } ? .single : .together
    }
}
