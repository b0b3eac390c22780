import Inputs
import Kafka
import Lifecycle
import Logging
import Platform
import Scoring
import Serving

/// A producer that keeps what it is given, and tells of deliveries when it is told to.
final class FakeProducer: StreamProducer {
    enum Event: Equatable {
        case appended(value: String, key: String?, partition: Int32, tag: UInt)
        case headersCopied(index: Int)
        case sent
        case deadLetter(index: Int, topic: String, DeadLetterReason, tag: UInt)
    }

    private(set) var events: [Event] = []
    /// Handed over and not told of yet, by tag, oldest first.
    var out: [UInt] = []
    private(set) var servedCount = 0
    /// Runs at each `serve`, as what the broker does meanwhile.
    var onServe: () -> Void = {}
    /// Runs inside `send`, as where the queue is full.
    var onSend: () -> Void = {}
    /// What `send` throws, and nothing was sent.
    var refusal: SwerveError?
    var faults: [KafkaFault] = []
    weak var listener: (any DeliveryListener)?
    var fatalFault: KafkaFault?
    let rights: [KafkaRight] = [.topic("out", "Write")]
    private var staged: [UInt] = []

    func append(
        value: UnsafeBufferPointer<UInt8>, key: UnsafeBufferPointer<UInt8>?, partition: Int32,
        tag: UInt
    ) {
        events.append(
            .appended(
                value: unsafe String(decoding: value, as: UTF8.self),
                key: unsafe key.map { unsafe String(decoding: $0, as: UTF8.self) },
                partition: partition, tag: tag))
        staged.append(tag)
    }

    /// What `takeLeftOutHeaders` says next.
    var leftOutHeaders = 0

    func copyHeaders(of batch: RecordBatch, at index: Int) {
        events.append(.headersCopied(index: index))
    }

    func takeLeftOutHeaders() -> Int {
        defer { leftOutHeaders = 0 }
        return leftOutHeaders
    }

    func send() throws(SwerveError) {
        if let refusal { throw refusal }
        onSend()
        events.append(.sent)
        out += staged
        staged = []
    }

    func sendDeadLetter(
        of batch: RecordBatch, at index: Int, topic: String, reason: DeadLetterReason, tag: UInt
    ) throws(SwerveError) {
        events.append(.deadLetter(index: index, topic: topic, reason, tag: tag))
        out.append(tag)
    }

    func serve(milliseconds: Int32) {
        servedCount += 1
        onServe()
    }

    /// Nil where no broker answers.
    var outputPartitions: Int?

    func outputPartitionCount(timeoutMs: Int32) -> Int? { outputPartitions }

    func takeFaults() -> [KafkaFault] {
        defer { faults = [] }
        return faults
    }

    /// Tells of `count` deliveries, the oldest first.
    func deliver(_ count: Int = .max, failure: String? = nil) {
        for tag in out.prefix(count) {
            listener?.delivered(Delivery(tag: tag, count: 1, failure: failure))
        }
        out.removeFirst(min(count, out.count))
    }

    /// The predictions and the dead letters' places, without the words between.
    var predictions: [String] {
        events.compactMap { if case .appended(let value, _, _, _) = $0 { value } else { nil } }
    }

    var deadLetters: [(index: Int, code: String)] {
        events.compactMap {
            if case .deadLetter(let index, _, let reason, _) = $0 {
                (index, reason.code)
            } else {
                nil
            }
        }
    }
}

/// A consumer whose polls do what they are told.
final class FakeConsumer: StreamConsumer {
    /// By partition.
    var ends: [Int32: Int64] = [:]
    func endOffset(of partition: Int32) -> Int64? { ends[partition] }
    private(set) var stored: [[PartitionOffset]] = []
    /// The waits of all polls, in milliseconds.
    private(set) var waits: [Int32] = []
    /// What happens inside a poll, such as a change of assignment.
    var onPoll: () -> Void = {}
    var fatalFault: KafkaFault?
    /// The next answers; `free` where there is none.
    var standings: [MemberStanding] = []
    private(set) var standingCount = 0
    let rights: [KafkaRight] = [.topic("in", "Read")]
    var faults: [KafkaFault] = []
    var assignmentFailure: SwerveError?
    private(set) var doubtCount = 0
    var isGone = false

    /// The most records that each poll was to take.
    private(set) var limits: [Int] = []
    private(set) var commitCount = 0
    /// What happens as commits are served, such as the brokers' answer.
    var onServeCommits: () -> Void = {}

    /// Where the records of polls come from, and how many the next polls take; none where neither
    /// is said.
    var source: DataConsumer?
    var counts: [Int] = []

    func poll(into batch: RecordBatch, limit: Int, milliseconds: Int32) {
        waits.append(milliseconds)
        limits.append(limit)
        onPoll()
        guard let source else { return }
        batch.release()
        let count = counts.isEmpty ? 0 : counts.removeFirst()
        guard count > 0 else { return }
        source.poll(into: batch, limit: count, milliseconds: 30_000)
    }

    private(set) var isPaused = false
    func pause() { isPaused = true }
    func resume() { isPaused = false }

    func commit() -> Bool {
        commitCount += 1
        return true
    }

    func serveCommits(milliseconds: Int32) { onServeCommits() }

    private(set) var committedAgain: [[PartitionOffset]] = []
    var beginning: [PartitionOffset] = []
    var generation: Int32?
    /// What happens as it takes more partitions: true where it has them.
    var onGrow: (Int) throws(SwerveError) -> Bool = { _ in true }

    func commitAgain(_ positions: [PartitionOffset]) { committedAgain.append(positions) }

    func grow(to partitionCount: Int) throws(SwerveError) -> Bool { try onGrow(partitionCount) }

    func store(_ positions: [PartitionOffset]) {
        if !positions.isEmpty { stored.append(positions) }
    }

    func takeFaults() -> [KafkaFault] {
        defer { faults = [] }
        return faults
    }

    func standing(timeoutMs: Int32) -> MemberStanding {
        standingCount += 1
        return standings.isEmpty ? .free : standings.removeFirst()
    }

    func checkAssignment() throws(SwerveError) {
        if let assignmentFailure { throw assignmentFailure }
    }

    func doubtTopic() { doubtCount += 1 }
    func isTopicGone() -> Bool { isGone }
}

/// Transactions that keep what they are asked for, and answer as they are told.
final class FakeTransactions: StreamTransactions {
    enum Call: Equatable {
        case take, begin, commit, abort
        case sendOffsets([PartitionOffset])
    }

    private(set) var calls: [Call] = []
    /// By call, the next answers; `done` where there is none.
    var answers: [TransactionalDelivery.Call: [TransactionAnswer]] = [:]

    func take(timeoutMs: Int32) -> TransactionAnswer { answer(.take, .take) }
    func begin() -> TransactionAnswer { answer(.begin, .begin) }
    func commit(timeoutMs: Int32) -> TransactionAnswer { answer(.commit, .commit) }
    func abort(timeoutMs: Int32) -> TransactionAnswer { answer(.abort, .abort) }

    func sendOffsets(_ positions: [PartitionOffset], timeoutMs: Int32) -> TransactionAnswer {
        answer(.sendOffsets(positions), .sendOffsets)
    }

    private func answer(_ call: Call, _ kind: TransactionalDelivery.Call) -> TransactionAnswer {
        calls.append(call)
        guard let answer = answers[kind]?.first else { return .done }
        answers[kind]?.removeFirst()
        return answer
    }
}

/// Records whose bytes lie still for as long as this lives.
@safe
final class HeldRecords {
    private var blocks: [UnsafeMutableBufferPointer<UInt8>] = unsafe []

    deinit { unsafe blocks.forEach { unsafe $0.deallocate() } }

    func record(
        _ value: String?, key: String? = nil, partition: Int32 = 0, offset: Int64 = 0
    ) -> RecordView {
        unsafe RecordView(
            value: value.map { unsafe hold($0) }, key: key.map { unsafe hold($0) },
            partition: partition, offset: offset)
    }

    private func hold(_ text: String) -> UnsafeBufferPointer<UInt8> {
        let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, text.utf8.count))
        let end = unsafe block.initialize(fromContentsOf: Array(text.utf8))
        unsafe blocks.append(block)
        return unsafe UnsafeBufferPointer(rebasing: block[..<end])
    }
}

/// What the parts of the poll thread stand on in tests.
enum Streams {
    static func shared(
        partitionCount: Int = 4, servedBefore: Int? = nil, log: WorkerLog? = nil
    ) throws -> WorkerShared {
        try WorkerShared(
            partitionCount: partitionCount, servedBefore: servedBefore,
            log: log ?? WorkerLog(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }

    static func configuration(
        drainMs: Int = WorkerConfiguration.drainMsDefault,
        deadLetterPercent: Int = WorkerConfiguration.deadLetterPercentDefault,
        assignment: WorkerConfiguration.Assignment = .static
    ) -> WorkerConfiguration {
        var configuration = WorkerConfiguration(
            model: "m", group: "g", slot: 2, total: 4, assignment: assignment, start: "earliest",
            artifacts: "", stateFolder: "", kafka: ["bootstrap.servers": "broker:9092"])
        configuration.topics.input = "in"
        configuration.topics.output = "out"
        configuration.drainMs = drainMs
        configuration.deadLetterPercent = deadLetterPercent
        return configuration
    }

    /// A version that says `score` of every text, under its number as digest.
    static func constant(_ version: Int, score: Double, features: Int = 64) throws -> LoadedVersion
    {
        let ngrams = HashedNgrams(
            analyzer: .byte, ngramRange: 1...1, featureCount: features, alternateSign: true,
            lowercase: false, norm: .l2, binary: false)
        return try loaded(
            version, Featurizer(ngrams), weights: Array(repeating: 0, count: features),
            intercept: score)
    }

    /// A version of one weight, on the number of a text's bytes.
    static func weighing(_ version: Int, weight: Double) throws -> LoadedVersion {
        let ngrams = HashedNgrams(
            analyzer: .byte, ngramRange: 1...1, featureCount: 1, alternateSign: false,
            lowercase: false, norm: nil, binary: false)
        return try loaded(version, Featurizer(ngrams), weights: [weight], intercept: 0)
    }

    /// A version that reads a spec's input, with weights of 1.
    static func reading(_ version: Int, spec: String, features: Int) throws -> LoadedVersion {
        try loaded(
            version,
            Featurizer(
                FeaturizerSpec(parsing: Array(spec.utf8), file: "spec.json"),
                modelFeatures: features),
            weights: Array(repeating: 1, count: features), intercept: 0)
    }

    private static func loaded(
        _ version: Int, _ featurizer: Featurizer, weights: [Double], intercept: Double
    ) throws -> LoadedVersion {
        LoadedVersion(
            deployed: DeployedVersion(
                version: version,
                digest: Digest(sha256: [UInt8](repeating: UInt8(version), count: 32))),
            scorer: try Scorer(
                featurizer: featurizer,
                model: Model(
                    classes: ["1", "-1"], weights: weights, intercept: intercept,
                    isLogistic: false), labels: ["attack": "1", "normal": "-1"], threshold: 0))
    }

    static func set(
        _ stable: LoadedVersion, candidate: LoadedVersion? = nil, mode: Candidate.Mode = .canary,
        share: Int = 5_000, epoch: Int64 = 3, requestBytes: Int = Limits.requestBytes,
        input: InputSettings? = nil, threads: Int = 1
    ) throws -> ServingSet {
        let tried = try candidate.map {
            Candidate(deployed: $0.deployed, mode: mode, share: try Share(tenThousandths: share))
        }
        let set = try ServingSet(
            deployment: Deployment(
                model: try ModelName("m"), epoch: epoch, stable: stable.deployed,
                candidate: tried, salt: 7),
            loaded: [stable] + (candidate.map { [$0] } ?? []), inputTopic: "in",
            partitionCount: 4, input: input ?? InputSettings(limitBytes: requestBytes),
            threads: threads, loadedMs: 0)
        guard let set else {
            throw SwerveError(.invalid, act: "making a set", reason: "a version is missing")
        }
        return set
    }

    static func request(_ path: String, id: String? = nil) -> String {
        #"{"method":"GET","path":"\#(path)"\#(id.map { #","id":"\#($0)""# } ?? "")}"#
    }
}
