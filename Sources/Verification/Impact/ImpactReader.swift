import Kafka
package import Lifecycle
import Platform

/// Reads what a version, or an epoch, decided in a range of a stream, asks another version for its
/// verdicts, and corrects what differs; apart from the service and its group.
///
/// In bounded memory, whatever the range: one partition after the other. Blocking, one thread.
package final class ImpactReader {
    package struct Corrections: Sendable {
        package let topic: String
        /// False only counts what would be written.
        package let isApplied: Bool

        package init(topic: String, isApplied: Bool) {
            self.topic = topic
            self.isApplied = isApplied
        }
    }

    /// Told of each decision, in the order of the output's partitions, and of refused records
    /// behind them.
    package struct Listener {
        package var record: (ImpactedRecord) throws(SwerveError) -> Void
        package var letter: (ImpactedLetter) throws(SwerveError) -> Void

        package init(
            record: @escaping (ImpactedRecord) throws(SwerveError) -> Void,
            letter: @escaping (ImpactedLetter) throws(SwerveError) -> Void
        ) {
            self.record = record
            self.letter = letter
        }
    }

    let access: StreamAccess
    let terms: AuditTerms
    let book: EpochBook
    let source: CorrectionSource?
    let scorer: EpochScorer?
    private let corrections: Corrections?
    var report: ImpactReport
    private var held = HeldAnswers()

    /// - Parameters:
    ///   - book: the epochs that the registry knows.
    ///   - source: the version that is asked for its verdicts; nil asks none.
    ///   - corrections: nil corrects nothing; needs a source.
    package init(
        _ access: StreamAccess, _ terms: AuditTerms, _ selection: ImpactSelection,
        _ book: EpochBook, rescore source: CorrectionSource?, corrections: Corrections?
    ) throws(SwerveError) {
        precondition(corrections == nil || source != nil, "corrections by no version")
        self.access = access
        self.terms = terms
        self.book = book
        self.source = source
        self.corrections = corrections
        report = ImpactReport(selection)
        if source != nil { report.rescored = RescoreCounts() }
        scorer = try source.map { _ throws(SwerveError) in
            try EpochScorer(access.input, ScorerShelf(access.artifacts))
        }
    }

    /// - Parameters:
    ///   - from: of the input; nil is as far back as the output goes.
    ///   - to: of the input; nil is as far as the output goes now.
    ///   - progress: told how many records of the output were read so far.
    /// - Throws: where topics cannot be read or written; what the listener throws.
    package func run(
        from: RangeEdge?, to: RangeEdge?, _ listener: Listener,
        progress: @escaping (_ read: Int64) -> Void = { _ in }
    ) throws(SwerveError) -> ImpactReport {
        let began = MonotonicClock.now
        let consumer = try access.consumer()
        defer { consumer.close() }
        let answers = try AnswerReader(
            consumer, terms, from: from, to: to, timeoutMs: access.timeoutMs)
        answers.progress = progress
        let topic = try corrections.map { corrections throws(SwerveError) in
            try CorrectionTopic(
                consumer, access, terms, corrections, outputs: answers.partitions)
        }
        defer { topic?.close() }
        do throws(SwerveError) {
            for partition in 0..<Int32(clamping: answers.partitions) {
                try read(partition, consumer, answers, topic, listener)
            }
            try topic?.settle()
            try readLetters(consumer, answers, listener)
        } catch {
            throw topic?.told(error) ?? error
        }
        report.others = answers.others
        report.corrections = topic?.counts
        report.notes += answers.notes + (topic?.notes ?? [])
        report.durationS = Double(MonotonicClock.now &- began) / 1e9
        return report
    }

    private func read(
        _ partition: Int32, _ consumer: RangeConsumer, _ answers: AnswerReader,
        _ topic: CorrectionTopic?, _ listener: Listener
    ) throws(SwerveError) {
        let fetcher = try source.map { _ throws(SwerveError) in
            try RecordFetcher(
                consumer, topic: terms.topics.input, partition: partition,
                timeoutMs: access.timeoutMs)
        }
        defer { fetcher?.close() }
        var window = OffsetWindow()
        var places = try answers.places(partition)
        while !places.isEmpty {
            let end = min(
                places.upperBound, places.lowerBound + Int64(StandingCorrections.placesMax))
            let part = places.lowerBound..<end
            let standing = try topic?.standing(partition, part, scoring: source?.scoring ?? "")
            let goesOn = try answers.read(partition, part) { answer throws(SwerveError) in
                guard report.selection.takes(answer.prediction) else { return }
                let meeting = window.meet(answer.prediction.offset)
                report.counts.add(answer, meeting, book)
                held.add(answer, isAgain: meeting == .again)
                if held.isFull { try settle(fetcher, topic, standing, listener) }
            }
            try settle(fetcher, topic, standing, listener)
            guard goesOn else { break }
            places = end..<places.upperBound
        }
    }

    /// Asks the other version of all that are held, and hands them over.
    private func settle(
        _ fetcher: RecordFetcher?, _ topic: CorrectionTopic?, _ standing: StandingCorrections?,
        _ listener: Listener
    ) throws(SwerveError) {
        let batch = held.take()
        guard let fetcher else {
            for held in batch {
                try listener.record(
                    ImpactedRecord(
                        answer: held.answer, isAgain: held.isAgain, rescored: nil,
                        correction: .none))
            }
            return
        }
        var opinions: [Int64: (key: KeyRoom.Kept, opinion: ScoreOpinion)] = [:]
        var room = KeyRoom()
        let offsets = Set(batch.map(\.answer.prediction.offset)).sorted()
        try fetcher.fetch(offsets) { offset, batch, index in
            let opinion = opinion(
                of: batch.value(at: index), schema: access.input.schemaHeader(of: batch, index))
            guard let opinion else { return }
            opinions[offset] = (room.keep(batch.key(at: index)), opinion)
        }
        for held in batch {
            let prediction = held.answer.prediction
            let found = opinions[prediction.offset]
            let verdict =
                found.map { RescoredVerdict($0.opinion, beside: prediction) }
                ?? (fetcher.isGone(prediction.offset) ? .gone : .absent)
            report.rescored?.add(verdict, beside: held.answer)
            let record = ImpactedRecord(
                answer: held.answer, isAgain: held.isAgain, rescored: verdict,
                correction: try correct(
                    held.answer, verdict, found?.key, fetcher, topic, standing))
            note(record, verdict)
            try listener.record(record)
        }
    }

    private func note(_ record: ImpactedRecord, _ verdict: RescoredVerdict) {
        guard verdict.differs, report.examples.count < ImpactReport.examplesMax,
            record.answer.heldBytes <= ImpactReport.exampleBytesMax
        else { return }
        report.examples.append(record)
    }

    private func correct(
        _ answer: StandingAnswer, _ verdict: RescoredVerdict, _ key: KeyRoom.Kept?,
        _ fetcher: RecordFetcher, _ topic: CorrectionTopic?, _ standing: StandingCorrections?
    ) throws(SwerveError) -> ImpactedRecord.Correction {
        guard let topic, let standing, let source, case .scored(let score, let differs) = verdict
        else { return .none }
        return try topic.take(
            answer, differs: differs, standing,
            key: { () throws(SwerveError) in
                guard case .left = key else { return key?.bytes }
                var known: [UInt8]?
                try fetcher.fetch([answer.prediction.offset]) { _, batch, index in
                    known = batch.key(at: index)
                }
                return known
            }
        ) {
            Correction.bytes(
                model: terms.model, topics: terms.topics, corrects: answer, with: score, by: source)
        }
    }

    /// What the other version says of a record; nil where none is asked.
    func opinion(of value: [UInt8]?, schema: [UInt8]?) -> ScoreOpinion? {
        guard let source, let scorer else { return nil }
        return scorer.opinion(
            of: source.deployed.version, in: source.deployment(of: terms.model), value: value,
            schema: schema)
    }
}

extension CorrectionSource {
    /// One in which the version decides everything, as it is asked here.
    func deployment(of model: ModelName) -> Deployment {
        Deployment(
            model: model, epoch: epoch ?? 0, stable: deployed, salt: 0,
            settings: DeploymentSettings([deployed.version: settings]))
    }
}
