import Configuration
import Kafka
import Lifecycle
import Logging
import Platform
import SchemaRegistry
import Serving
import Supervision
import Transfer
import Web

/// What `serve` makes of a configuration: checked as far as nothing has to be asked of anybody.
struct ServePlan {
    let slots: OwnedSlots
    /// Of the first slot; the others have the same but for their number.
    let worker: WorkerConfiguration
    let warnings: [String]
    let logForm: LogLine.Form
    let logLevel: String
    /// Where metrics and health are served; nil for nowhere.
    let http: HTTPAddress?
    private let configuration: Configuration

    /// - Parameter host: this machine's name.
    init(
        _ configuration: Configuration, host: String = ProcessIdentity.hostName
    ) throws(SwerveError) {
        self.configuration = configuration
        slots = try Self.slots(configuration, host: host)
        http = try Self.http(configuration)
        let slots = slots
        var worker = try Self.reading { () throws(SwerveError) in
            try WorkerConfiguration(configuration, slot: slots.range.lowerBound, of: slots.total)
        }
        worker.reports = http != nil
        self.worker = worker
        _ = try worker.input()
        let read = worker
        let heartbeats = try Self.reading { () throws(SwerveError) in
            try read.checkClients()
            if let trust = read.trust { try TrustKeeper.check(trust.file) }
            try Self.checkWebFiles(read, NamedFiles(configuration: configuration))
            return try HeartbeatKey.read(read)
        }
        try LibrdkafkaVersion.present.check("serving \(worker.model)")
        logForm = LogLine.Form(rawValue: try configuration.choice(.logFormat)) ?? .text
        logLevel = try configuration.choice(.logLevel)
        warnings =
            try Self.warnings(
                configuration, artifacts: worker.remoteArtifacts == nil ? worker.artifacts : nil)
            + [heartbeats.doubt, worker.schemaRegistry?.warning].compactMap(\.self)
    }

    /// Those for the servers of artifacts and of schemas.
    private static func checkWebFiles(
        _ worker: WorkerConfiguration, _ files: NamedFiles
    ) throws(SwerveError) {
        if worker.remoteArtifacts != nil {
            try files.checkAuthorities(.artifactsCAFile)
            try files.checkSecret(.artifactsTokenFile)
            try files.checkIdentity(.artifactsCertificateFile, key: .artifactsKeyFile)
        }
        if worker.schemaRegistry != nil {
            try files.checkAuthorities(.schemaRegistryCA)
            try files.checkSecret(.schemaRegistryPasswordFile)
            try files.checkSecret(.schemaRegistryBearerFile)
            try files.checkIdentity(.schemaRegistryCertificate, key: .schemaRegistryKey)
        }
    }

    /// What reads files that the configuration names: one that cannot be used is its fault.
    private static func reading<Value>(
        _ body: () throws(SwerveError) -> Value
    ) throws(SwerveError) -> Value {
        do throws(SwerveError) {
            return try body()
        } catch {
            throw error.ofNamedFile
        }
    }

    /// Those that workers show to servers, by the keys that name them.
    ///
    /// Of other names after a SIGHUP `/metrics` hears at the next start.
    var certificates: [String: CertificateFile] {
        let location = "ssl.certificate.location"
        let paths = [
            "kafka": worker.kafka[location], "kafka.consumer": worker.kafkaConsumer[location],
            "kafka.producer": worker.kafkaProducer[location],
            "artifacts": worker.remoteArtifacts?.connection.certificateFile,
            "schema_registry": worker.schemaRegistry?.connection.certificateFile,
        ]
        return paths.compactMapValues { $0.map(CertificateFile.init(path:)) }
    }

    /// A worker waits for what is out for as long as it was told; then it still has to close.
    var stopMs: Int { worker.drainMs + Self.closeMs }

    private static let closeMs = 20_000

    /// What keeps the slots' files from other services.
    func locks() throws(SwerveError) -> [SlotLocks.Place] {
        var places: [SlotLocks.Place] = []
        for slot in slots.range {
            var own = worker
            own.slot = slot
            places.append(SlotLocks.Place(slot: slot, path: try own.lockPath()))
        }
        return places
    }

    /// Makes what workers need of the state folder, where it is not there.
    ///
    /// - Throws: where it cannot be made: `.usage`, but for a full disk, which has room again some
    ///   time.
    func makeFolders() throws(SwerveError) {
        do throws(SwerveError) {
            try worker.makeFolders()
        } catch {
            guard error.problem?.kind != .diskFull, !error.isRetryable else { throw error }
            throw configuration.wrong(
                .state, "cannot be used: \(error.act): \(error.reason)", remedy: error.remedy)
        }
    }

    /// Each key's value with its origin.
    var report: [String] {
        let isNumbered = configuration.given(.slotFrom) != nil
        let first =
            "\(slots.range.lowerBound), by \(ConfigurationKey.slotFrom.rawValue) and this host's name"
        return configuration.report(for: .serve, found: isNumbered ? [.slotsFirst: first] : [:])
    }

    /// Checks that workers by this plan and by `other`, which they serve by now, may be in one
    /// group at the same time.
    func check(besides other: ServePlan) throws(SwerveError) {
        let (old, new) = (other.worker, worker)
        let fixed: [(ConfigurationKey, String, String)] = [
            (.model, old.model, new.model),
            (.group, old.group, new.group),
            (.slotsTotal, Self.words(other.slots.total), Self.words(slots.total)),
            (.slotsFirst, "\(other.slots.range.lowerBound)", "\(slots.range.lowerBound)"),
            (.slotsCount, "\(other.slots.range.count)", "\(slots.range.count)"),
            (.assignment, old.assignment.rawValue, new.assignment.rawValue),
            (.topicInput, old.topics.input, new.topics.input),
            (.topicControl, old.topics.control, new.topics.control),
            (.topicStatus, old.topics.status, new.topics.status),
            (.http, Self.words(other.http), Self.words(http)),
        ]
        for (key, before, now) in fixed where before != now {
            throw SwerveError(
                .usage, act: "taking up \(key.rawValue): \(now.shortened(to: 80))",
                reason: key == .http
                    ? "it is \(before.shortened(to: 80)) for the service that runs"
                    : "it is \(before.shortened(to: 80)) for the workers that run, and those of "
                        + "both would be in the group at the same time",
                remedy: "stop the service and start it again")
        }
    }

    private static func words(_ total: Int?) -> String { total.map { "\($0)" } ?? "auto" }

    private static func words(_ http: HTTPAddress?) -> String { http?.description ?? noHTTP }

    private static func http(_ configuration: Configuration) throws(SwerveError) -> HTTPAddress? {
        let text = try configuration.required(.http)
        guard text != noHTTP else { return nil }
        do throws(SwerveError) {
            return try HTTPAddress(parsing: text)
        } catch {
            throw configuration.wrong(
                .http, "is no address: \(error.reason)",
                remedy: error.remedy + ", or none")
        }
    }

    private static let noHTTP = "none"

    /// What is set and has no effect, or is not there yet.
    ///
    /// - Parameter artifacts: the file that workers load versions from; nil where it is none.
    static func warnings(
        _ configuration: Configuration, artifacts: String?
    ) throws(SwerveError) -> [String] {
        var warnings: [String] = []
        if let warning = try InputForm(configuration).warning() { warnings.append(warning) }
        if try !TopicNames(configuration).hasDeadLetters {
            warnings.append(
                "topics.dead_letters, from \(configuration.origin(of: .topicDeadLetters)): dead "
                    + "letters are switched off: a record that cannot be scored is counted and "
                    + "dropped, and nobody will see it again")
        }
        // Not an error: a registry may be brought there later, and versions may be in the cache.
        if let artifacts, try FileStatus.of(artifacts) == nil {
            let key: ConfigurationKey =
                configuration.given(.artifacts) == nil ? .registry : .artifacts
            warnings.append(
                "\(key.rawValue), from \(configuration.origin(of: key)): there is no file "
                    + "'\(artifacts.shortened(to: 200))', seen from the folder that this runs in; "
                    + "workers cannot load a version from it until it is there")
        }
        return warnings
    }

    /// Which slots are here.
    ///
    /// - Parameters:
    ///   - host: this machine's name.
    ///   - cores: processors that may be kept busy here.
    static func slots(
        _ configuration: Configuration, host: String = ProcessIdentity.hostName,
        cores: Int = ProcessorShare.cores
    ) throws(SwerveError) -> OwnedSlots {
        let total = try configuration.integerUnlessWord(.slotsTotal)
        let bound = total ?? Limits.slots
        let whole = total.map { "slots.total is \($0)" } ?? "no group has more than \(bound) slots"
        let given = try configuration.integerIfGiven(.slotsCount)
        if configuration.given(.slotFrom) != nil {
            _ = try configuration.choice(.slotFrom)
            let count = try countToNumberBy(configuration, given)
            let first = try Self.first(configuration, host: host, count: count, of: bound, whole)
            return try OwnedSlots(total: total, first: first, count: count)
        }
        let first = try configuration.integer(.slotsFirst)
        guard first < bound else {
            throw configuration.wrong(
                .slotsFirst, "is not in 0 … \(bound - 1): \(whole), and slots are numbered from 0")
        }
        let count = given ?? total.map { $0 - first } ?? min(cores, bound - first)
        guard count <= bound - first else {
            throw configuration.wrong(
                .slotsCount,
                "is not in 1 … \(bound - first): \(whole), slots.first \(first)")
        }
        return try OwnedSlots(total: total, first: first, count: count)
    }

    private static func countToNumberBy(
        _ configuration: Configuration, _ given: Int?
    ) throws(SwerveError) -> Int {
        guard let given else {
            throw configuration.wrong(
                .slotFrom,
                "needs slots.count: the first slot here is the number of the host times slots.count",
                remedy: "set slots.count, the same on every host")
        }
        guard configuration.given(.slotsFirst) == nil else {
            throw configuration.wrong(
                .slotsFirst, "does not go with slot_from, which says the first slot",
                remedy: "remove one of the two")
        }
        return given
    }

    /// The first slot of a host by its number: `swerve-3`, or `swerve-3.swerve.svc`, with 2 slots
    /// has slots 6 and 7.
    private static func first(
        _ configuration: Configuration, host: String, count: Int, of bound: Int, _ whole: String
    ) throws(SwerveError) -> Int {
        let label = host.prefix { $0 != "." }
        let digits = String(label.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
        let name = "'\(host.shortened(to: 80))'"
        guard !digits.isEmpty else {
            throw configuration.wrong(
                .slotFrom, "finds no number at the end of this host's name, \(name)",
                remedy: "it is for hosts with numbers, as the pods of a StatefulSet have; "
                    + "elsewhere set slots.first")
        }
        guard let number = Int(digits), number <= (bound - count) / count, count <= bound else {
            throw configuration.wrong(
                .slotFrom,
                "gives host \(name) no \(count) slots of its own: \(whole)",
                remedy: "correct slots.count or slots.total, or set slots.first")
        }
        return number * count
    }
}

/// How `serve` starts its workers: by the configuration as it was read last.
struct ServedWorkers: WorkerCommands {
    private var plan: ServePlan
    /// The one before, where it was another.
    private var earlier: ServePlan?
    private let log: Logger
    private let locks: SlotLocks
    private let steps: ProgressCounter
    private let read: () throws(SwerveError) -> ServePlan

    /// - Parameters:
    ///   - locks: hold those of `plan`.
    ///   - steps: how often another level of the log was asked for.
    ///   - read: reads file, environment and options again.
    init(
        _ plan: ServePlan, locks: SlotLocks, log: Logger, steps: ProgressCounter,
        read: @escaping () throws(SwerveError) -> ServePlan
    ) {
        self.plan = plan
        self.log = log
        self.locks = locks
        self.steps = steps
        self.read = read
    }

    func command(
        slot: Int, suspects: SuspectRecords?, lastStop: StatusRecord.Stop?
    ) -> WorkerCommand {
        var own = plan.worker
        own.lastStop = lastStop
        own.slot = slot
        own.suspects = suspects
        return WorkerCommand(
            arguments: [
                "worker", "--log-format", plan.logForm.rawValue, "--log-level", plan.logLevel,
                "--log-steps", "\(steps.value)",
            ], name: "swerve", document: own.bytes,
            journal: try? own.journalPath(), stopMs: plan.stopMs, reports: own.reports)
    }

    mutating func renew() throws(SwerveError) {
        let new = try read()
        try new.check(besides: plan)
        try new.makeFolders()
        // The folder may be another one from now on.
        try locks.hold(try new.locks(), in: new.worker.stateFolder, waitMs: 0, log: log)
        earlier = new.worker == plan.worker ? nil : plan
        plan = new
        for line in new.warnings { log.warning("\(line)") }
        log.notice("the configuration is \(earlier == nil ? "as it was" : "another one")")
    }

    mutating func stepLog() {
        let level = LogVerbosity(plan.logLevel).level(after: Int(steps.value) + 1)
        // On the side of the step on which it is written.
        if level <= .notice { steps.advance() }
        log.notice("the log is at \(level) from now on, by SIGUSR1")
        if level > .notice { steps.advance() }
    }

    mutating func takeBack() -> Bool {
        guard let earlier else { return false }
        plan = earlier
        self.earlier = nil
        return true
    }
}
