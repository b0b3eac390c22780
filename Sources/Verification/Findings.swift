/// What a checker found: how often each promise was broken and where, and what it counted.
///
/// A value; it names records by their places on the input topic, so that a person can look at the
/// very records.
package struct Findings: Sendable, Equatable {
    /// A way in which a stream breaks its word.
    package enum Kind: String, Sendable, CaseIterable {
        /// Fed, and neither predicted nor a dead letter.
        case lost
        /// An answer beyond the first of a record.
        case duplicated
        /// Not the score that the version named gives the record.
        case wrongScore
        /// Not the label that the score means.
        case wrongLabel
        /// Not the version that epoch and key prescribe, or an epoch that nobody announced.
        case wrongVersion
        /// A prediction for a record that was never fed, or with another's key, id or partition.
        case wrongSource
        /// A dead letter of a record that can be scored, that was never fed, or that is another's.
        case unexplainedDeadLetter
        /// A record of a partition answered under an older epoch than one before it.
        case epochWentBack
        /// A record of the output topic that is no prediction.
        case unreadable
    }

    /// Records told of, of the input topic.
    package var recordsIn = 0
    /// Predictions seen, second ones too.
    package var recordsOut = 0
    package var deadLetters = 0
    package var byVersion: [Int: Int] = [:]
    package var byEpoch: [Int64: Int] = [:]
    /// Predictions with each label, by version.
    package var byVersionAndLabel: [Int: [String: Int]] = [:]
    /// Scores held against the slow reference too.
    package var thoroughlyChecked = 0
    private var counts: [Kind: Int] = [:]
    private var first: [Kind: [StreamPlace]] = [:]
    private let placesMax: Int

    /// - Parameter placesMax: of each kind so many places are kept, the first.
    package init(placesMax: Int = 5) { self.placesMax = placesMax }

    /// - Parameter place: on the input topic; of what names no record that was fed, the place that
    ///   it names; nil where it names none.
    package mutating func note(_ kind: Kind, at place: StreamPlace?) {
        counts[kind, default: 0] += 1
        guard let place, first[kind, default: []].count < placesMax else { return }
        first[kind, default: []].append(place)
    }

    /// How often a promise was broken.
    package subscript(kind: Kind) -> Int { counts[kind] ?? 0 }

    /// Where it was broken first.
    package func places(of kind: Kind) -> [StreamPlace] { first[kind] ?? [] }

    /// All kinds together.
    package var total: Int { counts.values.reduce(0, +) }
}
