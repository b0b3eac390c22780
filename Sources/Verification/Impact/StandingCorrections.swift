/// Which predictions of a part of a partition have a correction already, by its newest: a value of
/// two bits a prediction.
package struct StandingCorrections: Sendable {
    package enum Newest: Sendable, Equatable {
        case none
        /// By the same version under the same settings: nothing is to be added.
        case same
        /// By another, or under others: what it says is not known here.
        case other
    }

    /// The offsets of the output that it is about.
    package let places: Range<Int64>
    private let scoring: String
    private var stands: [UInt64]
    private var isSame: [UInt64]

    /// - Parameter places: at most `placesMax`.
    package init(_ places: Range<Int64>, scoring: String) {
        precondition(places.count <= Self.placesMax, "more predictions than there is memory for")
        self.places = places
        self.scoring = scoring
        stands = [UInt64](repeating: 0, count: (places.count + 63) / 64)
        isSame = stands
    }

    /// Takes a correction in, in the order in which they stand.
    package mutating func hear(_ correction: Correction.Standing) {
        guard places.contains(correction.corrects.offset) else { return }
        let (word, bit) = place(of: correction.corrects.offset)
        stands[word] |= bit
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
    package func isDue(_ offset: Int64, differs: Bool) -> Bool {
        switch self[offset] {
        case .none: differs
        case .same: false
        case .other: true
        }
    }

    private func place(of offset: Int64) -> (word: Int, bit: UInt64) {
        let index = Int(offset - places.lowerBound)
        return (index / 64, UInt64(1) << UInt64(index % 64))
    }

    /// 32 MiB.
    package static let placesMax = 1 << 27
}
