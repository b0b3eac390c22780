import ArgumentParser
import Fleet
import Kafka
import Lifecycle
import Operations
import Platform
import Registry

/// What promote, rollback and their like have in common: change, announce, wait, print.
struct DeploymentChanging: ParsableArguments {
    @Option(help: "Refuse unless the deployment is at this epoch.")
    var expectEpoch: Int64?

    @Option(help: "Why, for the history.")
    var reason = ""

    @Flag(
        help: "Wait until all slots serve it; exit 2 when they do not in time, 1 when one rejects.")
    var wait = false

    @Option(help: "How long to wait for that, in seconds.")
    var timeout = 60.0

    @Option(help: "With --wait: the group that counts; without it, every group that was heard.")
    var group: String?

    @Flag(
        help: """
            Commit without looking for the brokers and without announcing; a later command \
            that writes to the registry, or republish, announces it.
            """)
    var offline = false

    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run(
        _ change: DeploymentChange<Int>, of model: ModelName, isForced: Bool = false
    ) throws {
        guard timeout > 0, timeout <= 86_400 else {
            throw SwerveError(
                .usage, act: "reading --timeout", reason: "not between 0 and 86400 seconds")
        }
        guard !offline || !wait else {
            throw SwerveError(
                .usage, act: change.act(on: model),
                reason: "--offline and --wait exclude each other",
                remedy: "give one of them")
        }
        let configuration = try registry.configuration(kafka, signing)
        let brokers =
            offline ? try kafka.brokersOrNone(configuration) : try kafka.brokers(configuration)
        let signing = try signing.signing(configuration, topic: brokers.control)
        let registry = try registry.open(create: false)
        let order = ChangeOrder(
            .change(change), of: model, expectedEpoch: expectEpoch, isForced: isForced,
            note: ChangeNote(
                by: Environment.author, at: Timestamp.text(ofMs: WallClock.nowMs), reason: reason),
            signing: signing)
        // What the registry refuses needs no brokers.
        _ = try registry.plan(order, nowMs: WallClock.nowMs)
        let relay = offline ? nil : try announcer(to: brokers, of: registry, act: order.act)
        let listener = wait ? FleetListener(feed: try brokers.statusFeed()) : nil
        defer { listener?.close() }
        // Connecting and reading take longer than all the rest: done before the change, they delay
        // nothing. Where that does not work, the wait says why.
        _ = try? listener?.reachEnd(timeoutMs: Int64(brokers.timeoutMs))
        let warning = try warning(change, of: model, in: registry, listener, brokers)
        let outcome = try Promoter(registry: registry, relay: relay).change(order)
        let others = PendingAnnouncements(of: outcome.publications.filter { $0.model != model })
        for line in others?.lines ?? [] { Terminal.note("swerve: \(line)".printable) }
        if let words = outcome.already {
            Terminal.note("swerve: \(order.act): \(words)".printable)
        }
        if offline, !outcome.isAnnounced {
            Terminal.note(
                "swerve: \(model) epoch \(outcome.deployment.epoch) is committed, not announced: the "
                    + "next command that writes and reaches the brokers announces it, or: swerve "
                    + "republish \(model)")
        }
        let warnings = outcome.committedAtMs == nil ? [] : [warning].compactMap(\.self)
        for line in warnings { Terminal.note("swerve: warning: \(line)") }
        try finish(outcome, listener, in: registry, warnings)
    }

    /// What somebody should know who makes a candidate the stable version; asked before the change,
    /// since the workers' counts of it end with it.
    private func warning(
        _ change: DeploymentChange<Int>, of model: ModelName, in registry: Registry,
        _ listener: FleetListener?, _ brokers: Brokers
    ) throws(SwerveError) -> String? {
        let deployment = try registry.deployment(of: model)
        guard let deployment,
            let candidate = CandidateEvidence.completed(by: change, of: deployment)
        else { return nil }
        var heard: [StatusRecord]?
        if let listener {
            heard = listener.watcher.lastRecords(of: model)
        } else if !offline {
            let listener = FleetListener(feed: try brokers.statusFeed())
            defer { listener.close() }
            _ = try? listener.reachEnd(timeoutMs: Self.evidenceMs)
            heard = listener.watcher.lastRecords(of: model)
        }
        return CandidateEvidence.warning(
            completing: candidate, over: deployment.stable, heard: heard
        ).map { "\($0); \(UncomparedCandidate.remedy(candidate.version, of: model))" }
    }

    private static let evidenceMs: Int64 = 3_000

    private func announcer(
        to brokers: Brokers, of registry: Registry, act: String
    ) throws(SwerveError) -> OutboxRelay {
        let trust = try brokers.trust()
        do throws(SwerveError) {
            return OutboxRelay(
                registry: registry, topic: try brokers.foundControlTopic(before: act), trust: trust,
                isWaiting: Terminal.noteWaiting)
        } catch {
            guard error.isRetryable else { throw error }
            throw SwerveError(
                error.code, act: error.act, reason: error.reason,
                remedy: error.remedy + ", or commit without announcing: --offline")
        }
    }

    /// Prints what is, and waits where that was asked for.
    private func finish(
        _ outcome: Promoter.Outcome, _ listener: FleetListener?, in registry: Registry,
        _ warnings: [String]
    ) throws {
        let deployment = outcome.deployment
        if !output.json { Terminal.line("\(deployment.model) \(deployment.summary)") }
        var document = deployment.document.object ?? [:]
        document["committed_at_ms"] = outcome.committedAtMs.map { .int($0) } ?? .null
        document["changed"] = .bool(outcome.committedAtMs != nil)
        document["announced"] = .bool(outcome.isAnnounced)
        document["warnings"] = .array(warnings.map { .string($0) })
        guard let listener, outcome.fault == nil else {
            if output.json { Terminal.document(.object(document)) }
            return try outcome.check()
        }
        let result = try listener.wait(
            for: WantedEpoch(deployment, registry: registry.id, record: outcome.record),
            of: deployment.model, group: group, timeoutMs: Int64(timeout * 1_000))
        try report(result, of: deployment, committedAtMs: outcome.committedAtMs, document)
    }

    /// Says how the waiting ended.
    ///
    /// - Throws: where it did not end well.
    private func report(
        _ result: ConvergenceWait.Outcome, of deployment: Deployment, committedAtMs: Int64?,
        _ document: [String: JSONValue]
    ) throws(SwerveError) {
        var document = document
        document["converged"] = .bool(result.isConverged)
        document["waiting_for"] = .array(result.stragglers.map { .string($0) })
        document["not_waited_for"] = .array(result.unawaited.map { .string($0) })
        document["converged_at_ms"] = result.convergedAtMs.map { .int($0) } ?? .null
        if output.json { Terminal.document(.object(document)) }
        for line in result.unawaited { Terminal.note("swerve: not waited for: \(line.printable)") }
        try NotConverged.check(result.verdict, of: deployment, timeout: timeout)
        guard !output.json else { return }
        var ms = ""
        if let convergedAtMs = result.convergedAtMs, let committedAtMs {
            // A worker's own word, and anybody's on an open topic.
            let (span, overflow) = convergedAtMs.subtractingReportingOverflow(committedAtMs)
            if !overflow { ms = ", \(max(0, span)) ms after the change" }
        }
        Terminal.line("converged: every slot serves epoch \(deployment.epoch)\(ms)")
    }
}
