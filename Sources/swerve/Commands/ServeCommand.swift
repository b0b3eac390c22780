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
            commit and stop; a second one stops at once.
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
        let configuration = try registry.configuration(options)
        let slots = try Self.slots(configuration)
        let worker = try WorkerConfiguration(
            configuration, slot: slots.range.lowerBound, of: slots.total)
        _ = try worker.input()
        try worker.checkClients()
        if let trust = worker.trust { try TrustKeeper.check(trust.file) }
        try LibrdkafkaVersion.present.check("serving \(worker.model)")
        let warnings = try Self.warnings(configuration, artifacts: worker.artifacts)
        guard !check else {
            for line in warnings { Terminal.note("swerve: warning: \(line)".printable) }
            for line in configuration.report(for: .serve) { Terminal.note(line) }
            return Terminal.line(String(decoding: worker.shown.bytes, as: UTF8.self))
        }
        let signals = try SignalWatch()
        let logger = Logger(label: "serve")
        for line in warnings { logger.warning("\(line)") }
        logger.info("serving \(worker.model) as group \(worker.group), \(slots)")
        var settings = Supervisor.Settings()
        // A worker waits for what is out for as long as it was told; then it still has to close.
        settings.stopDeadlineMs = worker.drainMs + Self.closeMs
        let supervisor = Supervisor(
            slots: slots, settings: settings, stop: signals, log: logger
        ) { slot, suspects in
            var own = worker
            own.slot = slot
            own.suspects = suspects
            return WorkerCommand(
                arguments: ["worker"], name: "swerve", document: own.bytes,
                journal: try? own.journalPath())
        }
        let outcome = supervisor.run()
        if !outcome.reason.isEmpty {
            Terminal.error("serving \(worker.model): \(outcome.reason)")
        }
        throw ExitCode(outcome.exitCode)
    }

    /// What is set and has no effect, or is not there yet.
    ///
    /// - Parameter artifacts: the file that workers load versions from.
    static func warnings(
        _ configuration: Configuration, artifacts: String
    ) throws(SwerveError) -> [String] {
        var warnings: [String] = []
        if let http = configuration.given(.http) {
            warnings.append(
                "http, from \(http.origin): metrics and health are not served by this version")
        }
        if try !TopicNames(configuration).hasDeadLetters {
            warnings.append(
                "topics.dead_letters, from \(configuration.origin(of: .topicDeadLetters)): dead "
                    + "letters are switched off: a record that cannot be scored is counted and "
                    + "dropped, and nobody will see it again")
        }
        // Not an error: a registry may be brought there later, and versions may be in the cache.
        if try FileStatus.of(artifacts) == nil {
            let key: ConfigurationKey =
                configuration.given(.artifacts) == nil ? .registry : .artifacts
            warnings.append(
                "\(key.rawValue), from \(configuration.origin(of: key)): there is no file "
                    + "'\(artifacts.shortened(to: 200))', seen from the folder that this runs in; "
                    + "workers cannot load a version from it until it is there")
        }
        return warnings
    }

    static func slots(_ configuration: Configuration) throws(SwerveError) -> OwnedSlots {
        let total = try configuration.integer(.slotsTotal)
        let first = try configuration.integer(.slotsFirst)
        guard first < total else {
            throw configuration.wrong(
                .slotsFirst, "is not in 0 … \(total - 1): slots.total is \(total)")
        }
        let count = try configuration.integerIfGiven(.slotsCount) ?? total - first
        guard count <= total - first else {
            throw configuration.wrong(
                .slotsCount,
                "is not in 1 … \(total - first): slots.total is \(total), slots.first \(first)")
        }
        return try OwnedSlots(total: total, first: first, count: count)
    }

    private static let closeMs = 20_000
}
