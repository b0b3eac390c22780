package import Kafka
package import Lifecycle
import Platform

/// Takes a slot of a static group out of it, so that the others share its partitions out at once.
///
/// - A worker that lives is asked by SIGUSR1: it finishes what is out, commits, gives its place
///   back and ends, and its supervisor does not start it again. There is no other way to it:
///   nobody's word on a topic ends a worker. So it has to be on this machine, and its journal, a
///   file of the service, names the process.
/// - Of one that is dead the place is given back in its name.
///
/// Blocking; for the command line.
package struct SlotLeave {
    /// What was found.
    package enum Outcome: String, Sendable {
        /// Its worker was asked and has left.
        case live
        /// Its worker was dead, and the place is given back.
        case dead
        /// No worker lives, and the group has no such member.
        case absent
    }

    private let configuration: WorkerConfiguration
    private let timeoutMs: Int32
    private let log: KafkaLogSink

    /// - Parameters:
    ///   - configuration: that of the slot's service, with its slot.
    ///   - timeoutMs: for each answer of the brokers.
    package init(
        _ configuration: WorkerConfiguration, timeoutMs: Int32, log: @escaping KafkaLogSink
    ) {
        self.configuration = configuration
        self.timeoutMs = timeoutMs
        self.log = log
    }

    /// - Parameter feed: the status topic.
    /// - Throws: `.usage` for a group without static members; `.refused` for a worker that lives
    ///   elsewhere; `.timedOut` where it, or the group, did not do it in time.
    package func run(listeningTo feed: any StatusFeed) throws(SwerveError) -> Outcome {
        guard case .static(let instanceID) = configuration.membership else {
            throw SwerveError(
                .usage, act: act,
                reason: configuration.assignment == .fixed
                    ? "with assignment: fixed there is no group to leave"
                    : "with assignment: dynamic a slot leaves as its service stops")
        }
        let administrator = try TopicAdministrator(
            settings: configuration.baseSettings, log: log)
        defer { administrator.close() }
        guard try !administrator.isDevelopmentBroker(timeoutMs: timeoutMs) else {
            throw SwerveError(
                .refused, act: act,
                reason: "this is a development broker, which knows no static members")
        }
        func isMember() throws(SwerveError) -> Bool {
            try administrator.hasStaticMember(
                instanceID, in: configuration.group, timeoutMs: timeoutMs)
        }
        var outcome = Outcome.live
        switch try listen(to: feed) {
        // Also without a place: it may hold, or wait for a deployment, and join later.
        case .live(let incarnation): try ask(incarnation)
        case .dead: outcome = try isMember() ? .dead : .absent
        }
        // One that could not tell the brokers, or was no member of its own, ended without that.
        guard try isMember() else { return outcome }
        try StaticPlace(
            settings: configuration.consumerSettings, topic: configuration.topics.input,
            instanceID: instanceID, log: log
        ).giveBack(timeoutMs: Self.groupMs)
        guard try !isMember() else {
            throw SwerveError(
                .timedOut, act: act, reason: "the group still has its place",
                remedy: "try again once the brokers are there")
        }
        return outcome
    }

    private func listen(to feed: any StatusFeed) throws(SwerveError) -> SlotSilence.Verdict {
        var silence = SlotSilence(configuration.slotID)
        let deadline = Deadline(afterMs: Int(timeoutMs) + Int(SlotSilence.limitMs))
        var isRead = false
        while !deadline.hasPassed {
            let hasReachedEnd = try feed.poll(milliseconds: Self.pollMs) { heard in
                silence.hear(heard, nowMs: Self.nowMs, wallMs: WallClock.nowMs)
            }
            if hasReachedEnd { silence.reachEnd(nowMs: Self.nowMs) }
            isRead = isRead || hasReachedEnd
            if let verdict = silence.verdict(nowMs: Self.nowMs) { return verdict }
        }
        if isRead, let doubt = silence.doubt {
            throw SwerveError(
                .timedOut, act: act,
                reason: "whether its worker lives is not known: heartbeats that bear the slot do "
                    + "not count; of the last one: \(doubt)",
                remedy: "if its worker lives, mend its key, its clock or the trust file here, or "
                    + "stop its service; if it does not, somebody else writes to the status topic")
        }
        throw SwerveError(
            .timedOut, act: act,
            reason: "the status topic was not read to its end"
                + (feed.fault.map { ": \($0)" } ?? ""))
    }

    private func ask(_ incarnation: StatusRecord.Incarnation) throws(SwerveError) {
        guard let worker = try worker(incarnation) else {
            throw SwerveError(
                .refused, act: act,
                reason: "its worker lives: process \(incarnation.pid) on "
                    + "\(incarnation.host.shortened(to: 80)), and it is not to be found from here",
                remedy: "run this there, with the configuration of its service, or stop that "
                    + "service and run this again")
        }
        try worker.send(.firstUser)
        let patienceMs = configuration.drainMs + Self.closeMs
        guard try worker.hasEnded(withinMs: patienceMs) else {
            throw SwerveError(
                .timedOut, act: act,
                reason: "process \(worker.pid) has not ended within \(patienceMs / 1_000) s")
        }
    }

    /// The process that the slot's journal names, where it is a worker, and the one that was heard.
    private func worker(
        _ incarnation: StatusRecord.Incarnation
    ) throws(SwerveError) -> OtherProcess? {
        // The journal has the model in its name.
        guard incarnation.host == ProcessIdentity.hostName, !configuration.model.isEmpty else {
            return nil
        }
        let bytes: [UInt8]
        do throws(SwerveError) {
            bytes = try StateFile.read(
                configuration.journalPath(), limit: BatchJournal.byteCount, followsLinks: false)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        guard let pid = WorkerJournal.process(bytes), pid == incarnation.pid,
            // Options follow: how it writes its log.
            let process = OtherProcess(pid), let words = process.arguments,
            words.starts(with: ["swerve", "worker"])
        else { return nil }
        return process
    }

    private var act: String { "taking slot \(configuration.slotID) out of its group" }

    private static var nowMs: Int64 { Int64(clamping: MonotonicClock.now / 1_000_000) }
    private static let pollMs = 100
    private static let groupMs = 60_000
    private static let closeMs = 20_000
}
