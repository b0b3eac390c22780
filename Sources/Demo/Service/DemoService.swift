import Kafka
import Lifecycle
import Platform
import Registry
import Verification

/// The processes of a run: the development broker, the service, and short commands.
///
/// Everything goes through the built `swerve`, so that the run proves the commands themselves.
final class DemoService {
    let options: DemoOptions
    let workspace: DemoWorkspace
    let model: ModelName
    let group: String
    let topics: StreamTopics
    /// Where workers tell what they take up.
    let ledger: String
    let bootstrap: String
    private let signals: SignalWatch
    /// On real brokers; nil on a development broker, with which everything goes.
    private let traces: DemoTraces?
    private let broker: DemoProcess?
    private var serve: DemoProcess?
    private var lookedNs: UInt64 = 0

    /// Starts the broker, where no real one was named, and writes the configuration.
    ///
    /// Group and topics have names of the run's own on every broker: should a command ever reach
    /// another one, it finds nothing there that it could change.
    init(
        options: DemoOptions, workspace: DemoWorkspace, signals: SignalWatch
    ) throws(SwerveError) {
        self.options = options
        self.workspace = workspace
        self.signals = signals
        model = try ModelName("http-anomaly")
        group = "swerve-demo-\(ProcessIdentity.makeUUID().prefix(13))"
        topics = StreamTopics(prefix: group + ".")
        ledger = "\(group).swerve.ledger"
        if let real = options.bootstrap {
            bootstrap = real
            traces = DemoTraces(
                bootstrap: real, topics: topics.all + [ledger], group: group)
            broker = nil
        } else {
            traces = nil
            let process = try Self.startBroker(options, topics, ledger)
            broker = process
            bootstrap = try Self.address(of: process)
        }
        try workspace.writeConfiguration(
            model: model, group: group, topics: topics, ledger: ledger, options: options,
            bootstrap: bootstrap)
    }

    /// Makes the topics on real brokers; `close` deletes them, after a failure here too.
    ///
    /// - Throws: `.refused` for a development broker, names that are taken, and brokers that do not
    ///   let the run make them; `.unavailable` where no broker answers.
    func makeTopics() throws(SwerveError) {
        guard let traces else { return }
        let act = "making the topics of the demo on \(bootstrap)"
        try traces.claim(act: act)
        do throws(SwerveError) {
            _ = try run([
                "topics", "create", "--config", workspace.configuration,
                "--partitions", "\(options.partitions)", "--json",
            ])
        } catch {
            // A signal is no fault of the brokers.
            guard error.act != Self.act else { throw error }
            throw SwerveError(
                error.code, act: act, reason: "\(error.act): \(error.reason)",
                problem: Problem(.demoTopicsNotMade))
        }
    }

    /// Which brokers are used, and what is made there; for people.
    var places: String {
        traces == nil
            ? "broker \(bootstrap), a development broker of the demo's own"
            : "broker \(bootstrap), as --bootstrap says; makes group \(group) and topics "
                + (topics.all + [ledger]).joined(separator: ", ")
                + ", and deletes the topics at the end"
    }

    /// Registers one version.
    func register(_ files: DemoModels.Files) throws(SwerveError) -> DeployedVersion {
        var arguments = [
            "register", files.model, "--model", model.description, "--featurizer", files.featurizer,
            "--config", workspace.configuration, "--registry", workspace.registry, "--json",
        ]
        for label in options.effectiveLabels { arguments += ["--label", label] }
        let document = try run(arguments)
        guard let version = document["version"]?.int, let digest = document["digest"]?.string else {
            throw SwerveError(
                .invalid, act: "running swerve register",
                reason: "no version or digest in its answer")
        }
        return DeployedVersion(version: version, digest: try Digest(digest))
    }

    /// Starts the command of a change; `arguments` are those before the common ones.
    func startChange(_ arguments: [String]) throws(SwerveError) -> DemoProcess {
        try DemoProcess(
            options.executable,
            arguments + [
                "--config", workspace.configuration, "--registry", workspace.registry,
                "--bootstrap", bootstrap,
                "--control-topic", topics.control, "--status-topic", topics.status, "--json",
            ])
    }

    /// Where the versions' artifacts are.
    var artifacts: RegistryArtifacts { RegistryArtifacts(path: workspace.registry) }

    /// What the registry says of an epoch; nil where it has none of that number.
    ///
    /// - Throws: where the registry cannot be read.
    func epoch(_ epoch: Int64) throws(SwerveError) -> EpochBook.Epoch? {
        try Registry.open(path: workspace.registry, access: .readOnly).history(of: model)
            .first { $0.after.epoch == epoch }
            .map {
                EpochBook.Epoch(
                    deployment: $0.after, by: $0.note.by, at: $0.note.at, reason: $0.note.reason)
            }
    }

    /// Of the run's own clients.
    var clientSettings: KafkaSettings {
        KafkaSettings(["bootstrap.servers": bootstrap, "log_level": "3"])
    }

    func startServe() throws(SwerveError) {
        serve = try DemoProcess(
            options.executable, ["serve", "--config", workspace.configuration])
    }

    /// Runs a command to its end, within a bound, and reads its document.
    func finish(_ process: DemoProcess) throws(SwerveError) -> JSONValue {
        let deadline = Deadline(afterMs: Self.commandMs)
        while true {
            if let status = try process.wait(milliseconds: Self.lookMs) {
                return try Self.document(of: process, status)
            }
            try look()
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .timedOut, act: "running \(process.name)",
                    reason: "no end within \(Self.commandMs) ms: \(process.lastWords)")
            }
        }
    }

    static func document(
        of process: DemoProcess, _ status: ExitStatus
    ) throws(SwerveError) -> JSONValue {
        guard status == .code(0) else { throw process.failure(status) }
        return try JSONValue(parsing: process.output, act: "reading what \(process.name) printed")
    }

    /// Looks, every 20 ms at most, whether to stop and whether all processes are alive.
    ///
    /// - Throws: `.refused` for a signal, and for a process that ended, with its last words.
    func look() throws(SwerveError) {
        let now = MonotonicClock.now
        guard now &- lookedNs >= Self.lookNs else { return }
        lookedNs = now
        if let signal = signals.next() {
            throw SwerveError(
                .refused, act: Self.act,
                reason: signal == .interrupt ? "interrupted" : "asked to stop")
        }
        for process in [broker, serve].compactMap({ $0 }) {
            try process.drain()
            if let status = try process.child.exitStatus() { throw process.failure(status) }
        }
    }

    /// Stops the service in the regular way.
    ///
    /// - Throws: when it did not end cleanly.
    func stopServe() throws(SwerveError) {
        guard let process = serve else { return }
        serve = nil
        let status = try process.stop(withinMs: Self.stopMs)
        try keepLog(of: process)
        guard status == .code(0) else {
            throw process.failure(status ?? .signal(ProcessSignal.kill.rawValue))
        }
    }

    /// Ends whatever runs; for every way out.
    func close() {
        attempt { () throws(SwerveError) in
            guard let process = serve else { return }
            serve = nil
            // Workers may wait for a broker that is in trouble: the run is over either way.
            try process.stop(withinMs: Self.closeMs)
            try keepLog(of: process)
        }
        attempt { () throws(SwerveError) in try broker?.stop(withinMs: Self.closeMs) }
        // Behind the workers' end: a group with members cannot be deleted.
        attempt { () throws(SwerveError) in try traces?.remove() }
    }

    private func attempt(_ step: () throws(SwerveError) -> Void) {
        do throws(SwerveError) {
            try step()
        } catch {
            StandardStream.error.write("demo: \(error.description.printable)\n")
        }
    }

    private func run(_ arguments: [String]) throws(SwerveError) -> JSONValue {
        try finish(try DemoProcess(options.executable, arguments))
    }

    private func keepLog(of process: DemoProcess) throws(SwerveError) {
        if workspace.isKept { try workspace.write("serve.log", process.errors) }
    }

    private static func startBroker(
        _ options: DemoOptions, _ topics: StreamTopics, _ ledger: String
    ) throws(SwerveError) -> DemoProcess {
        let sizes = [
            (topics.input, options.partitions), (topics.output, options.partitions),
            (topics.deadLetters, options.partitions), (topics.control, 1), (topics.status, 1),
            (ledger, 1),
        ]
        let arguments = sizes.flatMap { ["--topic", "\($0.0):\($0.1)"] }
        return try DemoProcess(options.executable, ["broker"] + arguments, keepsInput: true)
    }

    /// Waits for the broker's first line.
    private static func address(of process: DemoProcess) throws(SwerveError) -> String {
        let deadline = Deadline(afterMs: startMs)
        while !process.output.contains(UInt8(ascii: "\n")) {
            if let status = try process.wait(milliseconds: lookMs) { throw process.failure(status) }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .timedOut, act: "starting the development broker",
                    reason: "no address within \(startMs) ms: \(process.lastWords)")
            }
        }
        let line = process.output.prefix { $0 != UInt8(ascii: "\n") }
        let document = try JSONValue(parsing: line, act: "reading the broker's address")
        guard let address = document["bootstrap"]?.string else {
            throw SwerveError(
                .invalid, act: "reading the broker's address",
                reason: "no bootstrap in its first line")
        }
        return address
    }

    private static let act = "running the demo"
    /// Faults of the run's own clients are told by the errors that they lead to.
    static let quiet: KafkaLogSink = { _, _ in }
    /// How long a broker is asked something.
    static let askMs: Int32 = 15_000

    private static let startMs = 15_000
    private static let commandMs = 90_000
    private static let stopMs = 40_000
    private static let closeMs = 15_000
    private static let lookMs = 20
    private static let lookNs: UInt64 = 20_000_000
}

extension StreamTopics {
    /// - Parameter prefix: keeps apart what runs on the same brokers.
    fileprivate init(prefix: String) {
        self.init(
            input: "\(prefix)raw_requests", output: "\(prefix)predictions",
            deadLetters: "\(prefix)predictions.dlq", control: "\(prefix)swerve.control",
            status: "\(prefix)swerve.status")
    }
}
