/// The records whose answers stand first on a topic, of which older ones are gone: a value of
/// bounded size that says where the answers begin that are kept.
///
/// Answers come in the order of their records. Those of a replay do not: their records may be far
/// behind.
struct FirstSources {
    private var offsets: [Int64] = []
    private let isReplayed: Bool

    /// - Parameter isReplayed: whether answers of a replay may be among them.
    init(isReplayed: Bool) { self.isReplayed = isReplayed }

    /// Whether what comes next is to be noted.
    var isWanted: Bool { offsets.count < (isReplayed ? Self.most : 1) }

    mutating func note(_ offset: Int64) {
        if isWanted { offsets.append(offset) }
    }

    /// Answers to records before it may be gone; where none stands here, to all.
    ///
    /// - Parameters:
    ///   - first: of the range.
    ///   - lettered: all records that have a dead letter, so that an answer is of a replay; nil
    ///     where that is not known.
    func cutBefore(from first: Int64, lettered: OffsetSet?) -> Int64 {
        guard isReplayed else { return offsets.first ?? .max }
        guard let lettered, lettered.isWhole else {
            return offsets.prefix(Self.few).max() ?? .max
        }
        return offsets.first { $0 >= first && !lettered.contains($0) } ?? .max
    }

    private static let few = 1_024
    private static let most = 16_384
}
