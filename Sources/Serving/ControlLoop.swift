import Kafka
import Lifecycle
import Platform

/// The control thread: reads the control topic, decides what to load, and reports.
///
/// Owns the control consumer (a handle of its own, assigned, no group, no commits) and the status
/// producer. Nothing it does waits for the data, so lag never delays a promotion.
final class ControlLoop {
    private let configuration: WorkerConfiguration
    private let shared: WorkerShared
    private let incarnation: StatusRecord.Incarnation
    private var tracker: DeploymentTracker
    private let trust: TrustKeeper?
    /// What the trust refused last, and by which state of the file: that may be mended.
    private var refused: (record: TopicRecord, generation: Int)?
    private let reader: TopicReader
    private let reporter: StatusReporter
    private var catchUp: (ticket: Int, end: Int64)?
    private var needsReport = false
    private var takenReported: Int64 = 0
    private var sentAt: UInt64 = 0
    private var idle = (records: Int64(0), since: UInt64(0), isTrimmed: true)

    init(
        configuration: WorkerConfiguration, shared: WorkerShared,
        incarnation: StatusRecord.Incarnation, tracker: DeploymentTracker, trust: TrustKeeper?
    ) throws(SwerveError) {
        self.configuration = configuration
        self.shared = shared
        self.incarnation = incarnation
        self.tracker = tracker
        self.trust = trust
        reader = try TopicReader(
            settings: configuration.baseSettings.overlaid(
                with: KafkaSettings(configuration.kafkaConsumer)),
            topics: [
                (configuration.topics.control, 1, .beginning),
                (configuration.topics.status, 1, .end),
            ], log: shared.log.kafka)
        do throws(SwerveError) {
            reporter = try StatusReporter(
                configuration: configuration, incarnation: incarnation, board: shared.board,
                slot: shared.slot, state: shared.state, log: shared.log)
        } catch {
            reader.close()
            throw error
        }
    }

    /// The thread's body; returns once the poll thread has ended.
    func run() {
        replay()
        while shared.ending == nil { turn() }
        reporter.close(isCleanStop: shared.ending == .stopped)
        reader.close()
    }

    /// Reads the topic to its end as it stands now, before anything is joined.
    private func replay() {
        guard let end = endOfControl() else { return }
        while reader.position(of: configuration.topics.control) < end, shared.ending == nil {
            poll()
            heartbeat()
        }
        guard shared.ending == nil else { return }
        perform(tracker.replayed())
        if tracker.wanted == nil {
            resumeLastGood()
        } else if let refusal = tracker.refusal {
            perform(.ignore(refusal.reason))
        }
    }

    /// Asked again and again while brokers are away.
    private func endOfControl() -> Int64? {
        while shared.ending == nil {
            do throws(SwerveError) {
                return try reader.end(
                    of: configuration.topics.control, timeoutMs: Self.endTimeoutMs)
            } catch {
                guard error.isRetryable else {
                    shared.fail(.refused(error))
                    return nil
                }
                shared.log.warning("\(error.description)")
                poll()
                heartbeat()
            }
        }
        return nil
    }

    private func turn() {
        poll()
        for result in shared.mailbox.takeResults() {
            tracker.settle(epoch: result.epoch, result.standing)
            if case .rejected(let reason) = result.standing {
                shared.log.error("epoch \(result.epoch) is rejected: \(reason)")
            }
            needsReport = true
        }
        if shared.slot.load() != nil { shared.signals.allowJoin() }
        answerCatchUp()
        heartbeat()
        shared.slot.reclaim()
    }

    private func poll() {
        do throws(SwerveError) {
            var records: [TopicRecord] = []
            try reader.poll(milliseconds: Self.pollMs) { records.append($0) }
            for record in records {
                if record.topic == configuration.topics.control {
                    hear(record)
                } else {
                    watchSlot(record)
                }
            }
        } catch {
            shared.fail(.refused(error))
        }
    }

    private func hear(_ record: TopicRecord) {
        let before = tracker.refusal
        perform(
            tracker.heard(key: record.key, value: record.value, trust: trust(in: record)))
        if let trust, let refusal = tracker.refusal, refusal != before {
            refused = (record, trust.generation)
        }
    }

    /// How a record on the topic is judged: by its very bytes, its header and its time.
    private func trust(in heard: TopicRecord) -> DeploymentTracker.Trust? {
        guard let trust, let value = heard.value else { return nil }
        let announcement = Announcement(
            value: value, signature: heard.headers[RecordSignature.header])
        return { record throws(SwerveError) in
            try trust.judge(
                record, key: heard.key, announcement, appended: heard.timestamp)
        }
    }

    /// Follows the trust file, and hears again what it refused before it changed: a key may reach
    /// the workers later than what it signed.
    private func followTrust() {
        guard let trust else { return }
        trust.refresh()
        guard let refused, tracker.refusal != nil, refused.generation != trust.generation else {
            return
        }
        self.refused?.generation = trust.generation
        hear(refused.record)
    }

    private func perform(_ action: DeploymentTracker.Action) {
        switch action {
        case .none: break
        case .ignore(let reason):
            shared.log.warning("a control record is ignored: \(reason)")
            reporter.noteIgnored(reason)
            needsReport = true
        case .load(let record): begin(record)
        }
    }

    /// Swaps at once where every scorer is there already, as in a rollback or with other settings.
    ///
    /// Else asks the loader, whose word it also is that settings do not fit.
    private func begin(_ accepted: AcceptedRecord) {
        let heardAt = MonotonicClock.now
        let record = accepted.record
        let deployment = record.deployment
        shared.log.info(
            "epoch \(deployment.epoch): version \(deployment.stable.version)"
                + (deployment.candidate.map {
                    ", \($0.mode.rawValue) \($0.deployed.version) at \($0.share)"
                } ?? "") + (record.reason.isEmpty ? "" : " (\(record.reason.shortened(to: 200)))"))
        if let present = shared.slot.load()?.loaded,
            let set = try? ServingSet(
                deployment: deployment, loaded: present,
                inputTopic: configuration.topics.input, partitionCount: shared.partitionCount,
                loadedMs: Double(MonotonicClock.now &- heardAt) / 1e6),
            set.previous != nil || deployment.previous == nil
        {
            shared.mailbox.cancel(below: deployment.epoch)
            shared.slot.replace(with: set)
            tracker.settle(epoch: deployment.epoch, .served)
            do throws(SwerveError) {
                try shared.state.noteGood(
                    accepted, hasSignedArtifacts: trust?.requiresSignedArtifacts ?? false)
            } catch {
                shared.log.warning("the slot's state is not kept: \(error.description)")
            }
            return
        }
        shared.mailbox.ask(LoadRequest(record: accepted, heardAt: heardAt))
    }

    /// The topic names no deployment of the model: what the slot served before its restart is
    /// better than records that wait.
    private func resumeLastGood() {
        guard let good = shared.state.current.good else {
            shared.board.update { $0.phase = .waiting }
            shared.log.info(
                "no deployment of \(configuration.model) on \(configuration.topics.control) "
                    + "\(tracker.refusal == nil ? "yet" : "that is to be believed"): waiting, no "
                    + "record is taken")
            needsReport = true
            return
        }
        shared.log.warning(
            "the control topic names no deployment that this slot may take up; resuming epoch "
                + "\(good.deployment.epoch), which it served last")
        shared.mailbox.ask(
            LoadRequest(record: good, heardAt: MonotonicClock.now, isFallback: true))
    }

    /// Of two processes in one slot the older one stops.
    private func watchSlot(_ record: TopicRecord) {
        guard record.key.elementsEqual(configuration.slotID.description.utf8),
            let value = record.value, let status = StatusRecord(value: value),
            status.incarnation.id != incarnation.id
        else { return }
        let other = status.incarnation
        let isNewer =
            (other.startedAtMs, other.id) > (incarnation.startedAtMs, incarnation.id)
        guard isNewer else { return }
        shared.fail(
            .superseded(
                "slot \(configuration.slotID) is served by a newer process, pid \(other.pid) on "
                    + "\(other.host.shortened(to: 80)); check slots.first and slots.total"))
    }

    private func answerCatchUp() {
        if catchUp == nil, let ticket = shared.gate.pending {
            do throws(SwerveError) {
                let end = try reader.end(
                    of: configuration.topics.control, timeoutMs: Self.endTimeoutMs)
                catchUp = (ticket, end)
            } catch {
                shared.log.warning(error.description)
            }
        }
        guard let waiting = catchUp,
            reader.position(of: configuration.topics.control) >= waiting.end, tracker.isSettled
        else { return }
        catchUp = nil
        shared.gate.answer(waiting.ticket)
        needsReport = true
    }

    private func heartbeat() {
        reporter.serve()
        let now = MonotonicClock.now
        let taken = shared.slot.takenEpoch
        guard needsReport || taken != takenReported || now &- sentAt >= Self.heartbeatNs else {
            return
        }
        needsReport = false
        takenReported = taken
        sentAt = now
        followTrust()
        trimWhenIdle(reporter.send(tracker: tracker, trust: trust), now: now)
    }

    /// Gives memory back once no record has come for a while after some had.
    private func trimWhenIdle(_ records: Int64, now: UInt64) {
        if records != idle.records {
            idle = (records, now, false)
        } else if !idle.isTrimmed, now &- idle.since >= Self.idleNs {
            MemoryPolicy.trim()
            idle.isTrimmed = true
        }
    }

    private static let pollMs: Int32 = 10
    private static let endTimeoutMs: Int32 = 5_000
    private static let idleNs: UInt64 = 2_000_000_000
    private static let heartbeatNs: UInt64 = 1_000_000_000
}
