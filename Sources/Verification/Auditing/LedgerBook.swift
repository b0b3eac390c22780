import Lifecycle

/// What the ledger tells of one group and input: who took which records under which epoch.
///
/// A value; entries are heard in the ledger's order. Anybody who may write to the ledger can write
/// anything, so it is held against the registry, and only so many takes are kept.
package struct LedgerBook: Sendable {
    /// What one worker took of one partition under one epoch, from its first record on.
    package struct Take: Sendable, Equatable {
        /// One process in one assignment.
        package struct Taker: Sendable, Hashable {
            package let incarnation: String
            package let generation: Int64
        }

        package let taker: Taker
        package let slot: String
        package let host: String
        package let pid: Int32
        package let epoch: Int64
        package let first: Int64
        /// Nil where nobody told the end: it goes on, or the process died.
        package var last: Int64?
        /// When it began, by the worker's clock; the end where only that was told.
        package let atMs: Int64
        /// Its place in the ledger, and the number of its entry.
        package let place: StreamPlace
        package let order: Int
    }

    /// Who was given a partition, and perhaps died before it could tell what it took.
    struct Assigned: Sendable, Equatable {
        let taker: Take.Taker
        let order: Int
    }

    private struct TakeKey: Hashable {
        let partition: Int32
        let taker: Take.Taker
        let epoch: Int64
        let first: Int64
    }

    /// One process of another group, in one assignment, and where it began under an epoch.
    private struct OtherKey: Hashable {
        let group: String
        let taker: Take.Taker
        let epoch: Int64
        let first: Int64
    }

    private let group: String
    private let model: String
    private let topic: String
    private let interest: [Int32: Range<Int64>]
    private var takes: [Int32: [Take]] = [:]
    /// Where among those of its partition a take stands.
    private var places: [TakeKey: Int] = [:]
    private var assigned: [Int32: [Assigned]] = [:]
    /// What other groups took of the same input for the same model.
    private var others: [Int32: [OtherKey: Range<Int64>]] = [:]
    private var kept = 0
    /// Of workers and hosts, each once.
    private var names: Set<String> = []
    private var namesBytes = 0
    private var number = 0
    /// Entries that are of the group, the model and the input.
    package private(set) var entries = 0
    /// Records that are no entries at all.
    package private(set) var foreign = 0
    package private(set) var findings = AuditFindings()
    /// Whether all takes found room.
    package private(set) var isWhole = true
    /// Whether older entries are gone from the topic.
    package private(set) var isCut = false

    /// - Parameter interest: the offsets of each partition that are looked at; takes of others are
    ///   passed over.
    package init(
        group: String, model: String, topic: String, interest: [Int32: Range<Int64>]
    ) {
        self.group = group
        self.model = model
        self.topic = topic
        self.interest = interest
    }

    /// Retention has taken entries away.
    package mutating func cut() { isCut = true }

    /// What was taken of a partition, in the ledger's order.
    package subscript(partition: Int32) -> [Take] { takes[partition] ?? [] }

    /// - Parameters:
    ///   - place: of the record on the ledger.
    ///   - book: what the registry says of epochs.
    ///   - asking: the registry, for an epoch that the book does not have.
    package mutating func hear(
        key: [UInt8], value: [UInt8]?, at place: StreamPlace, _ book: EpochBook,
        asking: (Int64) -> EpochBook.Epoch? = { _ in nil }
    ) {
        guard let value, let entry = LedgerEntry(key: key, value: value) else {
            foreign += value == nil ? 0 : 1
            return
        }
        hear(entry, at: place, book, asking)
    }

    mutating func hear(
        _ entry: LedgerEntry, at place: StreamPlace, _ book: EpochBook,
        _ asking: (Int64) -> EpochBook.Epoch? = { _ in nil }
    ) {
        guard entry.topic == topic, entry.model == model else { return }
        guard entry.group == group else { return note(other: entry) }
        entries += 1
        number += 1
        check(entry, at: place, book, asking)
        guard let entry = withKeptNames(entry) else { return isWhole = false }
        if entry.event == .assigned { note(assigned: entry) }
        guard let epoch = entry.epoch, entry.event == .began || entry.event.isEnd else { return }
        for span in entry.spans { take(span, entry, epoch, place) }
    }

    /// The same with names that are in memory once; nil where there is no more room for them.
    private mutating func withKeptNames(_ entry: LedgerEntry) -> LedgerEntry? {
        guard let id = kept(entry.incarnation.id), let host = kept(entry.incarnation.host) else {
            return nil
        }
        var entry = entry
        entry.incarnation = StatusRecord.Incarnation(
            id: id, startedAtMs: entry.incarnation.startedAtMs, host: host,
            pid: entry.incarnation.pid)
        return entry
    }

    private mutating func kept(_ name: String) -> String? {
        if let place = names.firstIndex(of: name) { return names[place] }
        let bytes = name.utf8.count + Self.nameBytes
        guard namesBytes + bytes <= Self.namesBytesMax else { return nil }
        namesBytes += bytes
        return names.insert(name).memberAfterInsert
    }

    private mutating func note(assigned entry: LedgerEntry) {
        let taker = Take.Taker(incarnation: entry.incarnation.id, generation: entry.generation)
        for partition in entry.partitions where interest[partition] != nil {
            guard kept < Self.takesMax else {
                isWhole = false
                return
            }
            kept += 1
            assigned[partition, default: []].append(Assigned(taker: taker, order: number))
        }
    }

    /// A group that has no room here is left out: it only adds a doubt.
    private mutating func note(other entry: LedgerEntry) {
        guard let epoch = entry.epoch, entry.event == .began || entry.event.isEnd,
            let entry = withKeptNames(entry), let group = kept(entry.group)
        else { return }
        let taker = Take.Taker(incarnation: entry.incarnation.id, generation: entry.generation)
        for span in entry.spans where interest[span.partition] != nil && span.first < .max {
            let key = OtherKey(group: group, taker: taker, epoch: epoch, first: span.first)
            let isKnown = others[span.partition]?[key] != nil
            guard isKnown || kept < Self.takesMax else { return }
            kept += isKnown ? 0 : 1
            let end = entry.event.isEnd && span.last < .max ? span.last + 1 : .max
            guard span.first < end else { continue }
            others[span.partition, default: [:]][key] = span.first..<end
        }
    }

    /// What other groups took of a partition, by group.
    func others(on partition: Int32) -> [String: OffsetSpans] {
        var found: [String: [Range<Int64>]] = [:]
        for (key, range) in others[partition] ?? [:] { found[key.group, default: []].append(range) }
        return found.mapValues { OffsetSpans($0) }
    }

    /// Who was given a partition and told of nothing that it took.
    func silent(_ partition: Int32) -> [Assigned] {
        let told = Set(self[partition].map(\.taker))
        return (assigned[partition] ?? []).filter { !told.contains($0.taker) }
    }

    private mutating func take(
        _ span: LedgerEntry.Span, _ entry: LedgerEntry, _ epoch: Int64, _ place: StreamPlace
    ) {
        guard let wanted = interest[span.partition] else { return }
        let taker = Take.Taker(incarnation: entry.incarnation.id, generation: entry.generation)
        let key = TakeKey(
            partition: span.partition, taker: taker, epoch: epoch, first: span.first)
        let known = places[key]
        if entry.event.isEnd, let known {
            takes[span.partition]?[known].last = span.last
            return
        }
        // An open one may reach into the range from before.
        let reaches =
            span.first < wanted.upperBound
            && (!entry.event.isEnd || span.last >= wanted.lowerBound)
        guard reaches, known == nil else { return }
        guard kept < Self.takesMax else {
            isWhole = false
            return
        }
        kept += 1
        places[key] = takes[span.partition]?.count ?? 0
        takes[span.partition, default: []].append(
            Take(
                taker: taker, slot: kept(entry.key) ?? entry.key, host: entry.incarnation.host,
                pid: entry.incarnation.pid, epoch: epoch, first: span.first,
                last: entry.event.isEnd ? span.last : nil, atMs: entry.atMs, place: place,
                order: number))
    }

    /// An entry names the versions of its epoch, and the announcement that it followed.
    private mutating func check(
        _ entry: LedgerEntry, at place: StreamPlace, _ book: EpochBook,
        _ asking: (Int64) -> EpochBook.Epoch?
    ) {
        guard let epoch = entry.epoch else { return }
        let isOfBefore = book.first.map { epoch < $0 } ?? true
        guard let known = book[epoch] ?? (isOfBefore ? nil : asking(epoch)) else {
            guard !isOfBefore else { return }
            return note(place, "\(entry.key) took up epoch \(epoch), which nobody announced")
        }
        let deployment = known.deployment
        let isSame =
            entry.stable == deployment.stable.version
            && entry.candidate == deployment.candidate?.deployed.version
            && entry.mode == deployment.candidate?.mode.rawValue
            && entry.share == deployment.candidate?.share.tenThousandths
        guard isSame else {
            return note(
                place, "\(entry.key) has other versions for epoch \(epoch) than the registry")
        }
        if let record = entry.record, let announced = known.record, record != announced {
            note(place, "\(entry.key) took up epoch \(epoch) by another record than the announced")
        }
    }

    private mutating func note(_ place: StreamPlace, _ words: String) {
        findings.note(.wrongLedger, at: place, words.printable)
    }

    /// A worker that goes on under another epoch has told the end of the one before: where it has
    /// not, entries are missing.
    ///
    /// - Returns: these takes, by partition.
    func unended() -> [(partition: Int32, take: Take)] {
        takes.sorted { $0.key < $1.key }.flatMap { partition, list in
            var later: Set<Take.Taker> = []
            return list.reversed().filter { take in
                !later.insert(take.taker).inserted && take.last == nil
            }.reversed().map { (partition, $0) }
        }
    }

    private static let takesMax = 200_000
    private static let namesBytesMax = 33_554_432
    /// What a name takes beside its bytes.
    private static let nameBytes = 64
}
