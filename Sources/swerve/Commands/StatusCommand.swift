import ArgumentParser
import Fleet
import Lifecycle
import Platform

/// What the fleet really runs.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what each slot serves, since which offsets, and who is missing.",
        discussion: """
            Reads the status topic; the control topic and the registry are looked at where they \
            can be read. Without a name, one line for each model and group.

            A slot is live when it was heard in the last 5 s, stale when not, gone after 60 s, \
            missing when the others of its group count it and it was never heard. A group whose \
            every slot is gone is not waited for while another one is there.

            Exit code 0 when converged, 2 when not; with --wait 1 when a slot rejects the epoch; \
            with --watch alone 0.
            """)

    @Argument(help: "The model; every model on the status topic without.")
    var model: String?

    @Flag(help: "Show it again every second until interrupted.")
    var watch = false

    @Flag(help: "Wait until converged; exit 2 naming who is missing, 1 when a slot rejects.")
    var wait = false

    @Option(help: "With --wait: how long, in seconds.")
    var timeout = 60.0

    @Option(help: "Only this group; all groups that were heard without.")
    var group: String?

    @Flag(help: "Without a name: the slots of every model, too.")
    var slots = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let model = try model.map { name throws(SwerveError) in try ModelName(name) }
        guard model != nil || !wait else {
            throw SwerveError(
                .usage, act: "reading --wait", reason: "no model is named",
                remedy: "name the one to wait for: swerve status NAME --wait")
        }
        guard timeout > 0, timeout <= 86_400 else {
            throw SwerveError(
                .usage, act: "reading --timeout", reason: "not between 0 and 86400 seconds")
        }
        let brokers = try kafka.resolve()
        // Before the threads of the Kafka handles; a single look ends as any other command.
        let stop = watch || wait ? try StopSign() : nil
        let reader = try StatusReader(
            .init(
                model: model, group: group, withSlots: slots, registryPath: registry.path,
                isRegistryNamed: registry.registry != nil), brokers: brokers)
        defer { reader.close() }
        let deadline = reader.nowMs + Int64(timeout * 1_000)
        try reader.readAll(timeoutMs: Int64(brokers.timeoutMs)) { try stop?.isGiven() ?? false }
        guard let stop else {
            let page = reader.page()
            StatusScreen.write(page, json: output.json, isFollowed: false)
            if !page.isConverged { throw ExitCode(ExitContract.notConverged) }
            return
        }
        if watch {
            try follow(reader, stop, deadline: deadline)
        } else {
            let page = try hold(reader, stop, deadline: deadline)
            StatusScreen.write(page, json: output.json, isFollowed: false)
            try check(page)
        }
    }

    /// Draws a page a second until interrupted; with `--wait`, until converged.
    private func follow(_ reader: StatusReader, _ stop: StopSign, deadline: Int64) throws {
        let screen = StatusScreen(json: output.json)
        var page: StatusPage?
        defer { screen.close(last: page) }
        while try !stop.isGiven() {
            let shown = reader.page()
            page = shown
            screen.show(shown)
            if wait, isDecided(shown) || reader.nowMs >= deadline { break }
            let redraw = reader.nowMs + Self.redrawMs
            while reader.nowMs < redraw, try !stop.isGiven() {
                try reader.poll(milliseconds: StatusReader.pollMs)
            }
        }
        if wait, let page { try check(page) }
    }

    /// Waits for the fleet.
    private func hold(
        _ reader: StatusReader, _ stop: StopSign, deadline: Int64
    ) throws -> StatusPage {
        while true {
            let page = reader.page()
            if isDecided(page) || reader.nowMs >= deadline { return page }
            if try stop.isGiven() { return page }
            try reader.poll(milliseconds: StatusReader.pollMs)
        }
    }

    /// Whether waiting on changes nothing.
    private func isDecided(_ page: StatusPage) -> Bool {
        guard case .model(let report) = page else { return true }
        return switch report.verdict {
        case .converged, .rejected: true
        case nil, .overtaken, .waiting: false
        }
    }

    private func check(_ page: StatusPage) throws(SwerveError) {
        guard case .model(let report) = page, report.verdict != .converged else { return }
        let act = "waiting for \(report.board.model)"
        if case .rejected(let slot, let reason) = report.verdict {
            throw SwerveError(
                .refused, act: act, reason: "slot \(slot) rejects the epoch: \(reason)",
                remedy: "the old version goes on serving; swerve rollback \(report.board.model)")
        }
        throw SwerveError(
            .timedOut, act: act, reason: "not converged: " + Convergence.named(report.waitingFor),
            remedy: "see: swerve status \(report.board.model)")
    }

    private static let redrawMs: Int64 = 1_000
}
