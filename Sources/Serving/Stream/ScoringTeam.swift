package import Inputs
package import Lifecycle
package import Platform

/// Scores staged batches on the poll thread, and where there are helpers, on several threads at
/// once: a batch is divided into pieces, and each thread takes the next one until none is left.
///
/// ```
///  poll thread   start ──► what else it has to do ──► finish: piece 6, 8 … ──► outcomes in order
///  helper            └───► piece 1, 2, 3, 4, 5, 7 … ───────────┘
/// ```
///
/// Between `start` and `finish` the helpers score, and the poll thread does other things; `score`
/// is both at once. One batch at most is between the two, so no queue can grow. Each thread has a
/// `BatchScorer` of its own, with all memory that scoring needs; predictions are the same bytes
/// whichever thread made them.
///
/// Poll thread only. Without helpers it is its one scorer.
package struct ScoringTeam: ~Copyable {
    private var own: BatchScorer
    private let helpers: [ScoringHelper]
    private let work: ForkedWork
    private let progress: ProgressCounter
    private var rule: ForkRule
    private var ownPieces: [Int] = []
    /// The outcomes of a divided batch, and how far each thread's are in it.
    private var merged: [RecordOutcome] = []
    private var taken: [Int]
    /// The batch that the helpers score, and how many of these there are.
    private var forked: (piece: Int, count: Int)?
    /// Whether the batch scored last was divided, and among how many helpers.
    private var isForked = false
    private var awake = 0

    /// - Parameters:
    ///   - decoders: one for each thread that scores; the first is the poll thread's.
    ///   - isByCost: only batches that are costly are divided.
    ///   - capacity: records of a batch at most.
    ///   - shadowPercent: of each thread's time, what a shadow may take.
    ///   - predictionBytes: what the producer takes: of a prediction with its record's key.
    ///   - progress: advances while records are scored, by whatever thread.
    /// - Throws: `.system` where descriptors are short.
    package init(
        decoders: [RecordDecoder], isByCost: Bool = false, capacity: Int, shadowPercent: Int,
        predictionBytes: Int, progress: ProgressCounter
    ) throws(SwerveError) {
        precondition(!decoders.isEmpty, "a team of nobody")
        let work = try ForkedWork()
        var helpers: [ScoringHelper] = []
        for (place, decoder) in decoders.enumerated().dropFirst() {
            let counter = ProgressCounter()
            helpers.append(
                try ScoringHelper(
                    place, work,
                    BatchScorer(
                        decoder: decoder, thread: place, capacity: capacity,
                        shadowPercent: shadowPercent, predictionBytes: predictionBytes,
                        progress: counter, keepsBefore: true), counter))
        }
        own = BatchScorer(
            decoder: decoders[0], capacity: capacity, shadowPercent: shadowPercent,
            predictionBytes: predictionBytes, progress: progress,
            keepsBefore: !helpers.isEmpty)
        rule = ForkRule(threads: decoders.count, isByCost: isByCost)
        taken = Array(repeating: 0, count: decoders.count)
        self.work = work
        self.helpers = helpers
        self.progress = progress
        for helper in helpers {
            helper.reserve(capacity)
            helper.start()
        }
        guard !helpers.isEmpty else { return }
        merged.reserveCapacity(capacity)
        ownPieces.reserveCapacity(capacity)
    }

    deinit {
        if forked != nil { Self.join(work, helpers, progress) }
        for helper in helpers { helper.end() }
    }

    /// What it scores by: the set taken up last.
    package var set: ServingSet? { own.set }

    /// Of the batch finished last, one for each of its records, in their order; valid until
    /// another one is finished, and what they point to until the next but one is started.
    package var outcomes: [RecordOutcome] { isForked ? merged : own.outcomes }

    /// Hands over what each thread counted by version, of the batch finished last and its shadow.
    ///
    /// Before another batch is started.
    package func forEachTally(_ body: (BatchTally) -> Void) {
        body(own.tally)
        guard isForked else { return }
        for helper in helpers.prefix(awake) { body(helper.scorer.tally) }
    }

    /// Scores by `set` from the next batch on, on all threads; while nothing is under way.
    package mutating func takeUp(_ set: ServingSet) {
        precondition(forked == nil, "another set within a batch")
        own.takeUp(set)
        for helper in helpers { helper.scorer.takeUp(set) }
        rule.forget()
    }

    /// Whether a batch of so many records is one for `start`.
    package func divides(_ count: Int) -> Bool { rule.piece(of: count) != nil }

    /// Scores a batch, which the set taken up last was staged for.
    package mutating func score(_ batch: [StagedRecord]) {
        guard rule.piece(of: batch.count) != nil else { return scoreAlone(batch) }
        start(batch)
        finish()
    }

    private mutating func scoreAlone(_ batch: [StagedRecord]) {
        precondition(forked == nil, "two batches at once")
        isForked = false
        let begin = rule.wantsTimes ? MonotonicClock.now : 0
        own.score(batch)
        if rule.wantsTimes { rule.took(MonotonicClock.now &- begin, records: batch.count) }
    }

    /// Has the helpers score a batch, which the set taken up last was staged for; it lies still
    /// until `finish`.
    package mutating func start(_ batch: [StagedRecord]) {
        precondition(forked == nil, "two batches at once")
        let piece = rule.piece(of: batch.count) ?? max(1, batch.count)
        awake = rule.helpers(of: batch.count)
        forked = (piece, batch.count)
        own.begin()
        ownPieces.removeAll(keepingCapacity: true)
        work.batch = batch
        work.divide(into: piece)
        work.begin(.score, helpers.prefix(awake))
    }

    /// Whether a batch is started and not finished.
    package var isUnderWay: Bool { forked != nil }

    /// Scores what nobody has taken yet of the batch that was started, and waits for the helpers:
    /// its outcomes are there then.
    package mutating func finish() {
        guard let (piece, count) = forked else { return }
        let begin = MonotonicClock.now
        while let places = work.next() {
            ownPieces.append(places.lowerBound)
            own.score(places, of: work.batch)
        }
        var nanoseconds = MonotonicClock.now &- begin
        Self.join(work, helpers, progress)
        forked = nil
        isForked = true
        merge(count, piece: piece)
        guard rule.wantsTimes else { return }
        for helper in helpers.prefix(awake) { nanoseconds &+= helper.nanoseconds }
        rule.took(nanoseconds, records: count)
    }

    /// Reads and scores nothing of a batch: workers died of its records.
    package mutating func refuse(_ batch: [StagedRecord]) {
        isForked = false
        own.refuse(batch)
    }

    /// Scores for the shadow what its time allows of the batch scored last, each thread what it
    /// scored before; the rest is shed.
    ///
    /// - Parameter isBehind: more records wait, or the worker stops: all of them are shed.
    package mutating func scoreShadow(_ batch: [StagedRecord], isBehind: Bool) {
        let others = helpers.prefix(isForked ? awake : 0)
        guard !isBehind, others.contains(where: { $0.scorer.hasShadow }) else {
            own.scoreShadow(batch, isBehind: isBehind)
            for helper in others { helper.scorer.scoreShadow(batch, isBehind: isBehind) }
            return
        }
        work.batch = batch
        work.begin(.shadow, others)
        own.scoreShadow(batch, isBehind: false)
        Self.join(work, helpers, progress)
    }

    // MARK: - Several threads

    /// Waits until no helper is at work; from then on all memory is the poll thread's again.
    ///
    /// The worker is watched by this thread's progress: it comes on as long as any helper does.
    private static func join(
        _ work: ForkedWork, _ helpers: [ScoringHelper], _ progress: ProgressCounter
    ) {
        var seen = Self.progress(of: helpers)
        while work.isUnderWay {
            work.waitForHelpers()
            let now = Self.progress(of: helpers)
            if now != seen { progress.advance() }
            seen = now
        }
        // The router's own again, which does not have to copy it then.
        work.batch = []
    }

    private static func progress(of helpers: [ScoringHelper]) -> UInt64 {
        helpers.reduce(0) { $0 &+ $1.progress.value }
    }

    /// Puts the outcomes in the order of the records: each thread has those of its pieces, in
    /// their order.
    private mutating func merge(_ count: Int, piece: Int) {
        merged.removeAll(keepingCapacity: true)
        for place in taken.indices { taken[place] = 0 }
        var start = 0
        while start < count {
            let end = min(count, start + piece)
            if ownPieces.count > taken[0], ownPieces[taken[0]] == start {
                append(own.outcomes, of: 0, piece, end - start)
            } else {
                let place = helpers.prefix(awake).firstIndex { helper in
                    let next = taken[helper.place]
                    return helper.pieces.count > next && helper.pieces[next] == start
                }
                guard let place else { preconditionFailure("a piece that nobody scored") }
                append(helpers[place].scorer.outcomes, of: place + 1, piece, end - start)
            }
            start = end
        }
    }

    private mutating func append(
        _ outcomes: [RecordOutcome], of place: Int, _ piece: Int, _ count: Int
    ) {
        let from = taken[place] * piece
        merged.append(contentsOf: outcomes[from..<(from + count)])
        taken[place] += 1
    }
}
