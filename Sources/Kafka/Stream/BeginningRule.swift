/// Where partitions begin at an assignment, by what the group has committed; pure.
enum BeginningRule {
    enum Step: Equatable {
        /// Each has its offset.
        case goOn
        /// These begin at their beginning.
        case begin([Int32])
        /// All partitions of the topic begin at their end.
        case found
        /// For the member that decides.
        case wait
        /// Somebody has to say where: the group had offsets, and has none any more.
        case ask
    }

    /// - Parameters:
    ///   - own: the partitions that are to be read.
    ///   - committed: of all the topic's partitions those with an offset.
    ///   - isFounder: whether this member decides for a group without any.
    ///   - wasServed: whether the group is known to have been served on this topic.
    static func step(
        own: [Int32], committed: Set<Int32>, start: StartPosition, isFounder: Bool,
        wasServed: Bool
    ) -> Step {
        let missing = own.filter { !committed.contains($0) }
        if missing.isEmpty { return .goOn }
        if committed.isEmpty, wasServed { return .ask }
        if start == .earliest || !committed.isEmpty { return .begin(missing) }
        return isFounder ? .found : .wait
    }
}
