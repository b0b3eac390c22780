import Inputs
import Kafka
import Lifecycle
import Scoring

/// Scores records of the stream with one version or two, and counts what they say.
///
/// One thread. Allocates nothing for a record, but for the few flips that are kept.
final class ReplayScorer {
    private let values: ValueDecoder
    /// That of `values`.
    private let decoder: RecordDecoder
    private let form: RecordForm
    private let first: ReplayVersion
    private let second: ReplayVersion?
    private let labels: ReplayLabels?
    private let salt: UInt32
    private let buffers = (FeatureBuffer(), FeatureBuffer())
    private let outputs = (ScoreOutput(), ScoreOutput())
    private let blocks = (ScoreBlock(), ScoreBlock())
    /// How many records are worth scoring together; 1 where it is of none.
    private let blockSize: Int
    /// Those that wait for it, of the batch at hand.
    private var waiting: [Waiting] = []
    private(set) var tally: ReplayTally
    /// Of the values of all records that it was shown.
    private(set) var bytes: Int64 = 0

    /// A record whose scores stand in the blocks once they are decided.
    private struct Waiting {
        let index: Int
        let atMs: Int64?
        let isAttack: Bool?
        let cell: RecordCell
        /// Why one has no score, where that is known already.
        let first: DeadLetterCode?
        let second: DeadLetterCode?
    }

    /// - Throws: `.usage` for settings that no decoder takes; `.system` where memory is short.
    init(_ plan: ReplayPlan) throws(SwerveError) {
        form = plan.form
        values = try ValueDecoder(form)
        decoder = values.decoder
        first = plan.first
        second = plan.second
        labels = plan.labels
        salt = plan.salt
        let scorers = [plan.first, plan.second].compactMap(\.self).map(\.scorer)
        decoder.install(
            try PreparedWants(scorers.map { InputWant($0.featurizer) }, for: form.settings))
        blockSize = scorers.map(\.blockSize).filter { $0 > 1 }.min() ?? 1
        waiting.reserveCapacity(blockSize)
        tally = ReplayTally(first: plan.first.scorer.labels, second: plan.second?.scorer.labels)
    }

    /// Scores the record at `index` of a batch, and counts it in its lane's block; or lets it wait
    /// for others of the batch, until `settle`.
    ///
    /// - Throws: `.unavailable` where a schema does not come.
    func take(_ batch: RecordBatch, _ index: Int, _ lane: ReplayLane) throws(SwerveError) {
        guard let record = batch.record(at: index) else { return }
        bytes += Int64(unsafe record.value?.count ?? 0)
        let atMs = batch.timestampMs(at: index)
        let reason = try decode(record, batch, index)
        let isAttack = label(
            at: StreamPlace(partition: record.partition, offset: record.offset))
        let cell = second == nil ? .none : cell(of: record)
        guard reason == nil, blockSize > 1 else {
            let mine = opinion(of: first, 0, reason, buffers.0, outputs.0)
            let theirs = second.map { opinion(of: $0, 1, reason, buffers.1, outputs.1) }
            return count(
                record, batch, index, atMs, isAttack, cell, reason == nil, mine, theirs, lane)
        }
        waiting.append(
            Waiting(
                index: index, atMs: atMs, isAttack: isAttack, cell: cell,
                first: add(to: blocks.0, first, 0, buffers.0),
                second: second.flatMap { add(to: blocks.1, $0, 1, buffers.1) }))
        if waiting.count == blockSize { settle(batch, lane) }
    }

    private func decode(
        _ record: RecordView, _ batch: RecordBatch, _ index: Int
    ) throws(SwerveError) -> RejectReason? {
        let header =
            form.schemas == nil
            ? nil : unsafe batch.lastHeader(AvroFrame.schemaHeaderName, at: index)
        switch unsafe values.decode(record.value, schema: header) {
        case .read: return nil
        case .refused(let reason): return reason
        case .unknown(let words):
            throw SwerveError(
                .unavailable, act: "replaying record \(record.partition)@\(record.offset)",
                reason: words, remedy: "try again once the schema registry answers")
        }
    }

    /// Counts the records of the batch that wait.
    func settle(_ batch: RecordBatch, _ lane: ReplayLane) {
        guard !waiting.isEmpty else { return }
        first.scorer.decide(blocks.0)
        second?.scorer.decide(blocks.1)
        for (place, one) in waiting.enumerated() {
            guard let record = batch.record(at: one.index) else { continue }
            let mine =
                one.first.map(ReplayOpinion.refused)
                ?? opinion(blocks.0.verdict(place), of: first, 0)
            let theirs = second.map { second in
                one.second.map(ReplayOpinion.refused)
                    ?? opinion(blocks.1.verdict(place), of: second, 1)
            }
            count(
                record, batch, one.index, one.atMs, one.isAttack, one.cell, true, mine, theirs,
                lane)
        }
        waiting.removeAll(keepingCapacity: true)
        blocks.0.begin()
        blocks.1.begin()
    }

    /// - Returns: why the record has no score of the version, where that is known already.
    private func add(
        to block: ScoreBlock, _ version: ReplayVersion, _ position: Int, _ buffer: FeatureBuffer
    ) -> DeadLetterCode? {
        version.scorer.add(decoder.input(of: position), buffer, to: block)
        let verdict = block.lastVerdict
        return verdict.fault == nil ? nil : decoder.code(of: verdict, at: position)
    }

    private func count(
        _ record: RecordView, _ batch: RecordBatch, _ index: Int, _ atMs: Int64?,
        _ isAttack: Bool?, _ cell: RecordCell, _ isDecoded: Bool,
        _ mine: ReplayOpinion, _ theirs: ReplayOpinion?, _ lane: ReplayLane
    ) {
        let place = StreamPlace(partition: record.partition, offset: record.offset)
        tally.note(mine, theirs, at: place, atMs: atMs, isAttack: isAttack) {
            var flip = Self.flip(record, atMs, mine, theirs)
            flip.schema = form.schemaHeader(of: batch, index)
            return flip
        }
        guard let block = lane.block(ofMs: atMs), let theirs, isDecoded,
            let outcome = Self.outcome(mine, theirs)
        else { return }
        lane.note(outcome, block: block, cell: cell.index, isKeyed: cell.isKeyed)
    }

    /// The cell of the record at hand, as workers tell it.
    func cell(of record: RecordView) -> RecordCell {
        decoder.cell(
            byKey: unsafe RecordHash(
                key: record.key, partition: record.partition, offset: record.offset, salt: salt
            ).cell, salt: salt)
    }

    private func opinion(
        of version: ReplayVersion, _ position: Int, _ reason: RejectReason?,
        _ buffer: FeatureBuffer, _ output: ScoreOutput
    ) -> ReplayOpinion {
        if let reason { return .refused(reason.kind) }
        return opinion(
            version.scorer.score(decoder.input(of: position), buffer, output), of: version, position
        )
    }

    /// - Parameter verdict: without a fault, where the decoder has the view of another record.
    private func opinion(
        _ verdict: Verdict, of version: ReplayVersion, _ position: Int
    ) -> ReplayOpinion {
        guard verdict.isFinite else { return .refused(decoder.code(of: verdict, at: position)) }
        let isAlert =
            version.alerts.indices.contains(verdict.classIndex)
            && version.alerts[verdict.classIndex]
        return .scored(score: verdict.score, classIndex: verdict.classIndex, isAlert: isAlert)
    }

    private func label(at place: StreamPlace) -> Bool? {
        guard let labels else { return nil }
        let key = labels.asksForIDs ? unsafe decoder.id.map { unsafe RecordID.key(of: $0) } : nil
        switch labels.answer(at: place, key: key) {
        case .none: return nil
        case .contradiction:
            tally.noteContradiction()
            return nil
        case .crossed(let place, let id):
            tally.noteCrossed(place: place, id: id)
            return nil
        case .label(let index, let isAttack, let same):
            tally.noteLabel(index, same: same)
            return isAttack
        }
    }

    private static func outcome(
        _ first: ReplayOpinion, _ second: ReplayOpinion
    ) -> BlockTable.Outcome? {
        switch (first, second) {
        case (.scored(_, _, let mine), .scored(_, _, let theirs)):
            .pair(first: mine, second: theirs)
        case (.scored, .refused): .lost
        case (.refused, .scored): .gained
        case (.refused, .refused): nil
        }
    }

    private static func flip(
        _ record: RecordView, _ atMs: Int64?, _ first: ReplayOpinion, _ second: ReplayOpinion?
    ) -> Flip {
        var (scores, classes) = ((Double.nan, Double.nan), (0, 0))
        if case .scored(let score, let classIndex, _) = first {
            (scores.0, classes.0) = (score, classIndex)
        }
        if case .scored(let score, let classIndex, _) = second {
            (scores.1, classes.1) = (score, classIndex)
        }
        var value: [UInt8]?
        if let bytes = unsafe record.value, bytes.count <= FlipSample.valueBytes {
            value = unsafe Array(bytes)
        }
        return Flip(
            place: StreamPlace(partition: record.partition, offset: record.offset), atMs: atMs,
            firstScore: scores.0, secondScore: scores.1, firstClass: classes.0,
            secondClass: classes.1, value: value)
    }
}

/// Ids of records as numbers, the same within one process alone.
enum RecordID {
    /// - Parameter escaped: as it goes between the quotes of a JSON string.
    static func key(of escaped: UnsafeBufferPointer<UInt8>) -> UInt64 {
        if unsafe escaped.contains(UInt8(ascii: "\\")) {
            // Writers escape what need not be escaped; rare, and it may allocate.
            let quote = [UInt8(ascii: "\"")]
            let text = unsafe try? JSONValue(
                parsing: quote + Array(escaped) + quote, act: "reading an id"
            ).string
            if let text { return key(of: text) }
        }
        return unsafe hash(UnsafeRawBufferPointer(escaped))
    }

    /// - Parameter text: an id as it is.
    static func key(of text: String) -> UInt64 {
        var bytes = 0
        let cut = text.unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes <= Limits.requestIDBytes
        }
        let quoted = JSONValue.string(String(String.UnicodeScalarView(cut))).bytes
        return unsafe quoted.withUnsafeBytes { bytes in
            unsafe hash(UnsafeRawBufferPointer(rebasing: bytes[1..<bytes.count - 1]))
        }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        unsafe hasher.combine(bytes: bytes)
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }
}
