/// Which predictions of a part of a partition have a correction already, by its newest: a value of
/// 34 bits a prediction.
package struct StandingCorrections: Sendable {
    package enum Newest: Sendable, Equatable {
        case none
        /// By the same version under the same settings, as it says: nothing is to be added, if it
        /// says what that version does.
        case same
        /// By another, or under others: what it says is not known here.
        case other
    }

    /// The offsets of the output that it is about.
    package let places: Range<Int64>
    private let scoring: String
    private var stands: [UInt64]
    private var isSame: [UInt64]
    /// Of those that stand.
    private var tags: [UInt32]

    /// - Parameter places: at most `placesMax`.
    package init(_ places: Range<Int64>, scoring: String) {
        precondition(places.count <= Self.placesMax, "more predictions than there is memory for")
        self.places = places
        self.scoring = scoring
        stands = [UInt64](repeating: 0, count: (places.count + 63) / 64)
        isSame = stands
        tags = [UInt32](repeating: 0, count: places.count)
    }

    /// Takes a correction in, in the order in which they stand.
    package mutating func hear(_ correction: Correction.Standing) {
        guard places.contains(correction.corrects.offset) else { return }
        let (word, bit) = place(of: correction.corrects.offset)
        stands[word] |= bit
        tags[Int(correction.corrects.offset - places.lowerBound)] = correction.tag
        if correction.scoring == scoring { isSame[word] |= bit } else { isSame[word] &= ~bit }
    }

    /// Of the prediction at an offset among the places.
    package subscript(offset: Int64) -> Newest {
        let (word, bit) = place(of: offset)
        guard stands[word] & bit != 0 else { return .none }
        return isSame[word] & bit != 0 ? .same : .other
    }

    /// Whether a prediction has to be corrected: what stands of it, itself or its newest
    /// correction, is not what the version says.
    ///
    /// - Parameter tag: of the correction that would be written; asked for where one by the same
    ///   version under the same settings stands.
    package func isDue(
        _ offset: Int64, differs: Bool, tag: @autoclosure () -> UInt32?
    ) -> Bool {
        switch self[offset] {
        case .none: differs
        case .same: tags[Int(offset - places.lowerBound)] != tag()
        case .other: true
        }
    }

    private func place(of offset: Int64) -> (word: Int, bit: UInt64) {
        let index = Int(offset - places.lowerBound)
        return (index / 64, UInt64(1) << UInt64(index % 64))
    }

    /// 34 MiB.
    package static let placesMax = 1 << 23
}
