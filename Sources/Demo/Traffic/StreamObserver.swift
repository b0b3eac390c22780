import Fleet
import Inputs
import Kafka
import Lifecycle
import Platform
import Verification

/// Reads everything that a run's service writes, and gives it to the audit and the fleet's watcher.
///
/// One thread.
final class StreamObserver {
    private(set) var audit: LiveAudit
    /// Records that were fed and have no answer yet.
    private var waiting: [StreamPlace: InputRecord] = [:]
    /// Records that were answered, each counted once.
    private(set) var answered = 0
    private(set) var injector: FaultInjector
    private(set) var kept: KeptTopics
    private let service: DemoService
    private let versions: [DeployedVersion]
    private let scorer: EpochScorer
    private let reader: TopicReader
    private let predictions: PredictionReader
    private let clock = SteadyClock()
    private var watcher = FleetWatcher()
    private var history: FleetHistory

    /// - Parameter versions: the old and the new one.
    init(_ service: DemoService, versions: [DeployedVersion]) throws(SwerveError) {
        self.service = service
        self.versions = versions
        let options = service.options
        injector = FaultInjector(fault: options.inject, after: options.records * 5 / 8)
        history = FleetHistory(group: service.group)
        predictions = PredictionReader(model: service.model, topic: service.topics.input)
        scorer = try EpochScorer(
            RecordForm(InputSettings()), ScorerShelf(service.artifacts),
            thoroughEvery: Self.thoroughEvery)
        audit = LiveAudit(
            Self.terms(service), partitions: options.partitions,
            letterPartitions: options.partitions, scoring: scorer
        ) { epoch throws(SwerveError) in try service.epoch(epoch) }
        kept = KeptTopics(service.topics, ledger: service.ledger, isKept: service.workspace.isKept)
        let topics = service.topics
        let count = options.partitions
        reader = try TopicReader(
            settings: service.clientSettings.withDefaults(["fetch.wait.max.ms": "10"]),
            topics: [
                (topics.output, count, .beginning), (topics.deadLetters, count, .beginning),
                (topics.control, 1, .beginning), (topics.status, 1, .beginning),
                (service.ledger, 1, .beginning),
            ], log: DemoService.quiet)
    }

    func close() { reader.close() }

    private static func terms(_ service: DemoService) -> AuditTerms {
        var terms = AuditTerms(
            model: service.model, group: service.group, topics: service.topics,
            ledger: service.ledger, delivery: .exactlyOnce)
        // Far more than the feeder lets wait.
        terms.windowRecords = 32_768
        terms.windowBytes = 4 * OutstandingBytes.boundBytes
        return terms
    }

    /// The verdict over all that was read.
    func report() -> StreamAuditReport { audit.report() }

    /// Scores that were held against the slow reference too.
    var thoroughlyScored: Int64 { scorer.thoroughlyScored }

    /// Every how many predictions the slow reference scorer has a word.
    private static let thoroughEvery = 16

    /// Where a partition of the input topic ends, as the broker has it now.
    func endOfInput(_ partition: Int32) throws(SwerveError) -> Int64 {
        try reader.end(
            of: service.topics.input, partition: partition, timeoutMs: DemoService.askMs)
    }

    /// A record went to the input topic.
    func fed(_ record: InputRecord, at place: StreamPlace) {
        waiting[place] = record
        audit.fed(key: record.key, value: record.value, at: place)
        kept.append(
            StreamRecord(at: place, key: record.key, value: record.value),
            of: service.topics.input)
    }

    // MARK: - Collecting

    /// What a turn of collecting brought.
    struct Collected {
        /// The records that were answered, each with its partition.
        var answered: [(record: InputRecord, partition: Int32)] = []
        /// Records of the output topic that are to be written once more, as the fault that was
        /// asked for.
        var repeated: [StreamRecord] = []
    }

    /// Takes in what is there, waiting up to `milliseconds` for the first record.
    func collect(milliseconds: Int32) throws(SwerveError) -> Collected {
        var collected = Collected()
        var records: [(topic: String, StreamRecord)] = []
        try reader.poll(milliseconds: milliseconds) { topic, record in
            records.append((topic, record))
        }
        for (topic, record) in records { try take(record, of: topic, into: &collected) }
        return collected
    }

    /// Reads predictions, dead letters and the ledger to where their topics end now.
    func collectToEnds(_ body: (Collected) throws(SwerveError) -> Void) throws(SwerveError) {
        let answers = [service.topics.output, service.topics.deadLetters]
        for (topics, partitions) in [
            (answers, service.options.partitions), ([service.ledger, service.topics.control], 1),
        ] {
            try reader.readToEnds(
                of: topics, partitions: partitions, timeoutMs: DemoService.askMs
            ) { topic, record throws(SwerveError) in
                var collected = Collected()
                try take(record, of: topic, into: &collected)
                try body(collected)
            }
        }
    }

    private func take(
        _ record: StreamRecord, of topic: String, into collected: inout Collected
    ) throws(SwerveError) {
        if topic == service.topics.status { return heardStatus(record) }
        guard topic == service.topics.output else {
            return try check(record, of: topic, into: &collected)
        }
        switch injector.pass(record, stale: { stale($0) }) {
        case .withheld: break
        case .passed(let record): try check(record, of: topic, into: &collected)
        case .repeated(let record):
            try check(record, of: topic, into: &collected)
            collected.repeated.append(record)
        }
    }

    private func check(
        _ record: StreamRecord, of topic: String, into collected: inout Collected
    ) throws(SwerveError) {
        kept.append(record, of: topic)
        // Only the first answer finds the record here.
        guard let place = try audit.take(record, of: topic),
            let request = waiting.removeValue(forKey: place)
        else { return }
        answered += 1
        collected.answered.append((request, place.partition))
    }

    /// The prediction as the first version makes it, where only the second one decides.
    private func stale(_ record: StreamRecord) -> StreamRecord? {
        let old = versions[0].version
        guard let prediction = record.value.flatMap({ predictions.read($0) }),
            audit.book[prediction.epoch]?.deployment.stable.version == versions[1].version,
            let before = audit.book.deployments.first(where: { $0.stable.version == old }),
            let request = waiting[prediction.source],
            case .scored(let score, _) = scorer.opinion(
                of: old, in: before, value: request.value, schema: nil)
        else { return nil }
        return FaultInjector.prediction(record, by: old, saying: score)
    }

    // MARK: - The fleet

    private func heardStatus(_ record: StreamRecord) {
        kept.append(record, of: service.topics.status)
        guard let slot = SlotID(key: record.key) else { return }
        let heard = HeardStatus(
            slot: slot, record: record.value.flatMap { StatusRecord(value: $0) }, isOld: false)
        watcher.take(.heard(heard), nowMs: clock.nowMs)
        history.hear(heard)
    }

    /// Whether every slot serves `epoch`, and each partition of the input is one slot's.
    func convergence(epoch: Int64) -> Convergence.Verdict {
        Convergence(
            board: watcher.boards[service.model], wanted: WantedEpoch(epoch: epoch),
            groups: [service.group], partitions: service.options.partitions
        ).verdict(nowMs: clock.nowMs)
    }

    /// The same for an error: what the fleet lacks.
    func fleetWords(epoch: Int64) -> String {
        switch convergence(epoch: epoch) {
        case .converged: "every slot serves epoch \(epoch)"
        case .rejected(let slot, let reason): "slot \(slot.slot) rejects epoch \(epoch): \(reason)"
        case .overtaken(let later): "epoch \(later) is served already"
        case .waiting(let stragglers): Convergence.named(stragglers)
        }
    }

    /// When the last slot polled under `epoch` for the first time, by its own clock; nil until all
    /// have.
    func firstPollOfLastSlotAtMs(epoch: Int64) -> Int64? {
        history.firstPollOfLastSlotAtMs(epoch: epoch, slots: service.options.workers)
    }

    /// What each slot of the group said last; nil for one that was not heard.
    private var records: [StatusRecord?] {
        let board = watcher.boards[service.model]
        return (0..<service.options.workers).map {
            board[SlotID(group: service.group, slot: $0)]?.record
        }
    }

    /// The epoch that each slot serves, by slot; nil where none is.
    var epochs: [Int64?] { records.map { $0?.serving?.epoch } }

    /// Whether each slot has said something since `moment`, wall clock.
    func hasHeardAll(sinceMs moment: Int64) -> Bool {
        records.allSatisfy { ($0?.sentAtMs ?? .min) >= moment }
    }

    /// Changes of assignment after each process's first.
    var rebalances: Int { Int(history.rebalances) }

    /// Processes that took the place of another.
    var restarts: Int { max(0, history.processes - service.options.workers) }

    var longestPollGapMs: Double { history.longestPollGapMs }
}
