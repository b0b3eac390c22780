import ArgumentParser
import Lifecycle
import Logging
import Platform
import Registry
import Serving
import Supervision

/// One worker process; started by `swerve serve`, which hands the configuration over a pipe.
struct WorkerCommandLine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run one worker (started by serve).",
        shouldDisplay: false)

    @Option(help: "The form of a log line.")
    var logFormat = LogLine.Form.text

    @Option(help: "The level that is configured.")
    var logLevel = "info"

    @Option(help: "How often another level was asked for before this start.")
    var logSteps = 0

    func run() throws {
        MemoryPolicy.apply()
        let signals = try SignalWatch(beside: .firstUser)
        let steps = try SignalCounter(.secondUser)
        let before = logSteps
        let processLog = ProcessLog(logFormat, LogVerbosity(logLevel)) { before + steps.count }
        processLog.begin()
        OSThread.nameCurrent("swerve-worker")
        let lifeline = try ParentLifeline()
        let document = try lifeline.readDocument(timeoutMs: Self.documentTimeoutMs)
        let configuration = try WorkerConfiguration(parsing: document)
        var logger = Logger(label: "worker")
        logger[metadataKey: "slot"] = "\(configuration.slot)"
        let log = WorkerLog(logger)
        let outcome = Worker(
            configuration: configuration,
            source: try WorkerArtifacts.source(configuration) { log.warning($0) }, log: log,
            wording: { $0.atTerminal }
        ).run(stopDescriptors: [signals.descriptor, lifeline.descriptor]) { Self.isLeave(signals) }
        let code = Self.exit(outcome, log).rawValue
        processLog.end()
        ProcessEnd.endIfThreadLeft(code: code)
        throw ExitCode(code)
    }

    /// Whether all that was asked for is to leave; a stop outranks it.
    private static func isLeave(_ signals: SignalWatch) -> Bool {
        var isLeave = false
        while let signal = signals.next() {
            guard signal == .firstUser else { return false }
            isLeave = true
        }
        return isLeave
    }

    private static func exit(_ outcome: WorkerOutcome, _ log: WorkerLog) -> WorkerExit {
        switch outcome {
        case .stopped: return .stopped
        case .left: return .left
        case .deadLetterBound(let words):
            log.error("stopping: \(words)")
            return .deadLetterBound
        case .restart(let error):
            // What passes, as brokers that are away, is no fault of the worker's.
            let line = "starting again: \(error.atTerminal.description)"
            if error.isRetryable { log.warning(line) } else { log.error(line) }
            return .restart
        case .refused(let error):
            log.error("cannot go on: \(error.atTerminal.description)")
            return error.code == .usage ? .configurationRefused : .refused
        case .superseded(let words):
            log.error(words)
            return .superseded
        case .stalled(let words):
            log.error(words)
            return .stalled
        }
    }

    private static let documentTimeoutMs = 10_000
}

extension LogLine.Form: ExpressibleByArgument {}

/// Artifacts out of the registry; its faults stand in logs and reports as a command tells them.
struct WorkerArtifacts: ArtifactSource {
    let registry: RegistryArtifacts

    /// The registry's file, or what `artifacts` names in its place.
    static func source(
        _ configuration: WorkerConfiguration, warn: @escaping @Sendable (String) -> Void
    ) throws(SwerveError) -> any ArtifactSource {
        guard let remote = configuration.remoteArtifacts else {
            return WorkerArtifacts(registry: RegistryArtifacts(path: configuration.artifacts))
        }
        return try RemoteArtifacts(remote, state: configuration.stateFolder, warn: warn)
    }

    func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
        do throws(SwerveError) {
            return try registry.artifact(digest)
        } catch {
            throw Self.told(error)
        }
    }

    /// What is wrong with a registry that cannot be opened is its path, or the folder that the
    /// service runs in: who runs a worker registers nothing.
    static func told(_ error: SwerveError) -> SwerveError {
        switch error.problem?.kind {
        case .registryNotFound, .registryFolderNotFound, .registryNameInvalid, .notARegistry:
            SwerveError(
                error.code, act: error.act, reason: error.reason,
                remedy: "it is what artifacts, else registry, names in the configuration, from "
                    + "the folder that the service runs in; see: swerve serve --check",
                problem: error.problem)
        default: error.atTerminal
        }
    }
}
