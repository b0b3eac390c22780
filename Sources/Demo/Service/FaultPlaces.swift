/// Where faults of each kind were found first, so that a person can look at the very records.
///
/// Offsets are those of the input topic; of what names no record that was fed, of where it lay.
package struct FaultPlaces: Sendable, Equatable {
    package enum Kind: Sendable, CaseIterable {
        case lost, duplicated, wrongScore, wrongLabel, wrongVersion, wrongSource, wrongDeadLetter
        case epochWentBack
    }

    package struct Place: Sendable, Equatable, CustomStringConvertible {
        package let partition: Int
        package let offset: Int64

        package init(partition: Int, offset: Int64) {
            self.partition = partition
            self.offset = offset
        }

        /// As kcat and `swerve status` name it: `3@1042`.
        package var description: String { "\(partition)@\(offset)" }
    }

    /// Of each kind so many are kept.
    package static let placesMax = 5

    private var first: [Kind: [Place]] = [:]

    package init() {}

    package mutating func note(_ kind: Kind, _ place: Place) {
        guard first[kind, default: []].count < Self.placesMax else { return }
        first[kind, default: []].append(place)
    }

    package func of(_ kinds: [Kind]) -> [Place] { kinds.flatMap { first[$0] ?? [] } }
}
