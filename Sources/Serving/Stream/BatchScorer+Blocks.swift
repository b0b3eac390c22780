import Inputs
import Kafka
import Platform
import Scoring

/// Records that are scored together. A block lies within what one call scores of a batch, and
/// within one set: it is empty between two calls.
extension BatchScorer {
    /// How many records are worth scoring together: as many as the versions take of which that is
    /// worth it; 1 where it is of none.
    static func blockSize(of set: ServingSet) -> Int {
        [set.stable, set.candidate].compactMap { $0?.scorer.blockSize }.filter { $0 > 1 }.min() ?? 1
    }

    /// Reads and featurizes a record; its score waits for its block, its outcome has its place.
    ///
    /// A record with a fault has its outcome at once, while the decoder still knows the fault.
    mutating func wait(for record: StagedRecord, at place: Int, _ set: ServingSet) {
        if let reason = bench.read(record) {
            return outcomes.append(
                .unscorable(DeadLetterReason(reason, bench.decoder, in: set.deployment)))
        }
        if bench.hasTrailing { tally.trailing += 1 }
        var waits = WaitingRecords.Record(place: place, outcome: outcomes.count)
        let candidate =
            record.route == .canary && set.canaryForm != nil ? set.candidate : nil
        waits.candidatePlace = candidate == nil ? nil : waiting.candidate.block.count
        if record.route != .stable { waits.cell = bench.cell(of: record, set) }
        waiting.add(waits, bench.tags)
        outcomes.append(Self.unknown)
        let fault: InputFault?
        if let candidate {
            bench.addBoth(set, candidate, &waiting, tally, blockSize)
            fault = waiting.candidate.block.lastVerdict.fault
        } else {
            bench.add(
                set.stable, ScoringBench.stablesInput, &waiting.stable, tally.stable, blockSize)
            fault = waiting.stable.block.lastVerdict.fault
        }
        guard let fault else { return }
        outcomes[waits.outcome] = bench.unscorable(
            by: candidate ?? set.stable,
            candidate == nil ? ScoringBench.stablesInput : ScoringBench.candidatesInput,
            Verdict(score: .nan, classIndex: 0, fault: fault), set)
        waiting.settleLast()
    }

    /// Decides the records that wait, and puts their outcomes where they belong.
    mutating func settle(_ batch: [StagedRecord], _ set: ServingSet) {
        guard waiting.count > 0 else { return }
        progress.advance()
        waiting.stable.decide(set.stable, &tally.stable)
        if let candidate = set.candidate { waiting.candidate.decide(candidate, &tally.candidate) }
        for position in 0..<waiting.count {
            let waits = waiting.record(position)
            let record = batch[waits.place]
            let stable = waiting.stable.block.verdict(position)
            tally.stable.note(stable)
            var decided = (
                version: set.stable, input: ScoringBench.stablesInput, verdict: stable,
                output: waiting.stable.block.output(position), form: set.stableForm
            )
            if let place = waits.candidatePlace, let candidate = set.candidate,
                let form = set.canaryForm
            {
                let tried = waiting.candidate.block.verdict(place)
                tally.candidate.note(tried)
                tally.comparison.note(stable: stable, candidate: tried, cell: waits.cell)
                decided = (
                    candidate, ScoringBench.candidatesInput, tried,
                    waiting.candidate.block.output(place), form
                )
            } else if record.route == .shadow {
                shadowed.append(
                    ShadowedRecord(place: waits.place, stable: stable, cell: waits.cell))
            }
            guard !waits.isSettled else { continue }
            outcomes[waits.outcome] = conclude(
                record, set, decided.version, decided.input, decided.verdict, decided.output,
                decided.form, waiting.tags(of: waits))
        }
        waiting.begin()
    }

    /// What stands in the place of an outcome that is not known yet.
    private static var unknown: RecordOutcome {
        unsafe .prediction(UnsafeBufferPointer(start: nil, count: 0))
    }
}

/// One record's inputs, added to blocks.
extension ScoringBench {
    /// Adds the input of the record at hand that the version wants at that position.
    func add(
        _ version: LoadedVersion, _ input: Int, _ block: inout TimedBlock,
        _ tally: borrowing VersionTally, _ blockSize: Int
    ) {
        let isSample = block.isSample(tally, blockSize)
        let begin = isSample ? MonotonicClock.now : 0
        version.scorer.add(decoder.input(of: input), features, to: block.block)
        if isSample { block.sample(MonotonicClock.now &- begin) }
    }

    /// The inputs of a canary's record, for both versions.
    func addBoth(
        _ set: ServingSet, _ candidate: LoadedVersion, _ waiting: inout WaitingRecords,
        _ tally: borrowing BatchTally, _ blockSize: Int
    ) {
        guard set.sharesFeatures else {
            add(candidate, Self.candidatesInput, &waiting.candidate, tally.candidate, blockSize)
            add(set.stable, Self.stablesInput, &waiting.stable, tally.stable, blockSize)
            return
        }
        let triesSample = waiting.candidate.isSample(tally.candidate, blockSize)
        let isSample = waiting.stable.isSample(tally.stable, blockSize)
        let begin = triesSample || isSample ? MonotonicClock.now : 0
        candidate.scorer.featurizer.features(of: decoder.input, into: features)
        let featurized = triesSample || isSample ? MonotonicClock.now : 0
        candidate.scorer.add(features, to: waiting.candidate.block)
        let tried = triesSample || isSample ? MonotonicClock.now : 0
        set.stable.scorer.add(features, to: waiting.stable.block)
        // Each as if it had featurized alone: a candidate that gains nothing from blocks scores as
        // it is added.
        if triesSample { waiting.candidate.sample(tried &- begin) }
        if isSample {
            waiting.stable.sample(MonotonicClock.now &- tried &+ (featurized &- begin))
        }
    }
}
