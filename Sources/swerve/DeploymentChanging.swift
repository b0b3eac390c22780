import ArgumentParser
import ControlPlane
import Kafka
import Lifecycle
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

    @Option(help: "With --wait: only this group counts; all groups that were heard without.")
    var group: String?

    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run(_ request: ChangeRequest, of model: ModelName, isForced: Bool = false) throws {
        guard timeout > 0, timeout <= 86_400 else {
            throw SwerveError(
                .usage, act: "reading --timeout", reason: "not between 0 and 86400 seconds")
        }
        let brokers = try kafka.resolve()
        let signing = try signing.signing(topic: brokers.control)
        let registry = try registry.open(create: false)
        let topic = brokers.controlTopic()
        let relay = OutboxRelay(registry: registry, topic: topic, trust: try brokers.trust())
        let waiter =
            wait ? try ConvergenceWaiter(model: model, group: group, brokers: brokers) : nil
        defer { waiter?.close() }
        // Connecting and reading take longer than all the rest: done before the change, they delay
        // nothing.
        if try topic.prepare() { waiter?.prepare(timeoutMs: Int64(brokers.timeoutMs)) }
        let note = ChangeNote(
            by: Environment.author, at: Timestamp.text(ofMs: WallClock.nowMs), reason: reason)
        let (deployment, committedAtMs, publications) = try Promoter(
            registry: registry, relay: relay
        ).change(
            request, of: model, expectedEpoch: expectEpoch, isForced: isForced, note: note,
            signing: signing)
        for other in publications where other.model != model {
            if let error = other.error { Terminal.note("swerve: \(error.description)") }
        }
        if !output.json { Terminal.line("\(model) \(deployment.summary)") }
        var document = deployment.document.object ?? [:]
        document["committed_at_ms"] = .int(committedAtMs)
        guard let waiter else {
            if output.json { Terminal.document(.object(document)) }
            return
        }
        let record = publications.first { $0.model == model && $0.epoch == deployment.epoch }?
            .record
        let result = try waiter.wait(
            for: WantedEpoch(deployment, registry: registry.id, record: record),
            timeoutMs: Int64(timeout * 1_000))
        try report(result, of: deployment, committedAtMs: committedAtMs, document)
    }

    /// Says how the waiting ended.
    ///
    /// - Throws: where it did not end well.
    private func report(
        _ result: ConvergenceWaiter.Result, of deployment: Deployment, committedAtMs: Int64,
        _ document: [String: JSONValue]
    ) throws(SwerveError) {
        var document = document
        document["converged"] = .bool(result.isConverged)
        document["waiting_for"] = .array(result.stragglers.map { .string($0) })
        document["not_waited_for"] = .array(result.unawaited.map { .string($0) })
        document["converged_at_ms"] = result.convergedAtMs.map { .int($0) } ?? .null
        if output.json { Terminal.document(.object(document)) }
        for line in result.unawaited { Terminal.note("swerve: not waited for: \(line.printable)") }
        try result.check(deployment, timeout: timeout)
        guard !output.json else { return }
        let ms = result.convergedAtMs.map { convergedAtMs in
            // A worker's own word, and anybody's on an open topic.
            let (span, overflow) = convergedAtMs.subtractingReportingOverflow(committedAtMs)
            return overflow ? "" : ", \(max(0, span)) ms after the change"
        }
        Terminal.line("converged: every slot serves epoch \(deployment.epoch)\(ms ?? "")")
    }
}
