import Kafka
package import Lifecycle
import Platform

/// Audits a stream while it runs, for whoever feeds it: by the rules of `PartitionAuditor`, with
/// bounded memory, and without reading anything twice.
///
/// The topics are the run's own. So each record that was fed has to be answered, once, by the time
/// of the report, and what stands on the topics of answers and answers nothing is a fault. Tell it
/// each record before its answers, and what stands on the topics in their order. A value.
package struct LiveAudit {
    /// Asks the registry for an epoch that is met for the first time; nil where it has none.
    package typealias EpochSource = (Int64) throws(SwerveError) -> EpochBook.Epoch?

    private let terms: AuditTerms
    private let predictions: PredictionReader
    private let letterPartitions: Int32
    private let epochs: EpochSource
    private var unknown: Set<Int64> = []
    private var auditors: [PartitionAuditor]
    /// What concerns no record that was fed.
    private var beside = AuditFindings()
    private var counts = AuditCounts()
    private var shown: [Int64: Set<Int32>] = [:]
    private var ledger: [StreamRecord] = []
    private var isLedgerWhole = true
    /// The epochs that were met so far.
    package private(set) var book = EpochBook()
    /// Predictions with each label, by version.
    package private(set) var labels: [Int: [String: Int64]] = [:]

    /// - Parameters:
    ///   - terms: a second answer is a fault here, whatever their `delivery` says.
    ///   - partitions: of the input, and of the dead letters.
    package init(
        _ terms: AuditTerms, partitions: Int, letterPartitions: Int, scoring: any EpochScoring,
        epochs: @escaping EpochSource
    ) {
        var terms = terms
        terms.delivery = .exactlyOnce
        terms.isCompacted = false
        self.terms = terms
        self.letterPartitions = Int32(max(1, letterPartitions))
        self.epochs = epochs
        predictions = PredictionReader(model: terms.model, topic: terms.topics.input)
        auditors = (0..<Int32(partitions)).map { [book] partition in
            PartitionAuditor(
                terms,
                span: PartitionSpan(
                    partition: partition, offsets: StreamPlace.offsets, kept: StreamPlace.offsets),
                book: book, scoring: scoring)
        }
    }

    /// Records that have an answer.
    package var answered: Int64 { auditors.reduce(0) { $0 + $1.answered } }

    /// Whether a prediction under an epoch that was announced was seen for every partition.
    package func hasSeen(epoch: Int64) -> Bool { shown[epoch, default: []].count == auditors.count }

    // MARK: - What is told

    /// A record stands on the input topic; one of no partition, or told before, does not count.
    ///
    /// - Parameter key: nil where it has none, which is not the same as an empty one.
    package mutating func fed(key: [UInt8]?, value: [UInt8]?, at place: StreamPlace) {
        guard auditors.indices.contains(Int(place.partition)) else { return }
        RecordBytes.with(key: key, value: value) {
            auditors[Int(place.partition)].fed(place.offset, $0)
        }
    }

    /// Takes in a record of one of the stream's topics.
    ///
    /// - Returns: the place of the record that it says to answer; nil for what answers none.
    /// - Throws: what the source of epochs throws.
    @discardableResult
    package mutating func take(
        _ record: StreamRecord, of topic: String
    ) throws(SwerveError) -> StreamPlace? {
        switch topic {
        case terms.topics.output: return try predicted(record)
        case terms.topics.deadLetters: return try letter(record)
        case terms.topics.control: try heard(record)
        case terms.ledger: keep(record)
        default: break
        }
        return nil
    }

    private mutating func predicted(_ record: StreamRecord) throws(SwerveError) -> StreamPlace? {
        guard let prediction = record.value.flatMap({ predictions.read($0) }) else {
            beside.note(.unreadable, at: record.place, "on \(terms.topics.output)")
            return nil
        }
        let source = prediction.source
        guard let part = auditor(of: source) else {
            counts.predictions += 1
            beside.note(.unfounded, at: source, "the input has no such record")
            return nil
        }
        if try knows(prediction.epoch) { shown[prediction.epoch, default: []].insert(Int32(part)) }
        note(prediction.label, of: prediction.version)
        if record.place.partition != source.partition {
            beside.note(
                .wrongPartition, at: source,
                "its answer stands on partition \(record.place.partition)")
        }
        RecordBytes.with(key: record.key) { auditors[part].predicted(prediction, $0) }
        return source
    }

    private mutating func letter(_ record: StreamRecord) throws(SwerveError) -> StreamPlace? {
        let read = DeadLetter(record, model: terms.model, topic: terms.topics.input)
        guard let letter = read else {
            counts.letters += 1
            beside.note(.wrongLetter, at: record.place, "on \(terms.topics.deadLetters)")
            return nil
        }
        let source = letter.source
        guard let part = auditor(of: source) else {
            counts.letters += 1
            beside.note(.wrongLetter, at: source, "the input has no such record")
            return nil
        }
        if record.place.partition != source.partition % letterPartitions {
            beside.note(
                .wrongPartition, at: source,
                "its letter stands on partition \(record.place.partition)")
        }
        _ = try knows(letter.epoch)
        auditors[part].letter(letter)
        return source
    }

    private func auditor(of place: StreamPlace) -> Int? {
        guard StreamPlace.offsets.contains(place.offset),
            auditors.indices.contains(Int(place.partition))
        else { return nil }
        return Int(place.partition)
    }

    private mutating func note(_ label: [UInt8]?, of version: Int) {
        guard let label else { return }
        let text = String(decoding: label, as: UTF8.self)
        let known = labels[version]
        guard known?[text] != nil || known?.count ?? 0 < Self.labelsMax,
            known != nil || labels.count < Self.versionsMax
        else { return }
        labels[version, default: [:]][text, default: 0] += 1
    }

    // MARK: - Epochs

    /// Whether the registry has an epoch; asked once, and again where it is announced.
    private mutating func knows(_ epoch: Int64) throws(SwerveError) -> Bool {
        if book[epoch] != nil { return true }
        guard !unknown.contains(epoch) else { return false }
        guard let found = try epochs(epoch) else {
            if unknown.count < Self.unknownMax { unknown.insert(epoch) }
            return false
        }
        book.learn(found)
        for index in auditors.indices { auditors[index].learn(found) }
        return true
    }

    private mutating func heard(_ record: StreamRecord) throws(SwerveError) {
        guard let value = record.value,
            let announced = try? ControlRecord(key: record.key, value: value),
            announced.deployment.model == terms.model
        else { return }
        unknown.remove(announced.deployment.epoch)
        guard try knows(announced.deployment.epoch) else { return }
        book.heard(
            announced, digest: ContentHash.sha256(value).description, bytes: value.count)
    }

    private mutating func keep(_ record: StreamRecord) {
        guard ledger.count < Self.ledgerMax else {
            isLedgerWhole = false
            return
        }
        ledger.append(record)
    }

    // MARK: - The report

    /// The verdict over everything told so far, as if nothing more came.
    package func report() -> StreamAuditReport {
        var report = StreamAuditReport()
        report.counts = counts
        let outcomes = auditors.map { auditor in
            var auditor = auditor
            auditor.close()
            auditor.finish()
            return PartitionOutcome(auditor, cutAnswersBefore: nil)
        }
        report.spans = outcomes.map(\.span)
        let read = terms.ledger.map { _ in readLedger(report.spans) }
        var conclusion = StreamConclusion(partitions: outcomes.count)
        for outcome in outcomes {
            var outcome = outcome
            outcome.judge(terms, ledger: read)
            conclusion.add(outcome)
        }
        report.conclude(conclusion, terms, read)
        report.findings.merge(beside)
        report.ledgerEntries = read?.entries
        report.ledgerForeign = read?.foreign ?? 0
        if !isLedgerWhole {
            report.findings.note(.bounded, 0, 0..<1, "the ledger has more entries than are kept")
        }
        return report
    }

    /// Heard at the end, when all epochs are known.
    private func readLedger(_ spans: [PartitionSpan]) -> LedgerBook {
        var interest: [Int32: Range<Int64>] = [:]
        for span in spans { interest[span.partition] = span.offsets }
        var read = LedgerBook(
            group: terms.group, model: terms.model.description, topic: terms.topics.input,
            interest: interest)
        for record in ledger {
            read.hear(key: record.key, value: record.value, at: record.place, book)
        }
        return read
    }

    private static let labelsMax = 256
    private static let versionsMax = 1_000
    private static let unknownMax = 10_000
    private static let ledgerMax = 100_000
}
