import ArgumentParser
import Configuration
import Kafka
import Lifecycle
import Logging
import Platform
import Serving
import Supervision

/// The service: a supervisor and its workers.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Score the stream: run a supervisor and its workers until asked to stop.",
        discussion: """
            Every key of swerve.yaml is also an environment variable (slots.first is \
            SWERVE_SLOTS_FIRST) and can be given with --set. SIGTERM and SIGINT finish what is out, \
            commit and stop; a second one stops at once. SIGHUP reads the file anew and restarts \
            the workers, one slot after the other. SIGUSR1 makes the log one level more verbose \
            (debug, trace, and then as configured again), in the workers too.
            """)

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var options: ServeOptions

    @Flag(
        help: """
            Check the configuration, print what a worker gets, secrets as ***, and each key's value \
            with its origin (on standard error), and stop.
            """)
    var check = false

    func run() throws {
        try registry.requireFile(for: "serving")
        let plan = try plan()
        guard !check else {
            for line in plan.warnings { Terminal.note("swerve: warning: \(line)".printable) }
            for line in plan.report { Terminal.note(line) }
            return Terminal.line(String(decoding: plan.worker.shown.bytes, as: UTF8.self))
        }
        let signals = try SignalWatch(beside: .hangUp, .firstUser)
        let steps = ProgressCounter()
        let log = ProcessLog(plan.logForm, LogVerbosity(plan.logLevel)) { Int(steps.value) }
        log.begin()
        defer { log.end() }
        let logger = Logger(label: "serve")
        for line in plan.warnings + [OpenFiles.raise()].compactMap(\.self) {
            logger.warning("\(line)")
        }
        let worker = plan.worker
        logger.info(
            """
            serving \(worker.model) as group \(worker.group), \(plan.slots), with \
            \(LibrdkafkaVersion.present.words)
            """)
        let locks = SlotLocks()
        do throws(SwerveError) {
            try plan.makeFolders()
            try locks.hold(
                try plan.locks(), in: worker.stateFolder, waitMs: Self.predecessorMs,
                stop: signals.descriptor, log: logger)
        } catch {
            if plan.logForm == .json { logger.critical("\(error)") }
            throw error
        }
        var settings = Supervisor.Settings()
        settings.stopDeadlineMs = plan.stopMs
        let board = plan.http.map { _ in
            HostBoard(
                model: worker.model, group: worker.group,
                version: SwerveCommand.configuration.version,
                librdkafka: LibrdkafkaVersion.present.description, slots: plan.slots)
        }
        let supervisor = Supervisor(
            slots: plan.slots, settings: settings, requests: signals, log: logger,
            workers: ServedWorkers(plan, locks: locks, log: logger, steps: steps) {
                () throws(SwerveError) in
                try self.plan()
            }, board: board, manager: ServiceManager.of(Environment.variables, log: logger))
        let face = try board.flatMap { board in
            try plan.http.map {
                try HostFace(board, at: $0, certificates: plan.certificates, log: logger)
            }
        }
        // Before the workers, so that a port that is taken is told first.
        face?.start()
        let outcome = supervisor.run()
        face?.stop()
        if !outcome.reason.isEmpty {
            let words = "serving \(worker.model): \(outcome.reason)"
            // Whoever reads documents reads them to the end.
            plan.logForm == .json ? logger.critical("\(words)") : Terminal.error(words)
        }
        throw ExitCode(outcome.exitCode)
    }

    /// How long a service that ends is waited for by the one that is started in its place.
    private static let predecessorMs = 10_000

    private func plan() throws(SwerveError) -> ServePlan {
        try ServePlan(registry.configuration(options))
    }
}
