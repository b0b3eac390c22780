package import Lifecycle

/// What one version says of one record, as far as statistics go; nothing in it allocates.
package enum ReplayOpinion: Sendable, Equatable {
    case scored(score: Double, classIndex: Int, isAlert: Bool)
    /// A worker would write a dead letter.
    case refused(DeadLetterCode)

    package var isAlert: Bool {
        if case .scored(_, _, let isAlert) = self { return isAlert }
        return false
    }
}

/// What one version said of all records.
///
/// A value of bounded size; those of parts merge in any order to that of the whole.
package struct VersionTally: Sendable, Equatable {
    package internal(set) var scored: Int64 = 0
    package internal(set) var alerts: Int64 = 0
    /// By the class's index.
    package internal(set) var byClass: [Int64]
    package internal(set) var refused: [DeadLetterCode: Int64] = [:]
    package internal(set) var scores = ScoreSketch()
    package internal(set) var top = TopScores()
    /// Of labelled records that were scored.
    package internal(set) var labelled = LabelledScores()

    package init(classes: Int) { byClass = Array(repeating: 0, count: max(1, classes)) }

    mutating func note(_ opinion: ReplayOpinion, isAttack: Bool?) {
        switch opinion {
        case .refused(let code): refused[code, default: 0] += 1
        case .scored(let score, let classIndex, let isAlert):
            scored += 1
            if isAlert { alerts += 1 }
            if byClass.indices.contains(classIndex) { byClass[classIndex] += 1 }
            scores.add(score)
            top.add(score)
            if let isAttack { labelled.note(score, isAlert: isAlert, isAttack: isAttack) }
        }
    }

    mutating func merge(_ other: VersionTally) {
        scored += other.scored
        alerts += other.alerts
        for index in byClass.indices where other.byClass.indices.contains(index) {
            byClass[index] += other.byClass[index]
        }
        refused.merge(other.refused, uniquingKeysWith: +)
        scores.merge(other.scores)
        top.merge(other.top)
        labelled.merge(other.labelled)
    }
}

/// Scores of records whose label is known, exactly, and what the version made of them.
///
/// A value of bounded size: the first `scoresMax` of each kind are kept, and all are counted.
package struct LabelledScores: Sendable {
    package static let scoresMax = 1 << 19

    package private(set) var attacks: [Double] = []
    package private(set) var normals: [Double] = []
    package private(set) var truePositives = 0
    package private(set) var falsePositives = 0
    package private(set) var falseNegatives = 0
    package private(set) var trueNegatives = 0

    package init() {}

    package var count: Int { truePositives + falsePositives + falseNegatives + trueNegatives }
    package var isWhole: Bool { attacks.count + normals.count == count }

    mutating func note(_ score: Double, isAlert: Bool, isAttack: Bool) {
        switch (isAlert, isAttack) {
        case (true, true): truePositives += 1
        case (true, false): falsePositives += 1
        case (false, true): falseNegatives += 1
        case (false, false): trueNegatives += 1
        }
        if isAttack {
            if attacks.count < Self.scoresMax { attacks.append(score) }
        } else if normals.count < Self.scoresMax {
            normals.append(score)
        }
    }

    mutating func merge(_ other: LabelledScores) {
        attacks += other.attacks.prefix(Self.scoresMax - attacks.count)
        normals += other.normals.prefix(Self.scoresMax - normals.count)
        truePositives += other.truePositives
        falsePositives += other.falsePositives
        falseNegatives += other.falseNegatives
        trueNegatives += other.trueNegatives
    }
}

extension LabelledScores: Equatable {
    package static func == (left: LabelledScores, right: LabelledScores) -> Bool {
        left.truePositives == right.truePositives && left.falsePositives == right.falsePositives
            && left.falseNegatives == right.falseNegatives
            && left.trueNegatives == right.trueNegatives
            && left.attacks.sorted() == right.attacks.sorted()
            && left.normals.sorted() == right.normals.sorted()
    }
}

/// All that is counted of a replay but the judge's blocks.
///
/// A value of bounded size; those of parts merge in any order to that of the whole.
package struct ReplayTally: Sendable, Equatable {
    /// Records that were read, whatever became of them.
    package private(set) var records: Int64 = 0
    package private(set) var first: VersionTally
    /// Nil where nothing is held against the version.
    package private(set) var second: VersionTally?
    /// Records that both have a score of.
    package private(set) var pairs: Int64 = 0
    /// Records that only the second has no score of, and that only the first has none of.
    package private(set) var lost: Int64 = 0
    package private(set) var gained: Int64 = 0
    package private(set) var up = FlipSample()
    package private(set) var down = FlipSample()
    package private(set) var relabelled = FlipSample()
    package private(set) var hours = AlertHours()
    package private(set) var labels = LabelCounts()
    /// The first version's classes, as indices of the second's; -1 for a label it does not have.
    private let sameClass: [Int]

    /// What labels of records came to.
    package struct LabelCounts: Sendable, Equatable {
        /// Records that a label names.
        package internal(set) var records: Int64 = 0
        /// Records whose labels contradict one another; they have none.
        package internal(set) var contradicted: Int64 = 0
        /// Those of them whose label by the place contradicts the one by the id.
        package internal(set) var crossed: Int64 = 0
        /// Labels that named a record, by their index.
        package internal(set) var met = BitField()
        /// Those of them that say again, by an id, what another says by the place.
        package internal(set) var same = BitField()
    }

    /// - Parameter labels: of each version, in the order of its classes.
    package init(first: [String], second: [String]?) {
        self.first = VersionTally(classes: first.count)
        self.second = second.map { VersionTally(classes: $0.count) }
        sameClass = first.map { label in second?.firstIndex(of: label) ?? -1 }
    }

    /// A record, as both versions see it.
    ///
    /// - Parameters:
    ///   - second: nil where nothing is held against the version.
    ///   - make: gives the flip, where it is kept.
    package mutating func note(
        _ first: ReplayOpinion, _ second: ReplayOpinion?, at place: StreamPlace, atMs: Int64?,
        isAttack: Bool?, _ make: () -> Flip
    ) {
        records += 1
        self.first.note(first, isAttack: isAttack)
        hours.note(atMs: atMs, first: first.isAlert, second: second?.isAlert ?? false)
        guard let second else { return }
        self.second?.note(second, isAttack: isAttack)
        switch (first, second) {
        case (.scored(_, let mine, let isAlert), .scored(_, let theirs, let alsoAlert)):
            pairs += 1
            if !isAlert, alsoAlert {
                up.add(at: place, make)
            } else if isAlert, !alsoAlert {
                down.add(at: place, make)
            } else if sameClass.indices.contains(mine), sameClass[mine] != theirs {
                relabelled.add(at: place, make)
            }
        case (.scored, .refused): lost += 1
        case (.refused, .scored): gained += 1
        case (.refused, .refused): break
        }
    }

    /// - Parameter same: the label that says the same of the same record.
    package mutating func noteLabel(_ index: Int, same: Int? = nil) {
        labels.records += 1
        labels.met.insert(index)
        guard let same else { return }
        labels.met.insert(same)
        labels.same.insert(same)
    }

    package mutating func noteContradiction() { labels.contradicted += 1 }

    /// A record whose label by its place is not the one by its id.
    package mutating func noteCrossed(place: Int, id: Int) {
        noteContradiction()
        labels.crossed += 1
        labels.met.insert(place)
        labels.met.insert(id)
        labels.same.insert(id)
    }

    package mutating func merge(_ other: ReplayTally) {
        records += other.records
        first.merge(other.first)
        if let theirs = other.second { second?.merge(theirs) }
        pairs += other.pairs
        lost += other.lost
        gained += other.gained
        up.merge(other.up)
        down.merge(other.down)
        relabelled.merge(other.relabelled)
        hours.merge(other.hours)
        labels.records += other.labels.records
        labels.contradicted += other.labels.contradicted
        labels.crossed += other.labels.crossed
        labels.met.merge(other.labels.met)
        labels.same.merge(other.labels.same)
    }
}

/// A set of small numbers, a bit for each; a value.
package struct BitField: Sendable, Equatable {
    private var words: [UInt64] = []

    package init() {}

    mutating func insert(_ number: Int) {
        let word = number / 64
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(number % 64)
    }

    mutating func merge(_ other: BitField) {
        while words.count < other.words.count { words.append(0) }
        for index in other.words.indices { words[index] |= other.words[index] }
    }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
}
