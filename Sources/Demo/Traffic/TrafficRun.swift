import Fleet
import Kafka
import Lifecycle
import Platform
import Verification

/// The stream of a run from the first status to the last answer: waits for the workers, feeds
/// requests and changes the deployment on the way, collects what comes back.
///
/// One thread does it all, in turns of a few milliseconds.
final class TrafficRun {
    private let service: DemoService
    private let options: DemoOptions
    private let observer: StreamObserver
    private let feeder: RequestFeeder
    private let writer: TopicWriter
    private let changes: ChangeSequence
    private let first: DeployedVersion
    private var progress: ProgressLine
    private var progressedNs = MonotonicClock.now
    private var startedNs: UInt64 = 0
    private var rebalancesBefore = 0

    /// - Parameters:
    ///   - versions: the old and the new one.
    ///   - epoch: of the deployment that is announced already.
    init(
        service: DemoService, source: RequestSource, versions: [DeployedVersion], epoch: Int64,
        progress: ProgressLine
    ) throws(SwerveError) {
        self.service = service
        self.progress = progress
        options = service.options
        first = versions[0]
        changes = ChangeSequence(service, second: versions[1], epoch: epoch)
        observer = try StreamObserver(service, versions: versions)
        do throws(SwerveError) {
            writer = try TopicWriter(
                settings: service.clientSettings.withDefaults(["linger.ms": "5"]),
                log: DemoService.quiet)
        } catch {
            observer.close()
            throw error
        }
        var ends: [Int64] = []
        do throws(SwerveError) {
            for partition in 0..<Int32(options.partitions) {
                ends.append(try observer.endOfInput(partition))
            }
        } catch {
            writer.close()
            observer.close()
            throw error
        }
        feeder = RequestFeeder(
            source, plan: FeedPlan(records: options.records, rate: options.rate), writer: writer,
            topic: service.topics.input, ends: ends)
    }

    func close() {
        progress.clear()
        writer.close()
        observer.close()
    }

    // MARK: - The steps, in their order

    /// Waits until every worker serves the first epoch and has its partitions.
    func waitForWorkers() throws(SwerveError) {
        let epoch = changes.epoch
        let deadline = Deadline(afterMs: Self.startMs)
        while observer.convergence(epoch: epoch) != .converged {
            try turn("waiting for the workers", waitMs: 20)
            if case .rejected = observer.convergence(epoch: epoch) {
                throw SwerveError(
                    .refused, act: "starting the workers",
                    reason: observer.fleetWords(epoch: epoch))
            }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .timedOut, act: "starting the workers",
                    reason: "not all serve epoch \(epoch) within \(Self.startMs) ms: "
                        + observer.fleetWords(epoch: epoch))
            }
        }
        rebalancesBefore = observer.rebalances
        progress.note(
            "\(options.workers) workers serve epoch \(epoch), version \(first.version)")
    }

    /// Feeds all records and makes the changes on the way.
    func feedAll() throws(SwerveError) {
        startedNs = MonotonicClock.now
        progressedNs = startedNs
        let deadline = Deadline(afterMs: Self.mostMs(options))
        while feeder.fed < options.records || changes.swaps.count < FeedPlan.changeCount {
            let count = try feeder.feed(settled: changes.swaps.count) { observer.fed($0, at: $1) }
            try turn(changes.phase, waitMs: count == 0 ? 2 : 0)
            try advanceChanges()
            try checkProgress(deadline)
        }
        try feeder.flush()
    }

    /// Collects what is still on its way, stops the service, and reads all topics to their ends.
    ///
    /// - Returns: the moment of the last answer, monotonic.
    func finish() throws(SwerveError) -> UInt64 {
        try feeder.checkOffsets { partition throws(SwerveError) in
            try observer.endOfInput(partition)
        }
        progressedNs = MonotonicClock.now
        while observer.answered < feeder.fed,
            MonotonicClock.now &- progressedNs < silenceNs
        {
            try turn("collecting the last answers", waitMs: 5)
        }
        let answeredNs = progressedNs
        let moment = WallClock.nowMs
        let deadline = Deadline(afterMs: Int(Self.heartbeatMs))
        while !observer.hasHeardAll(sinceMs: moment), !deadline.hasPassed {
            try turn("waiting for the last status", waitMs: 20)
        }
        try service.stopServe()
        let act = "writing to \(service.topics.output)"
        try writer.flush(milliseconds: DemoService.askMs, act: act)
        try observer.collectToEnds { collected throws(SwerveError) in try noteAnswers(collected) }
        let injector = observer.injector
        if let fault = injector.fault, !injector.isPlanted {
            throw SwerveError(
                .refused, act: "planting the fault '\(fault.rawValue)'",
                reason: "no prediction came that it could be planted in",
                problem: Problem(.faultNotPlanted))
        }
        return answeredNs
    }

    /// - Parameter answeredNs: the moment of the last answer.
    func report(answeredNs: UInt64) -> DemoReport {
        DemoReport(
            setup: DemoReport.Setup(
                workers: options.workers, partitions: options.partitions,
                broker: options.bootstrap ?? "development",
                source: feeder.words(files: options.requestFiles, seed: options.seed),
                injected: options.inject,
                keptIn: service.workspace.isKept ? service.workspace.folder : nil),
            audit: observer.report(), labels: observer.audit.labels,
            thoroughlyScored: observer.thoroughlyScored, swaps: changes.swaps,
            workers: DemoReport.Workers(
                rebalances: max(0, observer.rebalances - rebalancesBefore),
                restarts: observer.restarts, longestPollGapMs: observer.longestPollGapMs),
            durationS: Double(answeredNs &- startedNs) / 1e9)
    }

    /// Writes the topics' records beside the registry.
    func keep() throws(SwerveError) { try observer.kept.write(to: service.workspace) }

    // MARK: - A turn

    /// One turn of everything but feeding.
    private func turn(_ phase: String, waitMs: Int32) throws(SwerveError) {
        try noteAnswers(try observer.collect(milliseconds: waitMs))
        try service.look()
        progress.show(
            ProgressLine.State(
                phase: phase, fed: feeder.fed, answered: observer.answered,
                records: options.records, epochs: observer.epochs))
    }

    private func noteAnswers(_ collected: StreamObserver.Collected) throws(SwerveError) {
        if !collected.answered.isEmpty { progressedNs = MonotonicClock.now }
        for (record, partition) in collected.answered {
            feeder.answered(record, partition: partition)
        }
        for record in collected.repeated {
            try writer.write(
                topic: service.topics.output, partition: record.place.partition, key: record.key,
                value: record.value)
        }
    }

    private func advanceChanges() throws(SwerveError) {
        let isDue = feeder.plan.isDue(fed: feeder.fed, settled: changes.swaps.count)
        guard let swap = try changes.advance(isDue: isDue, observer: observer) else { return }
        progress.note(
            "\(swap.kind) \(swap.kind == .rollback ? "to" : "of") version \(swap.version): "
                + "every worker serves epoch \(swap.epoch) after \(swap.convergenceMs) ms, "
                + "at record \(DemoReport.grouped(feeder.fed))")
    }

    private func checkProgress(_ deadline: Deadline) throws(SwerveError) {
        let answered = observer.answered
        guard MonotonicClock.now &- progressedNs < Self.stallNs else {
            throw SwerveError(
                .timedOut, act: "feeding the workers",
                reason: "nothing was answered for \(Self.stallNs / 1_000_000_000) s, "
                    + "\(feeder.fed - answered) requests wait: "
                    + observer.fleetWords(epoch: changes.epoch))
        }
        guard !deadline.hasPassed else {
            throw SwerveError(
                .timedOut, act: "feeding the workers",
                reason: "only \(answered) of \(options.records) records were answered "
                    + "in \(Self.mostMs(options) / 1_000) s: "
                    + observer.fleetWords(epoch: changes.epoch),
                problem: Problem(.demoTooLong))
        }
    }

    /// After so much silence what is missing is lost, and the report says so: soon while all
    /// workers are up and have their partitions, later while a group may still be finding itself.
    private var silenceNs: UInt64 {
        let isWhole =
            observer.convergence(epoch: changes.epoch) == .converged
            && observer.hasHeardAll(sinceMs: WallClock.nowMs - Self.heartbeatMs)
        guard isWhole else { return Self.quietWhileAbsentNs }
        return options.bootstrap == nil ? Self.quietNs : Self.quietOnRealBrokersNs
    }

    /// Ten minutes, and what the records take at a fifth of their rate.
    private static func mostMs(_ options: DemoOptions) -> Int {
        let rate = options.rate == 0 ? slowestRate : min(options.rate, slowestRate)
        return 600_000 + options.records * 5_000 / max(1, rate)
    }

    /// Records a second that even a busy machine scores, and then some.
    private static let slowestRate = 10_000
    private static let startMs = 90_000
    private static let stallNs: UInt64 = 60_000_000_000
    private static let quietNs: UInt64 = 5_000_000_000
    private static let quietOnRealBrokersNs: UInt64 = 20_000_000_000
    /// Above the time in which a group notices a dead member.
    private static let quietWhileAbsentNs: UInt64 = 90_000_000_000
    private static let heartbeatMs: Int64 = 3_000
}
