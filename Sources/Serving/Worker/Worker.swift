import Configuration
import Kafka
package import Lifecycle
import Platform
import SchemaRegistry

/// One worker process: makes its threads, joins them, and says how it ended.
///
/// - topics thread, at the start alone: `checkTopics`
/// - poll thread: `ScoringLoop`
/// - control thread: `ControlLoop`
/// - schemas thread, of Avro alone: `SchemaService`
/// - loader thread: `LoadQueue`, which runs `VersionLoader`
/// The thread that calls `run` waits for the caller's stop and for the first failure, and watches
/// whether the poll thread comes on.
package struct Worker: Sendable {
    private let configuration: WorkerConfiguration
    private let source: any ArtifactSource
    private let log: WorkerLog
    private let wording: @Sendable (SwerveError) -> SwerveError

    /// - Parameter wording: what an error says to who reads the worker's status.
    package init(
        configuration: WorkerConfiguration, source: any ArtifactSource, log: WorkerLog,
        wording: @escaping @Sendable (SwerveError) -> SwerveError = { $0 }
    ) {
        self.wording = wording
        self.configuration = configuration
        self.source = source
        self.log = log
    }

    /// Runs until one of `stopDescriptors` becomes readable (a signal, the parent's end) or the
    /// worker itself has to end.
    ///
    /// - Parameter isLeave: asked once one of them is readable: whether the place in the group is
    ///   to be given back.
    package func run(
        stopDescriptors: [Int32], isLeave: () -> Bool = { false }
    ) -> WorkerOutcome {
        do throws(SwerveError) {
            let model = try ModelName(configuration.model)
            let memory = try SlotMemoryFile(
                folder: configuration.stateFolder, slot: configuration.slotID, model: model)
            guard let counts = try checkTopics(stopDescriptors, memory) else {
                return isLeave() ? .left : .stopped
            }
            guard
                let form = try configuration.predictionFormat(
                    log: self.log, stopDescriptors: stopDescriptors)
            else { return isLeave() ? .left : .stopped }
            let log = log
            let trust = try configuration.trust.map { trust throws(SwerveError) in
                try TrustKeeper(
                    trust, topic: configuration.topics.control,
                    isDevelopment: configuration.isDevelopment, wording: wording,
                    warn: { log.warning($0) })
            }
            let shared = try WorkerShared(
                partitionCount: counts.partitions, servedBefore: counts.before,
                deadLetterPartitionCount: counts.deadLetters, limits: counts.limits,
                hasLedger: counts.side.hasLedger,
                statusPartitionCount: counts.side.statusPartitions, log: log)
            let threads = try begin(
                shared,
                try controlParts(
                    model: model, memory: memory, trust: trust, form: form,
                    partitionCount: shared.partitionCount))
            return end(
                threads, shared,
                isInTime: waitForEnd(shared, stopDescriptors, isLeave))
        } catch {
            return .refused(error)
        }
    }

    private typealias Found = (
        partitions: Int, before: Int?, deadLetters: Int, limits: TopicLimits,
        side: TopicCheck.SideTopics
    )

    private func found(
        _ partitions: Int, before: Int?, _ deadLetters: Int, _ check: TopicCheck,
        _ administrator: TopicAdministrator
    ) throws(SwerveError) -> Found {
        let side = try check.sideTopics(administrator)
        if !side.hasLedger, configuration.topics.ledger != TopicNames.none {
            log.warning(check.wordsOfMissingLedger(administrator))
        }
        return (partitions, before, deadLetters, try check.limits(administrator), side)
    }

    /// The topics as they are found; nil where a stop came first.
    ///
    /// On a thread of its own, which may be asking brokers that do not answer: it is left then, and
    /// nothing of it counts.
    private func checkTopics(
        _ stopDescriptors: [Int32], _ memory: SlotMemoryFile
    ) throws(SwerveError) -> Found? {
        let (stopped, done) = (try EventFD(), try EventFD())
        let found = Guarded<Result<Found?, SwerveError>>(.success(nil))
        let thread = OSThread(name: "swerve-topics") {
            let result: Result<Found?, SwerveError>
            do throws(SwerveError) {
                result = .success(try checkTopics([stopped.descriptor], memory: memory))
            } catch {
                result = .failure(error)
            }
            found.withLock { $0 = result }
            done.signal()
        }
        let ready = try? Poll.waitForAny(stopDescriptors + [done.descriptor], timeoutMs: nil)
        guard ready?.contains(done.descriptor) == true else {
            log.info("stopping, before the topics were found: nothing was read")
            stopped.signal()
            thread.leave()
            return nil
        }
        thread.join()
        return try found.withLock { $0 }.get()
    }

    /// Waits for the brokers without end, and for topics that somebody is making grow for a while;
    /// anything else is named at once.
    private func checkTopics(
        _ stopDescriptors: [Int32], memory: SlotMemoryFile
    ) throws(SwerveError) -> Found? {
        let administrator = try TopicAdministrator(
            settings: configuration.baseSettings, log: log.kafka)
        defer { administrator.close() }
        let check = TopicCheck(
            topics: configuration.topics, isDevelopment: configuration.isDevelopment,
            needsAppendTimes: configuration.trust != nil, rights: configuration.rights)
        // The thread that needs more of that file tells what is wrong with it.
        let served = try configuration.servedInputFile()?.read(log: { _ in })
        var patience = TopicPatience(hasServed: memory.exists, served: served?.partitions)
        while true {
            do throws(SwerveError) {
                switch try check.run(administrator) {
                case .fits(let partitions, let deadLetters):
                    return try found(
                        partitions, before: served?.partitions, deadLetters, check, administrator)
                case .isBehind(let error, let both, let deadLetters):
                    switch patience.behind(both: both, at: MonotonicClock.now) {
                    // The control thread tells what is not served.
                    case .serveBoth:
                        return try found(
                            both, before: served?.partitions, deadLetters, check, administrator)
                    case .giveUp: throw error
                    case .wait(let isNews):
                        guard isNews else { break }
                        log.warning(
                            "\(error.description); waiting for it, up to "
                                + "\(TopicPatience.patienceSeconds) s")
                    }
                }
            } catch {
                guard error.isRetryable else { throw error }
                log.passing(error.description)
            }
            let ready = try Poll.waitForAny(stopDescriptors, timeoutMs: Self.topicRetryMs)
            if !ready.isEmpty { return nil }
        }
    }

    /// What the control thread has, and of it the loader that the loader thread runs.
    private func controlParts(
        model: ModelName, memory: SlotMemoryFile, trust: TrustKeeper?, form: PredictionForm.Format,
        partitionCount: Int
    ) throws(SwerveError) -> ControlLoop.Parts {
        let log = log
        let manager = VersionManager(
            model: model, memory: memory.read(isTrusting: trust != nil, log: log.warning),
            requiresSignedArtifacts: trust?.requiresSignedArtifacts ?? false)
        let loader = VersionLoader(
            cache: try ArtifactCache(folder: configuration.stateFolder, source: source),
            trust: trust, inputTopic: configuration.topics.input, partitionCount: partitionCount,
            input: try configuration.input(), form: form, threads: configuration.scoringThreads,
            warn: { log.warning($0) })
        let incarnation = StatusRecord.Incarnation(
            id: ProcessIdentity.makeUUID(), startedAtMs: WallClock.nowMs,
            host: ProcessIdentity.hostName, pid: ProcessIdentity.processID)
        let heartbeats = try HeartbeatKey.read(configuration)
        if let doubt = heartbeats.doubt { log.warning(doubt) }
        return ControlLoop.Parts(
            incarnation: incarnation, manager: manager, loader: loader, memory: memory,
            trust: trust, heartbeatSigner: heartbeats.signer)
    }

    /// Those that `end` joins, or leaves.
    private struct Threads {
        let loader: OSThread
        let control: OSThread
        let poll: OSThread
        let schemas: SchemaService?
    }

    private func begin(
        _ shared: WorkerShared, _ parts: ControlLoop.Parts
    ) throws(SwerveError) -> Threads {
        let configuration = configuration
        let schemas = try configuration.schemaService(log: log) { shared.fail($0) }
        let loader = OSThread(name: "swerve-loader", niceness: Self.loaderNiceness) {
            shared.queue.run(parts.loader)
        }
        let control = OSThread(name: "swerve-control") {
            do throws(SwerveError) {
                try ControlLoop(configuration: configuration, shared: shared, parts).run()
            } catch {
                shared.fail(error)
            }
        }
        let poll = OSThread(name: "swerve-poll") {
            do throws(SwerveError) {
                let outcome = try ScoringLoop(
                    configuration: configuration, shared: shared, schemas: schemas?.table
                ).run()
                shared.controlMayEnd(with: outcome)
            } catch {
                shared.fail(error)
                shared.controlMayEnd(with: .refused(error))
            }
        }
        return Threads(loader: loader, control: control, poll: poll, schemas: schemas)
    }

    /// Waits for the threads, and says how the worker ended.
    ///
    /// - Parameter isInTime: false where the poll thread has stalled.
    private func end(
        _ threads: Threads, _ shared: WorkerShared, isInTime: Bool
    ) -> WorkerOutcome {
        guard isInTime else {
            // What the poll thread holds is not to be touched; the others take their leave.
            LastResort.endProcess(afterMs: Self.leaveMs)
            shared.controlMayEnd(with: Self.stalled)
            threads.control.join()
            threads.poll.leave()
            threads.loader.leave()
            threads.schemas?.stop()
            return Self.stalled
        }
        // The supervisor may be gone, and with it whoever would end a close that waits for a dead
        // broker; what is not committed then is scored again.
        LastResort.endProcess(afterMs: configuration.drainMs + Self.closeMs)
        shared.signals.stop()
        threads.poll.join()
        threads.control.join()
        shared.queue.stop()
        threads.loader.join()
        threads.schemas?.stop()
        return shared.failure ?? shared.stopOutcome
    }

    /// Waits for a stop or a failure; false where the poll thread has stalled before.
    ///
    /// A stop has its own bound, and none of the thread's waits for brokers is a stall.
    private func waitForEnd(
        _ shared: WorkerShared, _ stopDescriptors: [Int32], _ isLeave: () -> Bool
    ) -> Bool {
        var watch = StallWatch(at: MonotonicClock.now)
        while true {
            guard
                let ready = try? Poll.waitForAny(
                    stopDescriptors + [shared.endWanted.descriptor], timeoutMs: StallWatch.lookMs)
            else { return true }
            if !ready.isEmpty {
                if !ready.contains(shared.endWanted.descriptor) {
                    if isLeave() { shared.signals.leave() }
                    log.info(shared.signals.isLeaving ? "leaving the group" : "stopping")
                }
                return true
            }
            if watch.look(shared.progress.value, at: MonotonicClock.now) { return false }
        }
    }

    private static let stalled = WorkerOutcome.stalled(
        "the thread that polls and scores has not come on for \(StallWatch.limitMs / 1_000) s; "
            + "this process ends, and what it has not committed is scored again")
    /// For the last word of a worker that has stalled.
    private static let leaveMs = 5_000
    private static let topicRetryMs = 1_000
    private static let closeMs = 15_000
    private static let loaderNiceness = 10
}

extension ControlLoop {
    /// What a worker makes for its control thread, before there is one.
    struct Parts {
        let incarnation: StatusRecord.Incarnation
        let manager: VersionManager
        /// The loader thread's too.
        let loader: VersionLoader
        let memory: SlotMemoryFile
        let trust: TrustKeeper?
        /// Nil where heartbeats are not signed.
        var heartbeatSigner: HeartbeatSigner?
    }
}
