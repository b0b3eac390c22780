import Judge
import Lifecycle

/// What labels said of one pair of versions so far, and which of them were asked about: a value.
///
/// The records grow only at their end.
struct FollowedLabels: Sendable {
    /// Labels that nobody was asked about yet, in the order in which they were met.
    struct Fresh: Sendable {
        fileprivate(set) var order: [StreamPlace] = []
        fileprivate(set) var labels: [StreamPlace: String] = [:]
        /// Records that have several labels.
        fileprivate(set) var contradicted = 0
        /// Records for which there is no room any more.
        fileprivate(set) var beyond = 0
    }

    private(set) var records: [LabelledRecord] = []
    /// The label of each record that was asked about; those without two verdicts too.
    private var labels: [StreamPlace: String] = [:]
    /// Records without two verdicts, and records that are gone from the input.
    private(set) var unscored = 0
    private(set) var gone = 0
    /// Records whose label neither version knows, and the first such label.
    private(set) var strange = 0
    private(set) var firstStrange: String?
    private let capacity: Int

    /// - Parameter capacity: how many records are asked about.
    init(capacity: Int = LabelBook.capacityMax) { self.capacity = capacity }

    /// Marks nothing: whoever asked about them says so with `take`.
    func fresh(
        _ drawn: [LabelBook.Entry], _ find: (LabelBook.Entry) -> StreamPlace?
    ) -> Fresh {
        var fresh = Fresh()
        var contradicted: Set<StreamPlace> = []
        for entry in drawn {
            guard let place = find(entry) else {
                if entry.isContradicted { fresh.contradicted += 1 }
                continue
            }
            if entry.isContradictory || (labels[place] ?? entry.label) != entry.label
                || (fresh.labels[place] ?? entry.label) != entry.label
            {
                contradicted.insert(place)
            } else if labels[place] == nil, fresh.labels[place] == nil {
                guard labels.count + fresh.order.count < capacity else {
                    fresh.beyond += 1
                    continue
                }
                fresh.labels[place] = entry.label
                fresh.order.append(place)
            }
        }
        fresh.order.removeAll { contradicted.contains($0) }
        fresh.contradicted += contradicted.count
        return fresh
    }

    /// Takes in what both versions say.
    ///
    /// - Parameter verdicts: of each record that is there and whose label says something.
    mutating func take(
        _ fresh: Fresh, _ meaning: LabelMeaning, _ verdicts: [StreamPlace: FeedbackTally.Verdicts]
    ) {
        for place in fresh.order {
            guard let label = fresh.labels[place] else { continue }
            labels[place] = label
            guard let isAttack = meaning.isAttack(label) else {
                strange += 1
                firstStrange = firstStrange ?? label.shortened(to: 80)
                continue
            }
            guard let said = verdicts[place] else {
                gone += 1
                continue
            }
            guard let stable = said.stable, let candidate = said.candidate else {
                unscored += 1
                continue
            }
            records.append(LabelledRecord(isAttack: isAttack, stable, candidate))
        }
    }
}
