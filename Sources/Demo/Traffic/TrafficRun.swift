import Kafka
import Lifecycle
import Platform

/// The stream of a run: feeds, collects, changes the deployment on the way, and checks.
///
/// One thread does it all, in turns of a few milliseconds.
final class TrafficRun {
    let service: DemoService
    let options: DemoOptions
    let scorers: OfflineScorers
    let versions: [DeployedVersion]
    let plan: FeedPlan
    let reader: TopicReader
    let writer: TopicWriter
    let predictions: PredictionReader
    var source: RequestSource
    var pacer: Pacer
    var checker: Checker
    var fleet: FleetView
    var outstanding: OutstandingBytes
    var injector: FaultInjector
    var progress: ProgressLine
    var kept: [String: KeptRecords]
    /// A record that had no room yet.
    var held: FedRecord?
    var fed = 0
    var settled = 0
    var epoch: Int64
    var change: Change?
    var swaps: [Swap] = []
    var progressedNs = MonotonicClock.now
    var startedNs: UInt64 = 0
    var rebalancesBefore = 0

    /// - Parameters:
    ///   - versions: the old and the new one.
    ///   - epoch: of the deployment that is announced already.
    init(
        service: DemoService, source: RequestSource, versions: [DeployedVersion], epoch: Int64,
        progress: ProgressLine
    ) throws(SwerveError) {
        self.service = service
        self.source = source
        self.versions = versions
        self.epoch = epoch
        self.progress = progress
        options = service.options
        plan = FeedPlan(records: options.records, rate: options.rate)
        pacer = Pacer(plan)
        outstanding = OutstandingBytes(partitions: options.partitions)
        injector = FaultInjector(fault: options.inject, after: options.records * 5 / 8)
        fleet = FleetView(
            model: service.model, group: service.group, workers: options.workers)
        predictions = PredictionReader(model: service.model, topic: service.topics.input)
        scorers = try OfflineScorers()
        for version in versions {
            try scorers.load(version, registry: service.workspace.registry)
        }
        let isKept = service.workspace.isKept
        kept = [
            "inputs": KeptRecords(isKept: isKept, isJSON: false),
            "predictions": KeptRecords(isKept: isKept, isJSON: true),
            "dead_letters": KeptRecords(isKept: isKept, isJSON: false),
            "status": KeptRecords(isKept: isKept, isJSON: true),
            "control": KeptRecords(isKept: isKept, isJSON: true),
        ]
        let settings = KafkaSettings(["bootstrap.servers": service.bootstrap])
        let topics = service.topics
        let count = options.partitions
        reader = try TopicReader(
            settings: settings.withDefaults(["fetch.wait.max.ms": "10", "log_level": "3"]),
            topics: [
                (topics.output, count, .beginning), (topics.deadLetters, count, .beginning),
                (topics.control, 1, .beginning), (topics.status, 1, .beginning),
            ], log: Self.quiet)
        do throws(SwerveError) {
            writer = try TopicWriter(
                settings: settings.withDefaults(["linger.ms": "5", "log_level": "3"]),
                log: Self.quiet)
        } catch {
            reader.close()
            throw error
        }
        var base: [Int64] = []
        for partition in 0..<Int32(count) {
            base.append(
                try reader.end(of: topics.input, partition: partition, timeoutMs: Self.askMs))
        }
        checker = Checker(base: base, scoring: scorers)
    }

    /// Waits until every worker serves the first epoch and has its partitions.
    func waitForWorkers() throws(SwerveError) {
        let deadline = Deadline(afterMs: Self.startMs)
        while !fleet.isServing(epoch: epoch, partitions: options.partitions) {
            try turn("waiting for the workers", waitMs: 20)
            if let reason = fleet.rejection(of: epoch) {
                throw SwerveError(.refused, act: "starting the workers", reason: reason)
            }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .timedOut, act: "starting the workers",
                    reason: "not all serve epoch \(epoch) within \(Self.startMs) ms: \(fleet.words)"
                )
            }
        }
        rebalancesBefore = fleet.rebalances
        progress.note(
            "\(options.workers) workers serve epoch \(epoch), version \(versions[0].version)")
    }

    /// Feeds all records and makes the changes on the way.
    func feedAll() throws(SwerveError) {
        startedNs = MonotonicClock.now
        progressedNs = startedNs
        let deadline = Deadline(afterMs: Self.mostMs(options))
        while fed < options.records || settled < FeedPlan.changeCount {
            let count = try feed()
            try turn(phase, waitMs: count == 0 ? 2 : 0)
            try advanceChange()
            guard MonotonicClock.now &- progressedNs < Self.stallNs else {
                throw SwerveError(
                    .timedOut, act: "feeding the workers",
                    reason: "nothing was answered for \(Self.stallNs / 1_000_000_000) s, "
                        + "\(fed - checker.answered) requests wait: \(fleet.words)")
            }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .timedOut, act: "feeding the workers",
                    reason: "only \(checker.answered) of \(options.records) records were answered "
                        + "in \(Self.mostMs(options) / 1_000) s: \(fleet.words)",
                    remedy: "give fewer --records, or fewer a second with --rate")
            }
        }
        try writer.flush(milliseconds: Self.flushMs, act: "feeding \(service.topics.input)")
    }

    /// One turn of everything but feeding.
    func turn(_ phase: String, waitMs: Int32) throws(SwerveError) {
        try collect(milliseconds: waitMs)
        try service.look()
        progress.show(
            ProgressLine.State(
                phase: phase, fed: fed, answered: checker.answered, records: options.records,
                epochs: fleet.epochs))
    }

    func close() {
        progress.clear()
        writer.close()
        reader.close()
    }

    private var phase: String {
        guard let change else { return "" }
        return change.epoch.map { "\(change.kind) to epoch \($0)" } ?? "\(change.kind)"
    }

    /// Feeds what may be fed now.
    private func feed() throws(SwerveError) -> Int {
        let granted = pacer.grant(
            nowNs: MonotonicClock.now, fed: fed, settled: settled, most: Self.chunkRecords)
        var count = 0
        while count < granted {
            let record = held ?? source.next()
            held = nil
            let hash = MurmurHash3.hash32(record.key, seed: Self.partitionSeed)
            let partition = Int(hash % UInt32(options.partitions))
            guard outstanding.hasRoom(partition: partition, record: record.value.count) else {
                held = record
                break
            }
            try writer.write(
                topic: service.topics.input, partition: Int32(partition), key: record.key,
                value: record.value)
            let offset = checker.fed(record, partition: Int32(partition))
            outstanding.fed(partition: partition, record: record.value.count)
            kept["inputs"]?.append(
                StreamRecord(
                    partition: Int32(partition), offset: offset, key: record.key,
                    value: record.value))
            count += 1
        }
        pacer.spend(count)
        fed += count
        return count
    }

    /// Ten minutes, and what the records take at a fifth of their rate.
    private static func mostMs(_ options: DemoOptions) -> Int {
        let rate = options.rate == 0 ? slowestRate : min(options.rate, slowestRate)
        return 600_000 + options.records * 5_000 / max(1, rate)
    }

    /// Records a second that even a busy machine scores, and then some.
    private static let slowestRate = 10_000

    static let quiet: KafkaLogSink = { _, _ in }
    static let askMs: Int32 = 15_000
    private static let startMs = 90_000
    private static let flushMs: Int32 = 60_000
    private static let stallNs: UInt64 = 60_000_000_000
    private static let chunkRecords = 500
    private static let partitionSeed: UInt32 = 0x5357
}
