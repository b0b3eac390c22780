import Fleet
import Kafka
import Lifecycle
import Platform
import Verification

/// Reads everything that a run's service writes, and gives it to the checker and the fleet's
/// watcher.
///
/// One thread.
final class StreamObserver {
    private(set) var checker: StreamChecker
    private(set) var injector: FaultInjector
    private(set) var kept: KeptTopics
    private let service: DemoService
    private let versions: [DeployedVersion]
    private let scorers: OfflineScorers
    private let reader: TopicReader
    private let events: StreamEventReader
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
        events = StreamEventReader(model: service.model, topics: service.topics)
        scorers = try OfflineScorers()
        for version in versions { try scorers.load(version, from: service.artifacts) }
        checker = StreamChecker(partitions: options.partitions, scoring: scorers)
        kept = KeptTopics(service.topics, isKept: service.workspace.isKept)
        let topics = service.topics
        let count = options.partitions
        reader = try TopicReader(
            settings: service.clientSettings.withDefaults(["fetch.wait.max.ms": "10"]),
            topics: [
                (topics.output, count, .beginning), (topics.deadLetters, count, .beginning),
                (topics.control, 1, .beginning), (topics.status, 1, .beginning),
            ], log: DemoService.quiet)
    }

    func close() { reader.close() }

    /// Where a partition of the input topic ends, as the broker has it now.
    func endOfInput(_ partition: Int32) throws(SwerveError) -> Int64 {
        try reader.end(
            of: service.topics.input, partition: partition, timeoutMs: DemoService.askMs)
    }

    /// A record went to the input topic.
    func fed(_ record: InputRecord, at place: StreamPlace) {
        checker.fed(record, at: place)
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
        try reader.poll(milliseconds: milliseconds) { topic, record in
            take(record, of: topic, into: &collected)
        }
        return collected
    }

    /// Reads predictions and dead letters to where their topics end now.
    func collectToEnds(_ body: (Collected) throws(SwerveError) -> Void) throws(SwerveError) {
        let topics = [service.topics.output, service.topics.deadLetters]
        try reader.readToEnds(
            of: topics, partitions: service.options.partitions, timeoutMs: DemoService.askMs
        ) { topic, record throws(SwerveError) in
            var collected = Collected()
            take(record, of: topic, into: &collected)
            try body(collected)
        }
    }

    private func take(
        _ record: StreamRecord, of topic: String, into collected: inout Collected
    ) {
        if topic == service.topics.status { return heardStatus(record) }
        guard topic == service.topics.output else {
            return check(record, of: topic, into: &collected)
        }
        switch injector.pass(record, stale: { stale($0) }) {
        case .withheld: break
        case .passed(let record): check(record, of: topic, into: &collected)
        case .repeated(let record):
            check(record, of: topic, into: &collected)
            collected.repeated.append(record)
        }
    }

    private func check(
        _ record: StreamRecord, of topic: String, into collected: inout Collected
    ) {
        kept.append(record, of: topic)
        guard let event = events.event(of: record, on: topic),
            let answered = checker.take(event)
        else { return }
        // Only the first answer names the record, and its place is that of the record.
        let partition: Int32 =
            switch event {
            case .predicted(let prediction, _): prediction.partition
            case .deadLetter(let letter): letter.source.partition
            default: record.place.partition
            }
        collected.answered.append((answered, partition))
    }

    /// The prediction as the first version makes it, where only the second one decides.
    private func stale(_ record: StreamRecord) -> StreamRecord? {
        guard let prediction = events.prediction(record),
            let deployment = checker.deployment(epoch: prediction.epoch),
            deployment.stable.version == versions[1].version,
            let request = checker.waiting(at: prediction.source),
            let old = scorers.scores(
                version: versions[0].version, value: request.value, isThorough: false
            ).first
        else { return nil }
        return FaultInjector.prediction(record, by: versions[0].version, saying: old)
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
