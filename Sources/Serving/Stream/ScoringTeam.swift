package import Inputs
package import Lifecycle
package import Platform
import Synchronization

/// Scores staged batches on the poll thread, and where there are helpers, on several threads at
/// once: a batch is divided into pieces, each thread takes the next one until none is left, and the
/// poll thread goes on when all are scored.
///
/// ```
///  poll thread   score ──► piece 1, 3, 6 … ──► waits for the others ──► outcomes in order
///  helper               └► piece 2, 4, 5 … ──┘
/// ```
///
/// So nothing is in flight between two batches: order, swaps, the journal of what is at hand, and
/// back pressure are as with one thread, and no queue can grow. Each thread has a `BatchScorer` of
/// its own, with all memory that scoring needs; predictions are the same bytes whichever thread
/// made them.
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
    /// Whether the batch scored last was divided.
    private var isForked = false

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
                        progress: counter), counter))
        }
        own = BatchScorer(
            decoder: decoders[0], capacity: capacity, shadowPercent: shadowPercent,
            predictionBytes: predictionBytes, progress: progress)
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

    deinit { for helper in helpers { helper.end() } }

    /// What it scores by: the set taken up last.
    package var set: ServingSet? { own.set }

    /// Of the batch scored last, one for each of its records, in their order; valid until the next.
    package var outcomes: [RecordOutcome] { isForked ? merged : own.outcomes }

    /// Hands over what each thread counted by version, of the batch scored last and its shadow.
    package func forEachTally(_ body: (BatchTally) -> Void) {
        body(own.tally)
        guard isForked else { return }
        for helper in helpers { body(helper.scorer.tally) }
    }

    /// Scores by `set` from the next batch on, on all threads.
    package mutating func takeUp(_ set: ServingSet) {
        own.takeUp(set)
        for helper in helpers { helper.scorer.takeUp(set) }
        rule.forget()
    }

    /// Scores a batch, which the set taken up last was staged for.
    package mutating func score(_ batch: [StagedRecord]) {
        let begin = rule.wantsTimes ? MonotonicClock.now : 0
        if let piece = rule.piece(of: batch.count) {
            fork(batch, piece: piece)
        } else {
            isForked = false
            own.score(batch)
        }
        if rule.wantsTimes {
            rule.took(
                MonotonicClock.now &- begin, records: batch.count, isForked: isForked)
        }
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
        let isHelped = isForked && !isBehind && helpers.contains { $0.scorer.hasShadow }
        guard isHelped else {
            own.scoreShadow(batch, isBehind: isBehind)
            if isForked {
                for helper in helpers { helper.scorer.scoreShadow(batch, isBehind: isBehind) }
            }
            return
        }
        work.batch = batch
        work.begin(.shadow, helpers)
        own.scoreShadow(batch, isBehind: false)
        join()
    }

    // MARK: - Several threads

    private mutating func fork(_ batch: [StagedRecord], piece: Int) {
        isForked = true
        own.begin()
        ownPieces.removeAll(keepingCapacity: true)
        work.batch = batch
        work.divide(into: piece)
        work.begin(.score, helpers)
        while let places = work.next() {
            ownPieces.append(places.lowerBound)
            own.score(places, of: batch)
        }
        join()
        merge(batch.count, piece: piece)
    }

    /// Waits until no helper is at work; from then on all memory is the poll thread's again.
    ///
    /// The worker is watched by this thread's progress: it comes on as long as any helper does.
    private mutating func join() {
        var seen = helpersProgress
        while work.isUnderWay {
            work.waitForHelpers()
            let now = helpersProgress
            if now != seen { progress.advance() }
            seen = now
        }
        // The router's own again, which does not have to copy it then.
        work.batch = []
    }

    private var helpersProgress: UInt64 {
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
                let place = helpers.firstIndex { helper in
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

/// A thread beside the poll thread, with a scorer of its own.
///
/// `@unchecked Sendable`: between `ForkedWork.begin` and the end of its task everything in it is
/// the helper's thread's, and at all other times the poll thread's; `ForkedWork` orders the two.
private final class ScoringHelper: @unchecked Sendable {
    let place: Int
    var scorer: BatchScorer
    /// Of the batch scored last, where each piece begins that this thread scored.
    private(set) var pieces: [Int] = []
    let progress: ProgressCounter
    let wake: EventFD
    private let work: ForkedWork
    private var thread: OSThread?

    /// - Parameter progress: advances as `scorer` scores.
    init(
        _ place: Int, _ work: ForkedWork, _ scorer: consuming BatchScorer,
        _ progress: ProgressCounter
    ) throws(SwerveError) {
        self.place = place
        self.progress = progress
        self.work = work
        self.scorer = scorer
        wake = try EventFD()
    }

    func reserve(_ capacity: Int) { pieces.reserveCapacity(capacity) }

    func start() {
        thread = OSThread(name: "swerve-score-\(place)") { [self] in run() }
    }

    /// Between two tasks.
    func end() {
        work.begin(.end, [self])
        thread?.join()
        thread = nil
    }

    private func run() {
        while true {
            // Fails only for a descriptor that is not one.
            _ = try? Poll.waitForAny([wake.descriptor], timeoutMs: nil)
            // The latter takes over what the poll thread wrote before.
            guard wake.drain() > 0, work.isUnderWay else { continue }
            switch work.task {
            case .end: return
            case .score: score()
            case .shadow: scorer.scoreShadow(work.batch, isBehind: false)
            }
            work.end()
        }
    }

    private func score() {
        let batch = work.batch
        scorer.begin()
        pieces.removeAll(keepingCapacity: true)
        while let places = work.next() {
            pieces.append(places.lowerBound)
            scorer.score(places, of: batch)
        }
    }
}

/// What the threads of a team do at the moment.
///
/// `@unchecked Sendable`: the poll thread alone writes `task`, `batch` and `piece`, while no helper
/// is at work: before it counts them in, and after it has seen that all have counted themselves
/// out.
private final class ForkedWork: @unchecked Sendable {
    enum Task {
        case score, shadow, end
    }

    private(set) var task = Task.end
    var batch: [StagedRecord] = []
    private var piece = 1
    private let nextStart = Atomic<Int>(0)
    private let atWork = Atomic<Int>(0)
    private let done: EventFD

    init() throws(SwerveError) { done = try EventFD() }

    // MARK: - The poll thread's side

    func divide(into piece: Int) {
        self.piece = piece
        nextStart.store(0, ordering: .relaxed)
    }

    func begin(_ task: Task, _ helpers: [ScoringHelper]) {
        self.task = task
        atWork.store(helpers.count, ordering: .releasing)
        for helper in helpers { helper.wake.signal() }
    }

    /// Any thread of the team.
    var isUnderWay: Bool { atWork.load(ordering: .acquiring) > 0 }

    /// For a moment, or until the last helper is done.
    func waitForHelpers() {
        _ = try? Poll.waitForAny([done.descriptor], timeoutMs: Self.lookMs)
        done.drain()
    }

    // MARK: - Any thread of the team

    /// The next records that nobody has taken yet; nil where all are.
    func next() -> Range<Int>? {
        let start = nextStart.wrappingAdd(piece, ordering: .relaxed).oldValue
        guard start < batch.count else { return nil }
        return start..<min(batch.count, start + piece)
    }

    // MARK: - A helper's side

    func end() {
        if atWork.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            done.signal()
        }
    }

    private static let lookMs = 100
}
