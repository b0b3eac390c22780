import Lifecycle
import Platform
import Synchronization

/// A thread beside the poll thread, with a scorer of its own.
///
/// `@unchecked Sendable`: between `ForkedWork.begin` and the end of its task everything in it is
/// the helper's thread's, and at all other times the poll thread's; `ForkedWork` orders the two.
final class ScoringHelper: @unchecked Sendable {
    let place: Int
    var scorer: BatchScorer
    /// Of the batch scored last, where each piece begins that this thread scored.
    private(set) var pieces: [Int] = []
    /// What the part of the batch scored last took that this thread scored.
    private(set) var nanoseconds: UInt64 = 0
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
        let begin = MonotonicClock.now
        scorer.begin()
        pieces.removeAll(keepingCapacity: true)
        defer { nanoseconds = MonotonicClock.now &- begin }
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
final class ForkedWork: @unchecked Sendable {
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

    func begin(_ task: Task, _ helpers: ArraySlice<ScoringHelper>) {
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
