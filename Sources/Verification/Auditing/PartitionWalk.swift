import Kafka
import Lifecycle
import Platform

/// Reads one partition of the input and what answers it side by side, and tells the auditor: the
/// output leads, and the input is read as far as it has come.
///
/// Of one audit thread.
final class PartitionWalk {
    /// What all partitions share.
    struct Plan: Sendable {
        let terms: AuditTerms
        let book: EpochBook
        /// Nil where there is none.
        let ledger: LedgerBook?
        let form: RecordForm
        let spans: [PartitionSpan]
        /// What the partitions of the output and of the dead letters held at the beginning; empty
        /// where there is no such topic.
        ///
        /// Asked before anything is fetched: while something is, each question waits for it.
        let outputs: [Range<Int64>]
        let letters: [Range<Int64>]
        let timeoutMs: Int32
        /// Until when answers of what is committed are waited for: of a transaction's records the
        /// marks follow the commit.
        let marks: Deadline
    }

    private let plan: Plan
    private let consumer: RangeConsumer
    private let span: PartitionSpan
    private let topics: StreamTopics
    private var predictions: PredictionScanner
    private var auditor: PartitionAuditor
    private let input: SpanReader
    private let output: SpanReader
    /// Opened once it is run: several partitions may have their dead letters in one.
    private var letters: LetterStream?
    /// Predictions for records far ahead of where the input was read: those that are nobody's must
    /// not have it read to its end at once.
    private var ahead: [HeldAnswer] = []
    private var aheadBytes = 0
    private var aheadCount = 0
    private var strayed = StrayedAnswers()
    private var firsts: FirstSources
    private let isOutputCut: Bool
    /// Whether the end of the output was asked for again.
    private var hasAsked = false
    /// Predictions in a row for records behind the range.
    private var beyond = 0
    private let jump: Int64
    private let progress: (Int64) -> Void

    private struct HeldAnswer {
        let prediction: Prediction
        let key: [UInt8]?
        /// In which they stand on the output.
        let order: Int

        var heldBytes: Int { prediction.heldBytes + (key?.count ?? 0) }
    }

    /// - Parameter progress: told how far the input was read since it was told last, in offsets.
    init(
        _ plan: Plan, _ span: PartitionSpan, consumer: RangeConsumer, scoring: any EpochScoring,
        progress: @escaping (Int64) -> Void
    ) throws(SwerveError) {
        self.progress = progress
        self.plan = plan
        self.span = span
        self.consumer = consumer
        let (terms, partition, timeoutMs) = (plan.terms, span.partition, plan.timeoutMs)
        topics = terms.topics
        predictions = PredictionScanner(
            model: terms.model, topic: topics.input, readsIDs: terms.sample > 0)
        jump = Int64(terms.windowRecords / 2)
        auditor = PartitionAuditor(terms, span: span, book: plan.book, scoring: scoring)
        let resolver = RangeResolver(consumer, timeoutMs: timeoutMs)
        let reader = predictions.reader
        let kept = plan.outputs[Int(partition)]
        var start = kept.lowerBound
        if span.offsets.lowerBound > span.kept.lowerBound {
            let found = try resolver.first(
                of: topics.output, partition: partition, in: kept, saying: span.offsets.lowerBound
            ) { batch, index in
                batch.value(at: index).flatMap { reader.read($0) }
                    .flatMap { $0.partition == partition ? $0.offset : nil }
            }
            start = max(start, found - Int64(terms.windowRecords))
        }
        firsts = FirstSources(isReplayed: terms.lettersReplayed)
        isOutputCut = kept.lowerBound > 0 && start == kept.lowerBound
        input = try SpanReader(
            consumer, topic: topics.input, partition: partition, from: span.offsets.lowerBound,
            to: span.offsets.upperBound, timeoutMs: timeoutMs)
        output = try SpanReader(
            consumer, topic: topics.output, partition: partition, from: start,
            to: kept.upperBound, timeoutMs: timeoutMs)
    }

    func close() {
        input.close()
        output.close()
        letters?.close()
    }

    /// - Parameter memory: of the thread, for what is held of the partition at hand.
    func run(in memory: inout HeldRecords) throws(SwerveError) -> PartitionOutcome {
        auditor.exchangeMemory(with: &memory)
        defer { auditor.exchangeMemory(with: &memory) }
        // Opened while another partition was read, which may have taken long.
        input.expectAnew()
        output.expectAnew()
        if !plan.letters.isEmpty {
            let resolver = RangeResolver(consumer, timeoutMs: plan.timeoutMs)
            letters = try LetterStream(consumer, resolver, plan, span)
            auditor.lettersAreCut = letters?.isCut == true
        }
        var isPast = try readOutput()
        while !isPast, try hasMore() { isPast = try readOutput() }
        auditor.counts.foreign += letters?.foreign ?? 0
        auditor.counts.read += letters?.read ?? 0
        if let letters { strayed.merge(letters.strayed) }
        if strayed.left > 0 {
            auditor.findings.note(
                .bounded, span.partition, span.offsets, count: strayed.left,
                "answers to records of other partitions")
        }
        auditor.finish(inputEnd: try inputEnd())
        var outcome = PartitionOutcome(
            auditor, cutAnswersBefore: cutAnswersBefore, droppedLetters: letters?.dropped)
        outcome.strayed = strayed.places
        outcome.judge(plan.terms, ledger: plan.ledger)
        return outcome
    }

    /// Where the input ends now, if anybody answered what is behind its end at the beginning.
    private func inputEnd() throws(SwerveError) -> Int64 {
        guard auditor.hasClaims else { return span.kept.upperBound }
        return try consumer.bounds(
            of: topics.input, partition: span.partition, timeoutMs: plan.timeoutMs
        ).upperBound
    }

    /// Reads the output to its end, and with it everything else.
    ///
    /// - Returns: whether what is left of it is further on than an answer can be.
    private func readOutput() throws(SwerveError) -> Bool {
        while !output.isDone {
            try auditor.scoring.requireWorking()
            try output.stepWhole { batch, count throws(SwerveError) in
                var index = 0
                while index < count {
                    let told = tellPlain(batch, index..<count)
                    if told > index { beyond = 0 }
                    if told < count { try take(batch, told) }
                    index = told + 1
                }
            }
            if beyond >= plan.terms.windowRecords, try isAnswered() { return true }
        }
        try settleAhead(all: true)
        try advance(beyond: .max)
        try letters?.readAll { letter in auditor.letter(letter) }
        return false
    }

    /// Whether answers that are missing have come on the output meanwhile.
    private func hasMore() throws(SwerveError) -> Bool {
        guard span.committed != nil else { return false }
        // Once at least: what was asked at the beginning may be long ago.
        while auditor.hasUnanswered, !hasAsked || !plan.marks.hasPassed {
            hasAsked = true
            let kept = try consumer.bounds(
                of: topics.output, partition: span.partition, timeoutMs: plan.timeoutMs)
            if try output.extend(to: kept.upperBound) { return true }
            consumer.wait(milliseconds: 50)
        }
        return false
    }

    /// Whether all of the range is read and has an answer: what stands further on cannot be
    /// missed.
    private func isAnswered() throws(SwerveError) -> Bool {
        try settleAhead(all: true)
        try advance(beyond: .max)
        beyond = 0
        return !auditor.hasUnanswered
    }

    // MARK: - The output

    /// Tells the auditor predictions as long as each answers a record that it was told.
    ///
    /// - Returns: the index of the first that is anything else, or the end.
    private func tellPlain(_ batch: RecordBatch, _ indices: Range<Int>) -> Int {
        // The first ones say where the output begins.
        guard !isOutputCut || !firsts.isWanted else { return indices.lowerBound }
        return Self.tellPlain(batch, indices, of: span.partition, &predictions, &auditor)
    }

    // Static, so that one look at this object's state does for all of them.
    private static func tellPlain(
        _ batch: RecordBatch, _ indices: Range<Int>, of partition: Int32,
        _ predictions: inout PredictionScanner, _ auditor: inout PartitionAuditor
    ) -> Int {
        for index in indices {
            guard let record = batch.record(at: index), let value = unsafe record.value,
                let prediction = unsafe predictions.scan(value),
                prediction.partition == partition, auditor.isTold(prediction.offset)
            else { return index }
            auditor.counts.read += 1
            auditor.predicted(prediction, RecordBytes(record, hasValue: false))
        }
        return indices.upperBound
    }

    private func take(_ batch: RecordBatch, _ index: Int) throws(SwerveError) {
        guard let record = batch.record(at: index) else { return }
        auditor.counts.read += 1
        guard let prediction = unsafe predictions.read(record.value) else {
            return noteForeign(record)
        }
        guard prediction.partition == span.partition else {
            if isWanted(prediction.source) { strayed.note(prediction.source) }
            return
        }
        firsts.note(prediction.offset)
        let bytes = RecordBytes(record, hasValue: false)
        guard prediction.offset < span.offsets.upperBound else {
            beyond += 1
            return auditor.predicted(prediction, bytes)
        }
        beyond = 0
        guard prediction.offset < auditor.next + jump || input.isDone else {
            return try hold(
                HeldAnswer(prediction: prediction, key: bytes.keyArray, order: aheadCount))
        }
        try advance(beyond: prediction.offset)
        auditor.predicted(prediction, bytes)
    }

    private func hold(_ answer: HeldAnswer) throws(SwerveError) {
        aheadCount += 1
        ahead.append(answer)
        aheadBytes += answer.heldBytes
        if ahead.count >= Self.aheadMax || aheadBytes > plan.terms.aheadBytes {
            try settleAhead(all: false)
        }
    }

    /// Judges what was put aside, the lowest offsets first: all, or so many that half of the room
    /// is free.
    private func settleAhead(all: Bool) throws(SwerveError) {
        var held = ahead
        (ahead, aheadBytes) = ([], 0)
        // Taken from its end.
        held.sort { ($0.prediction.offset, $0.order) > ($1.prediction.offset, $1.order) }
        var bytes = held.reduce(0) { $0 + $1.heldBytes }
        while let answer = held.popLast() {
            bytes -= answer.heldBytes
            try advance(beyond: answer.prediction.offset)
            RecordBytes.with(key: answer.key) { auditor.predicted(answer.prediction, $0) }
            if !all, held.count < Self.aheadMax / 2, bytes < plan.terms.aheadBytes / 2 { break }
        }
        (ahead, aheadBytes) = (held, bytes)
    }

    private func noteForeign(_ record: RecordView) {
        if unsafe predictions.claims(record.value) {
            auditor.findings.note(
                .unreadable, at: StreamPlace(partition: span.partition, offset: record.offset),
                "a place on the output")
        } else {
            auditor.counts.foreign += 1
        }
    }

    /// Whether it is of a record that is audited, or of one that the input did not have.
    private func isWanted(_ place: StreamPlace) -> Bool {
        guard plan.spans.indices.contains(Int(place.partition)) else { return true }
        let span = plan.spans[Int(place.partition)]
        return span.offsets.contains(place.offset) || place.offset >= span.kept.upperBound
    }

    // MARK: - The input

    /// Reads the input until the record at an offset was told, or there is none, and the letters up
    /// to where it has come.
    private func advance(beyond offset: Int64) throws(SwerveError) {
        if auditor.next <= offset { input.expectAnew() }
        while auditor.next <= offset, !input.isDone {
            let before = auditor.next
            try input.stepWhole { batch, count throws(SwerveError) in
                Self.feed(batch, count, cut: input.cursor.cut, plan.form, &auditor)
            }
            if let cut = input.cursor.cut { auditor.cutAway(cut) }
            let next = auditor.next
            if next > before { progress(next - before) }
            try letters?.read(before: next) { letter in auditor.letter(letter) }
        }
    }

    /// Tells the auditor the first `count` of a batch of the input.
    ///
    /// - Parameter cut: what retention took away of the partition while it was read.
    static func feed(
        _ batch: RecordBatch, _ count: Int, cut: Range<Int64>?, _ form: RecordForm,
        _ auditor: inout PartitionAuditor
    ) {
        var cut = cut
        for index in 0..<count {
            guard let record = batch.record(at: index) else { continue }
            auditor.counts.read += 1
            // Before the first record behind it, or it would be a gap like any other.
            if let gone = cut, record.offset >= gone.upperBound {
                auditor.cutAway(gone)
                cut = nil
            }
            guard auditor.wantsValue(at: record.offset) else {
                auditor.fed(record.offset, RecordBytes(record, hasValue: false))
                continue
            }
            RecordBytes.with(record, hasValue: true, schema: form.schemaHeader(of: batch, index)) {
                auditor.fed(record.offset, $0)
            }
        }
    }

    /// Where both topics begin behind their first records, what they held before is not known.
    private var cutAnswersBefore: Int64? {
        var cut: Int64?
        let (first, areCut) = (span.offsets.lowerBound, letters?.isCut == true)
        if isOutputCut {
            cut = firsts.cutBefore(from: first, lettered: areCut ? nil : auditor.lettered)
        }
        if let letters, areCut {
            cut = max(cut ?? 0, letters.firsts.cutBefore(from: first, lettered: nil))
        }
        return cut
    }

    private static let aheadMax = 16_384
}
