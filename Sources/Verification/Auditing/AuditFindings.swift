/// A way in which a stream broke its word.
package enum Breach: String, Sendable, CaseIterable, Codable {
    /// Committed as done, and answered by nobody.
    case lost
    /// Answered once more, and no kill or change of assignment says why; with exactly-once
    /// delivery, whatever says why.
    case doubled
    /// A prediction for a record that the input never had.
    case unfounded
    /// An answer on another partition than its record's.
    case wrongPartition = "wrong_partition"
    /// A prediction with another key than its record's.
    case wrongKey = "wrong_key"
    /// A prediction with another id than its record's.
    case wrongID = "wrong_id"
    /// Not the version or the role that epoch and bucket prescribe.
    case wrongVersion = "wrong_version"
    /// An epoch that nobody announced.
    case unknownEpoch = "unknown_epoch"
    /// Not the score that the version named gives the record.
    case wrongScore = "wrong_score"
    /// Not the label that the score means.
    case wrongLabel = "wrong_label"
    /// Answered under an older epoch than a record before it, or than its own first answer.
    case epochWentBack = "epoch_went_back"
    /// A dead letter of a record that can be scored, that is another's, or that was never there.
    case wrongLetter = "wrong_letter"
    /// Answered under an epoch under which the ledger has nobody take it.
    case outsideLedger = "outside_ledger"
    /// An entry of the ledger that the registry, or another entry, contradicts.
    case wrongLedger = "wrong_ledger"
    /// A record that says it is the model's prediction, and cannot be read as one; by its place on
    /// the output.
    case unreadable
}

/// What kept an audit from deciding something.
package enum Doubt: String, Sendable, CaseIterable, Codable {
    /// Retention took records of the range away.
    case cutInput = "input_cut"
    /// Retention may have taken the answer away.
    case cutAnswers = "answers_cut"
    /// Retention took away what the ledger said of that time.
    case cutLedger = "ledger_cut"
    /// There is no ledger to hold it against.
    case noLedger = "no_ledger"
    /// Not answered, and not committed as done either: the service has not come so far.
    case open
    /// Not answered, where the service may pass records over: for their age, or without a letter.
    case passedOver = "passed_over"
    /// Answered more than once, and no ledger says whether by a kill.
    case unplaced
    /// Answered more than once, and another group took the same records: whether it answers on the
    /// same topics, nothing says.
    case otherGroup = "other_group"
    /// The version that decided is not at hand, or the format of the records is not read here.
    case unscored
    /// An answer so late that its record is not held in memory any more.
    case late
    /// A prediction for a record that is not there, of a topic that may have been compacted.
    case compacted
    /// An epoch of before the registry knew the model.
    case earlierEpoch = "earlier_epoch"
    /// More than fits into the memory that an audit takes.
    case bounded
}

/// Records next to one another, on the input topic or, where a finding is of the ledger or
/// of a record of the output that names none, there.
package struct PlaceRange: Sendable, Equatable {
    package let partition: Int32
    package let first: Int64
    package var last: Int64

    package init(partition: Int32, first: Int64, last: Int64) {
        self.partition = partition
        self.first = first
        self.last = last
    }

    /// `3@1042`, `3@1042-1050`.
    package var text: String {
        first == last ? "\(partition)@\(first)" : "\(partition)@\(first)-\(last)"
    }
}

/// How often something was found, and where, the first places.
package struct FoundPlaces: Sendable, Equatable {
    package private(set) var count: Int64 = 0
    package private(set) var places: [PlaceRange] = []
    /// What the first of them is about, for people.
    package private(set) var words: String?
    /// The partition that the words are of.
    private var wordsOf: Int32 = .max

    package static let placesMax = 1_000

    package init() {}

    package mutating func add(
        _ partition: Int32, _ offsets: Range<Int64>, count: Int64? = nil, _ words: String? = nil
    ) {
        guard !offsets.isEmpty else { return }
        self.count += count ?? Int64(offsets.count)
        if self.words == nil, let words { (self.words, wordsOf) = (words, partition) }
        if let last = places.last, last.partition == partition, last.last + 1 == offsets.lowerBound
        {
            places[places.count - 1].last = offsets.upperBound - 1
        } else if places.count < Self.placesMax {
            places.append(
                PlaceRange(
                    partition: partition, first: offsets.lowerBound, last: offsets.upperBound - 1))
        }
    }

    /// Takes in what was found of other partitions: whichever comes first, the same is kept.
    package mutating func merge(_ other: FoundPlaces) {
        count += other.count
        if other.words != nil, words == nil || other.wordsOf < wordsOf {
            (words, wordsOf) = (other.words, other.wordsOf)
        }
        guard !other.places.isEmpty else { return }
        places += other.places
        places.sort { ($0.partition, $0.first) < ($1.partition, $1.first) }
        places.removeLast(max(0, places.count - Self.placesMax))
    }
}

/// Everything that an audit found, broken promises and open questions.
package struct AuditFindings: Sendable, Equatable {
    package private(set) var breaches: [Breach: FoundPlaces] = [:]
    package private(set) var doubts: [Doubt: FoundPlaces] = [:]

    package init() {}

    package mutating func note(
        _ breach: Breach, _ partition: Int32, _ offsets: Range<Int64>, count: Int64? = nil,
        _ words: @autoclosure () -> String? = nil
    ) {
        // Words are kept of the first alone, and are not made for others.
        let isFirst = breaches[breach]?.words == nil
        breaches[breach, default: FoundPlaces()].add(
            partition, offsets, count: count, isFirst ? words() : nil)
    }

    package mutating func note(
        _ breach: Breach, at place: StreamPlace, _ words: @autoclosure () -> String? = nil
    ) {
        note(breach, place.partition, place.offset..<place.offset + 1, words())
    }

    package mutating func note(
        _ doubt: Doubt, at place: StreamPlace, _ words: @autoclosure () -> String? = nil
    ) {
        note(doubt, place.partition, place.offset..<place.offset + 1, words())
    }

    package mutating func note(
        _ doubt: Doubt, _ partition: Int32, _ offsets: Range<Int64>, count: Int64? = nil,
        _ words: @autoclosure () -> String? = nil
    ) {
        let isFirst = doubts[doubt]?.words == nil
        doubts[doubt, default: FoundPlaces()].add(
            partition, offsets, count: count, isFirst ? words() : nil)
    }

    package mutating func merge(_ other: AuditFindings) {
        for (breach, found) in other.breaches {
            breaches[breach, default: FoundPlaces()].merge(found)
        }
        for (doubt, found) in other.doubts { doubts[doubt, default: FoundPlaces()].merge(found) }
    }

    package subscript(breach: Breach) -> FoundPlaces { breaches[breach] ?? FoundPlaces() }
    package subscript(doubt: Doubt) -> FoundPlaces { doubts[doubt] ?? FoundPlaces() }

    /// All breaches together.
    package var broken: Int64 { breaches.values.reduce(0) { $0 + $1.count } }
    /// All open questions together.
    package var undecided: Int64 { doubts.values.reduce(0) { $0 + $1.count } }
}

/// What an audit counted; a value that adds up over partitions.
package struct AuditCounts: Sendable, Equatable {
    /// Records of the input in the range, and offsets of it that hold none.
    package var records: Int64 = 0
    package var gaps: Int64 = 0
    /// Predictions for records of the range, second ones too, and dead letters.
    package var predictions: Int64 = 0
    package var letters: Int64 = 0
    /// Records with a dead letter that were scored later.
    package var replayed: Int64 = 0
    /// Answers beyond the first that a kill or a change of assignment explains.
    package var repeated: Int64 = 0
    /// Of records answered more than once: answers under an older epoch than one before them, by
    /// a worker that another had overtaken.
    package var overtaken: Int64 = 0
    /// Scores computed again, and keys compared.
    package var scored: Int64 = 0
    package var keysCompared: Int64 = 0
    /// Records that are none of the model's answers to this input, on output and dead letters.
    package var foreign: Int64 = 0
    package var byEpoch = NamedCounts<Int64>()
    package var byVersion = NamedCounts<Int>()
    /// Records read in all, those beside the range too.
    package var read: Int64 = 0

    package init() {}

    package mutating func merge(_ other: AuditCounts) {
        records += other.records
        gaps += other.gaps
        predictions += other.predictions
        letters += other.letters
        replayed += other.replayed
        repeated += other.repeated
        overtaken += other.overtaken
        scored += other.scored
        keysCompared += other.keysCompared
        foreign += other.foreign
        read += other.read
        byEpoch.merge(other.byEpoch)
        byVersion.merge(other.byVersion)
    }
}
