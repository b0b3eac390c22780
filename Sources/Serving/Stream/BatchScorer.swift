package import Inputs
import Kafka
import Lifecycle
package import Platform
import Scoring

/// Scores staged batches: from a record's bytes to the bytes of its prediction, or to why there is
/// none.
///
/// One for each thread that scores, with all the memory that it needs: the decoder, features, what
/// versions say beside their verdicts, the predictions, and the counts. It knows nothing of Kafka
/// but the views of records, and nothing of offsets. Allocates nothing for a record that is scored.
package struct BatchScorer: ~Copyable {
    /// What it scores by: the set taken up last.
    package private(set) var set: ServingSet?
    /// Of the batch scored last, one for each of its records, in their order; valid until the next,
    /// and what they point to until the next but one, where that was asked for.
    package internal(set) var outcomes: [RecordOutcome] = []
    /// By version, of the batch scored last and its shadow.
    package internal(set) var tally = BatchTally()
    var bench: ScoringBench
    let progress: ProgressCounter
    /// The batch's records that wait for the shadow.
    var shadowed: [ShadowedRecord] = []
    private var shadowBudget: ShadowBudget
    /// Which of the set's wants are this scorer's.
    private let thread: Int
    private let capacity: Int
    private let predictionBytes: Int
    /// The batch's records that wait until their block is full.
    var waiting = WaitingRecords()
    /// How many records are scored together at most, by the set taken up last.
    var blockSize = 1

    /// A record that waits for the shadow.
    struct ShadowedRecord {
        /// In the staged batch.
        let place: Int
        /// What the stable version said.
        let stable: Verdict
        /// Kept, as who sent it is known only while the record is at hand.
        let cell: RecordCell
    }

    /// - Parameters:
    ///   - decoder: used by this scorer alone from now on.
    ///   - thread: its place among the threads that score; 0 is the poll thread.
    ///   - capacity: records of a batch at most.
    ///   - shadowPercent: of the thread's time, what a shadow may take.
    ///   - predictionBytes: what the producer takes: of a prediction with its record's key.
    ///   - progress: advances with each record.
    ///   - keepsBefore: predictions stay valid while the next batch is scored; for that there is
    ///     memory twice.
    package init(
        decoder: RecordDecoder, thread: Int = 0, capacity: Int, shadowPercent: Int,
        predictionBytes: Int = RecordProducer.recordBytesMax,
        progress: ProgressCounter = ProgressCounter(), keepsBefore: Bool = false
    ) {
        self.progress = progress
        self.thread = thread
        self.predictionBytes = predictionBytes
        bench = ScoringBench(decoder: decoder, keepsBefore: keepsBefore)
        self.capacity = capacity
        shadowBudget = ShadowBudget(percent: shadowPercent)
        outcomes.reserveCapacity(capacity)
        shadowed.reserveCapacity(capacity)
    }

    /// Scores by `set` from the next batch on.
    ///
    /// Nothing here can fail: what can was done when the set was made.
    package mutating func takeUp(_ set: ServingSet) {
        bench.decoder.install(set.wants[thread])
        bench.arena.reserve(count: capacity, longest: set.longestPrediction)
        bench.arenaBefore.reserve(count: capacity, longest: set.longestPrediction)
        tally = BatchTally(set.lineup)
        blockSize = Self.blockSize(of: set)
        self.set = set
    }

    /// Scores a batch, which the set taken up last was staged for.
    package mutating func score(_ batch: [StagedRecord]) {
        begin()
        score(batch.indices, of: batch)
    }

    /// Scores a part of a batch, behind the parts that it has scored of it since `begin`.
    package mutating func score(_ places: Range<Int>, of batch: [StagedRecord]) {
        guard let set else { preconditionFailure("a batch to score, and nothing taken up") }
        guard blockSize > 1, places.count > 1 else {
            for place in places {
                progress.advance()
                outcomes.append(outcome(of: batch[place], at: place, set))
            }
            return
        }
        for place in places {
            progress.advance()
            wait(for: batch[place], at: place, set)
            if waiting.count == blockSize { settle(batch, set) }
        }
        settle(batch, set)
    }

    /// Reads and scores nothing of a batch: workers died of its records.
    package mutating func refuse(_ batch: [StagedRecord]) {
        begin()
        guard let set else { preconditionFailure("a batch to refuse, and nothing taken up") }
        for _ in batch { outcomes.append(.unscorable(.init(crashedWorkerIn: set.deployment))) }
    }

    /// Forgets the batch scored last: another one begins.
    package mutating func begin() {
        swap(&bench.arena, &bench.arenaBefore)
        bench.arena.reset()
        tally.reset()
        outcomes.removeAll(keepingCapacity: true)
        shadowed.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private mutating func outcome(
        of record: StagedRecord, at place: Int, _ set: ServingSet
    ) -> RecordOutcome {
        if let reason = bench.read(record) {
            return .unscorable(DeadLetterReason(reason, bench.decoder, in: set.deployment))
        }
        if bench.hasTrailing { tally.trailing += 1 }
        if record.route == .canary, let candidate = set.candidate, let form = set.canaryForm {
            let cell = bench.cell(of: record, set)
            let verdict = bench.scoreBoth(set, candidate, cell, &tally)
            return conclude(
                record, set, candidate, ScoringBench.candidatesInput, verdict,
                bench.candidateOutput, form, bench.tags)
        }
        let verdict = bench.score(
            set.stable, ScoringBench.stablesInput, bench.stableOutput, &tally.stable)
        if record.route == .shadow {
            shadowed.append(
                ShadowedRecord(place: place, stable: verdict, cell: bench.cell(of: record, set)))
        }
        return conclude(
            record, set, set.stable, ScoringBench.stablesInput, verdict, bench.stableOutput,
            set.stableForm, bench.tags)
    }

    /// What becomes of a record by the verdict of the version that decides it.
    @inline(__always)
    mutating func conclude(
        _ record: StagedRecord, _ set: ServingSet, _ version: LoadedVersion, _ input: Int,
        _ verdict: Verdict, _ output: ScoreOutput, _ form: PredictionForm, _ tags: RecordTags
    ) -> RecordOutcome {
        guard verdict.isFinite else {
            return bench.unscorable(by: version, input, verdict, set)
        }
        let bytes = unsafe bench.write(verdict, version, output, form, record.view, tags)
        if let refusal = unsafe tooLarge(bytes, record, set) { return refusal }
        if input == ScoringBench.candidatesInput {
            tally.candidate.noteProduced(verdict)
        } else {
            tally.stable.noteProduced(verdict)
        }
        return unsafe tags.marks.contains(.malformed) ? .malformed(bytes) : .prediction(bytes)
    }

    /// A prediction carries its record's key, which whoever sends records may choose: one that is
    /// larger than the producer takes would end worker after worker.
    @inline(__always)
    private func tooLarge(
        _ bytes: UnsafeBufferPointer<UInt8>, _ record: StagedRecord, _ set: ServingSet
    ) -> RecordOutcome? {
        let keyBytes = unsafe record.view.key?.count ?? 0
        guard bytes.count + keyBytes > predictionBytes else { return nil }
        return .unscorable(
            DeadLetterReason(
                keyBytes: keyBytes, predictionBytes: predictionBytes, in: set.deployment))
    }

    // MARK: - The shadow

    /// Whether records of the batch scored last wait for the shadow.
    package var hasShadow: Bool { !shadowed.isEmpty }

    /// Scores for the shadow what its time allows of the batch scored last, once the predictions
    /// are on their way; the rest is shed.
    ///
    /// - Parameter isBehind: more records wait, or the worker stops: all of them are shed.
    package mutating func scoreShadow(_ batch: [StagedRecord], isBehind: Bool) {
        guard !shadowed.isEmpty, let candidate = set?.candidate else { return }
        var mayScore = shadowBudget.begin(at: MonotonicClock.now, isBehind: isBehind)
        var done = 0
        while mayScore, done < shadowed.count {
            var bytes = 0
            while bytes < Self.shadowSliceBytes, done < shadowed.count {
                progress.advance()
                let record = shadowed[done]
                bytes += Self.recordCostBytes + waitForShadow(batch[record.place], done, candidate)
                done += 1
                if waiting.count == blockSize { settleShadow(candidate) }
            }
            settleShadow(candidate)
            mayScore = shadowBudget.scored(until: MonotonicClock.now)
        }
        tally.comparison.shed += Int64(shadowed.count - done)
        shadowed.removeAll(keepingCapacity: true)
    }

    /// Adds one of the shadow's records to the block, and gives the bytes it had.
    ///
    /// Parsed and featurized again: to keep the features of a batch would take megabytes of cache
    /// from what decides, and to score at once would delay its predictions.
    private mutating func waitForShadow(
        _ record: StagedRecord, _ number: Int, _ candidate: LoadedVersion
    ) -> Int {
        guard bench.read(record) == nil else { return 0 }
        waiting.add(WaitingRecords.Record(place: number, outcome: number))
        bench.add(
            candidate, ScoringBench.candidatesInput, &waiting.candidate, tally.candidate,
            blockSize)
        return unsafe record.view.value?.count ?? 0
    }

    private mutating func settleShadow(_ candidate: LoadedVersion) {
        waiting.candidate.decide(candidate, &tally.candidate)
        for position in 0..<waiting.count {
            let verdict = waiting.candidate.block.verdict(position)
            tally.candidate.note(verdict)
            let record = shadowed[waiting.record(position).place]
            tally.comparison.note(stable: record.stable, candidate: verdict, cell: record.cell)
        }
        waiting.begin()
    }

    /// The clock is read once a slice: about 50 µs of a linear model.
    private static let shadowSliceBytes = 8_192
    /// What a record costs beside its length.
    private static let recordCostBytes = 128
}

/// The memory of a scoring thread, and what is done with one record in it.
struct ScoringBench: ~Copyable {
    let decoder: RecordDecoder
    let features = FeatureBuffer()
    /// What the stable version says beside its verdict, and what a candidate does.
    let stableOutput = ScoreOutput()
    let candidateOutput = ScoreOutput()
    var arena: PredictionArena
    /// Of the batch before; the same one where nobody needs that.
    var arenaBefore: PredictionArena

    init(decoder: RecordDecoder, keepsBefore: Bool) {
        self.decoder = decoder
        arena = PredictionArena()
        arenaBefore = keepsBefore ? PredictionArena() : arena
    }

    /// The positions in `ServingSet.wants`.
    static let stablesInput = 0
    static let candidatesInput = 1

    /// Reads a record, and says why where it is no request.
    @inline(__always)
    func read(_ record: StagedRecord) -> RejectReason? {
        guard let admission = record.admission else {
            guard let value = unsafe record.view.value else { return .nullPayload }
            return unsafe decoder.decode(value)
        }
        switch admission {
        case .body(let handle, let start):
            return unsafe decoder.decode(
                record.view.value, bodyStart: start, schema: handle.schema)
        case .refused(let reason): return reason
        case .parked, .tooOld: preconditionFailure("a record that is not staged, to be scored")
        }
    }

    /// The cell of the record at hand, which the candidate scores too.
    @inline(__always)
    func cell(of record: StagedRecord, _ set: ServingSet) -> RecordCell {
        decoder.cell(byKey: record.cell, salt: set.deployment.salt)
    }

    /// Whether the record at hand, of Avro, has bytes behind its value.
    @inline(__always)
    var hasTrailing: Bool {
        guard case .avro(let avro) = decoder else { return false }
        return avro.trailing > 0
    }

    /// Featurizes and scores the record at hand, of which the version wants the input of that
    /// position.
    @inline(__always)
    func score(
        _ version: LoadedVersion, _ input: Int, _ output: ScoreOutput, _ tally: inout VersionTally
    ) -> Verdict {
        let isSample = tally.isSampleDue
        let begin = isSample ? MonotonicClock.now : 0
        let verdict = version.scorer.score(decoder.input(of: input), features, output)
        if isSample { tally.took(nanoseconds: MonotonicClock.now &- begin) }
        tally.note(verdict)
        return verdict
    }

    /// A canary's record: both versions score it, and the candidate's verdict decides.
    ///
    /// Neither one's overflow disturbs the other's verdict.
    func scoreBoth(
        _ set: ServingSet, _ candidate: LoadedVersion, _ cell: RecordCell,
        _ tally: inout BatchTally
    ) -> Verdict {
        let tried: Verdict
        let stable: Verdict
        if set.sharesFeatures {
            let isSample = tally.candidate.isSampleDue
            let begin = isSample ? MonotonicClock.now : 0
            candidate.scorer.featurizer.features(of: decoder.input, into: features)
            let featurized = isSample ? MonotonicClock.now : 0
            tried = candidate.scorer.score(features, candidateOutput)
            let scored = isSample ? MonotonicClock.now : 0
            stable = set.stable.scorer.score(features, stableOutput)
            if isSample {
                // Each as if it had featurized alone, to be compared with other records' times.
                tally.candidate.took(nanoseconds: scored &- begin)
                tally.stable.took(
                    nanoseconds: MonotonicClock.now &- scored &+ (featurized &- begin))
            }
            tally.candidate.note(tried)
            tally.stable.note(stable)
        } else {
            tried = score(candidate, Self.candidatesInput, candidateOutput, &tally.candidate)
            stable = score(set.stable, Self.stablesInput, stableOutput, &tally.stable)
        }
        tally.comparison.note(stable: stable, candidate: tried, cell: cell)
        return tried
    }

    /// What goes into the prediction of the record at hand as the record says it; valid until the
    /// next one is read.
    @inline(__always)
    var tags: RecordTags { unsafe RecordTags(id: decoder.id, marks: decoder.marks) }

    /// Writes the prediction of a record.
    @inline(__always)
    func write(
        _ verdict: Verdict, _ version: LoadedVersion, _ output: ScoreOutput,
        _ form: PredictionForm, _ record: RecordView, _ tags: RecordTags
    ) -> UnsafeBufferPointer<UInt8> {
        version.scorer.addProbabilities(output)
        return unsafe arena.write(
            form, verdict: verdict, output: output, partition: record.partition,
            offset: record.offset, id: tags.id, marks: tags.marks)
    }

    /// Why a version has no score of the record at hand.
    func unscorable(
        by version: LoadedVersion, _ input: Int, _ verdict: Verdict, _ set: ServingSet
    ) -> RecordOutcome {
        let deployment = set.deployment
        guard let fault = verdict.fault else {
            return .unscorable(DeadLetterReason(notFiniteOf: version, in: deployment))
        }
        if let reason = decoder.refusal(of: input, fault) {
            return .unscorable(DeadLetterReason(reason, decoder, in: deployment))
        }
        return .unscorable(DeadLetterReason(fault, of: version, in: deployment))
    }
}
