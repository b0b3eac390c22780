import Lifecycle

/// Labels, and the predictions that were found for them: a value, within a bound of memory.
///
/// What contradicts itself is left out, and counted: a record with two labels, and an id that
/// several records have.
package struct LabelBook: Sendable {
    /// The answer that a label is held against.
    package struct Match: Sendable, Equatable {
        package let source: StreamPlace
        package let version: Int
        package let epoch: Int64
        package let label: String
    }

    package struct Entry: Sendable {
        package let subject: LabelRecord.Subject
        package let label: String
        package fileprivate(set) var basis: String?
        package fileprivate(set) var match: Match?
        package fileprivate(set) var isContradicted = false
        /// Whether several records have the id.
        package fileprivate(set) var isAmbiguous = false
        /// Whether another entry tells of the same record.
        fileprivate var isMerged = false

        /// Whether another label says otherwise, or several records have the id.
        package var isContradictory: Bool { isContradicted || isAmbiguous }

        /// Whether it says something of a prediction.
        package var counts: Bool {
            match != nil && !isContradicted && !isAmbiguous && !isMerged
        }
    }

    package enum Taking: Sendable {
        case taken
        /// The same was said before.
        case again
        /// Another label was given before.
        case contradicts
        case full
    }

    package private(set) var entries: [Entry] = []
    private var places: [LabelRecord.Subject: Int32] = [:]
    /// Labels that say again what another said.
    package private(set) var repeated = 0
    /// Records whose answer that stands is of another version than an earlier one.
    package private(set) var reanswered = 0
    private let capacity: Int

    /// - Parameter capacity: how many labels are kept.
    package init(capacity: Int = Self.capacityMax) { self.capacity = capacity }

    /// Takes a label in.
    package mutating func add(_ label: LabelRecord) -> Taking {
        if let index = places[label.subject] {
            guard entries[Int(index)].label == label.label else {
                entries[Int(index)].isContradicted = true
                return .contradicts
            }
            repeated += 1
            // A record that was drawn at random was, whatever else brought it up.
            if entries[Int(index)].basis == nil || label.basis == LabelRecord.random {
                entries[Int(index)].basis = label.basis
            }
            return .again
        }
        guard entries.count < capacity else { return .full }
        places[label.subject] = Int32(entries.count)
        entries.append(Entry(subject: label.subject, label: label.label, basis: label.basis))
        return .taken
    }

    /// Whether a label of it is here.
    package func knows(_ subject: LabelRecord.Subject) -> Bool { places[subject] != nil }

    /// Holds a prediction against the labels; of several of a record the last counts.
    package mutating func meet(_ prediction: Prediction) {
        let byPlace = places[.place(prediction.source)]
        var byID: Int32?
        if let id = prediction.id { byID = places[.id(ImpactCounts.words(id))] }
        guard byPlace != nil || byID != nil else { return }
        let match = Match(
            source: prediction.source, version: prediction.version, epoch: prediction.epoch,
            label: ImpactCounts.words(prediction.label).shortened(to: ImpactCounts.nameScalars))
        if let byPlace { meet(Int(byPlace), match) }
        guard let byID else { return }
        meet(Int(byID), match)
        guard let byPlace, !entries[Int(byID)].isMerged else { return }
        merge(Int(byID), into: Int(byPlace))
    }

    private mutating func meet(_ index: Int, _ match: Match) {
        if let known = entries[index].match {
            if known.source != match.source {
                entries[index].isAmbiguous = true
            } else if known.version != match.version {
                reanswered += 1
            }
        }
        entries[index].match = match
    }

    /// One record, labelled by its id and by its place.
    private mutating func merge(_ other: Int, into index: Int) {
        guard entries[other].label == entries[index].label else {
            entries[other].isContradicted = true
            entries[index].isContradicted = true
            entries[other].isMerged = true
            return
        }
        entries[other].isMerged = true
        repeated += 1
        if entries[other].basis == LabelRecord.random { entries[index].basis = LabelRecord.random }
    }

    // MARK: - What is left out

    /// Records with more than one label.
    package var contradictions: [LabelRecord.Subject] {
        entries.filter { $0.isContradicted && !$0.isMerged }.map(\.subject)
    }

    /// Ids that several records have.
    package var ambiguous: [LabelRecord.Subject] {
        entries.filter { $0.isAmbiguous && !$0.isContradicted }.map(\.subject)
    }

    /// Labels for whose record no prediction was found.
    package var unmatched: [LabelRecord.Subject] {
        entries.filter { $0.match == nil && !$0.isContradicted }.map(\.subject)
    }

    /// About 100 MB, with the ids of most requests.
    package static let capacityMax = 500_000
}
