import ArgumentParser
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
            commit and stop; a second one stops at once.
            """)

    @OptionGroup var options: ServeOptions

    @Flag(help: "Check the configuration, print what a worker gets, secrets as ***, and stop.")
    var check = false

    func run() throws {
        let configuration = try ServeConfiguration(try options.flat())
        if let trust = configuration.trust { try TrustKeeper.check(trust.file) }
        if check {
            Terminal.line(
                String(
                    decoding: configuration.worker(slot: configuration.slots.range.lowerBound)
                        .shown.bytes,
                    as: UTF8.self))
            return
        }
        let signals = try SignalWatch()
        let logger = Logger(label: "serve")
        if configuration.hasHTTP {
            logger.warning("http: metrics and health are not served by this version")
        }
        logger.info(
            "serving \(configuration.model) as group \(configuration.group), \(configuration.slots)"
        )
        var settings = Supervisor.Settings()
        // A worker waits for what is out for as long as it was told; then it still has to close.
        settings.stopDeadlineMs = configuration.drainMs + Self.closeMs
        let supervisor = Supervisor(
            slots: configuration.slots, settings: settings, stop: signals, log: logger
        ) { slot in
            WorkerCommand(
                arguments: ["worker"], name: "swerve",
                document: configuration.worker(slot: slot).bytes)
        }
        let outcome = supervisor.run()
        if !outcome.reason.isEmpty {
            Terminal.error("serving \(configuration.model): \(outcome.reason)")
        }
        throw ExitCode(outcome.exitCode)
    }

    private static let closeMs = 20_000
}
