package import Configuration
import FoundationEssentials
package import Inputs
import Kafka
package import Lifecycle
import Platform
package import SchemaRegistry

/// Everything one worker needs to know; the supervisor hands it over as one line of JSON.
package struct WorkerConfiguration: Sendable, Equatable, Codable {
    package enum Assignment: String, Sendable, Codable, CaseIterable {
        case `static`, dynamic, fixed
    }

    package enum Delivery: String, Sendable, Codable, CaseIterable {
        case atLeastOnce = "at-least-once"
        case exactlyOnce = "exactly-once"

        /// Milliseconds between two commits, where nothing else is said.
        package var commitIntervalMs: Int { self == .atLeastOnce ? 100 : 500 }
    }

    /// What becomes of a worker at the bound of dead letters.
    package enum AtBound: String, Sendable, Codable, CaseIterable {
        /// The whole service ends with an exit code of its own.
        case exit
        /// The process stays, not ready, and reads nothing.
        case hold
    }

    package struct Topics: Sendable, Equatable, Codable {
        package var input = "raw_requests"
        package var output = "predictions"
        package var deadLetters = "predictions.dlq"
        package var control = "swerve.control"
        package var status = "swerve.status"
        /// `TopicNames.none` where nobody is to write one.
        package var ledger = "swerve.ledger"

        package init() {}

        /// Nil where dead letters are switched off.
        package var deadLettersIfAny: String? {
            deadLetters == TopicNames.none ? nil : deadLetters
        }

        /// Nil where nobody is to write one.
        package var ledgerIfAny: String? { ledger == TopicNames.none ? nil : ledger }

        /// Those that have to be there.
        package var all: [String] {
            [input, output, deadLettersIfAny, control, status].compactMap(\.self)
        }

        init(_ names: TopicNames) {
            input = names.input
            output = names.output
            deadLetters = names.deadLetters
            control = names.control
            status = names.status
            ledger = names.ledger
        }
    }

    /// Whose word is believed; without, everybody's who can write to the control topic.
    package struct Trust: Sendable, Equatable, Codable {
        /// The path of a trust file, as `TrustFile` reads it.
        package var file: String
        /// Whether artifacts need a signature of their own, by a key with the role register.
        package var requiresSignedArtifacts: Bool

        package init(file: String, requiresSignedArtifacts: Bool) {
            self.file = file
            self.requiresSignedArtifacts = requiresSignedArtifacts
        }
    }

    package var model: String
    package var group: String
    package var slot: Int
    /// Slots of the whole group; nil where it is whoever is alive.
    package var total: Int?
    package var assignment: Assignment
    package var delivery = Delivery.atLeastOnce
    package var commit = CommitSettings()
    package var topics = Topics()
    /// How records are written.
    package var form = InputForm()
    /// How predictions are written.
    package var output = OutputForm()
    /// Where schemas come from; nil where neither is in Avro.
    package var schemaRegistry: SchemaRegistrySettings?
    /// Threads that score, the poll thread among them.
    package var scoringThreads = 1
    /// Whether only costly batches are divided among them.
    package var dividesByCost = false
    package var start: String
    /// The registry file that artifacts come from, or a URL.
    package var artifacts: String
    /// Where `artifacts` is a URL: how they are fetched.
    package var remoteArtifacts: RemoteArtifactSettings?
    package var stateFolder: String
    package var trust: Trust?
    /// The file of the private key that heartbeats are signed with; nil where they are not.
    package var signWith: String?
    package var requestBytes = Limits.requestBytes
    /// Names of headers that predictions get from their records.
    package var outputHeaders: [String] = []
    package var deadLetterPercent = WorkerConfiguration.deadLetterPercentDefault
    package var atBound = AtBound.exit
    /// Records older than that are passed over; nil passes over none.
    package var maxAgeMs: Int64?
    /// The most of the poll thread's time that a shadow may take.
    package var shadowPercent = WorkerConfiguration.shadowPercentDefault
    package var isDevelopment = false
    /// How long a stop or a revocation waits for what is out.
    package var drainMs = WorkerConfiguration.drainMsDefault
    /// Records that workers seem to have died of; nil for none.
    package var suspects: SuspectRecords?
    /// How the slot's process before this one ended; nil for the first.
    package var lastStop: StatusRecord.Stop?
    /// Whether standard output is a pipe to the supervisor, for reports.
    package var reports = false
    package var kafka: [String: String]
    package var kafkaConsumer: [String: String] = [:]
    package var kafkaProducer: [String: String] = [:]
    /// Before the names of groups and transactional ids that are not the group's own.
    package var namePrefix = ""

    package static let deadLetterPercentDefault = 50
    package static let shadowPercentDefault = 25
    package static let drainMsDefault = 10_000

    package init(
        model: String, group: String, slot: Int, total: Int?, assignment: Assignment,
        start: String, artifacts: String, stateFolder: String, kafka: [String: String]
    ) {
        self.model = model
        self.group = group
        self.slot = slot
        self.total = total
        self.assignment = assignment
        self.start = start
        self.artifacts = artifacts
        self.stateFolder = stateFolder
        self.kafka = kafka
    }

    /// What a configuration says, checked and typed: nonsense does not get past it.
    ///
    /// - Parameters:
    ///   - slot: whose it is.
    ///   - total: slots of the whole group; nil where it is whoever is alive.
    /// - Throws: `.usage` that names the key, where its value comes from, and what is allowed.
    package init(
        _ configuration: Configuration, slot: Int, of total: Int?
    ) throws(SwerveError) {
        let model = try Self.model(configuration)
        _ = try configuration.required(.bootstrap)
        let clients = try ClientSettings(configuration)
        try configuration.checkClientSettings { settings, act throws(SwerveError) in
            try KafkaSettings(settings).check(act: act)
        }
        let source: ConfigurationKey =
            configuration.given(.artifacts) == nil ? .registry : .artifacts
        let artifacts = try configuration.required(source)
        let remote = try Self.remoteArtifacts(configuration, source, artifacts)
        guard let assignment = Assignment(rawValue: try configuration.choice(.assignment)) else {
            throw configuration.wrong(.assignment, "is not supported by this version")
        }
        guard total != nil || assignment != .fixed else {
            throw configuration.wrong(
                .assignment,
                "does not go with slots.total: auto: partitions go to slots modulo the total",
                remedy: "use assignment: dynamic, or static, or give slots.total a number")
        }
        self.init(
            model: model.description, group: try Self.group(configuration, of: model), slot: slot,
            total: total, assignment: assignment, start: try configuration.choice(.start),
            artifacts: artifacts, stateFolder: try configuration.required(.state),
            kafka: clients.common)
        remoteArtifacts = remote
        delivery = try Self.delivery(configuration)
        commit = try Self.commit(configuration, of: delivery)
        (scoringThreads, dividesByCost) = try Self.scoringThreads(configuration, of: total)
        kafkaConsumer = clients.consumer
        kafkaProducer = clients.producer
        namePrefix = try configuration.namePrefix()
        trust = try Self.trust(configuration)
        signWith = configuration.text(.statusSignWith)
        topics = Topics(try TopicNames(configuration))
        schemaRegistry = try SchemaRegistrySettings(configuration)
        form = try InputForm(configuration)
        output = try OutputForm(configuration)
        isDevelopment = try configuration.flag(.development)
        requestBytes = try configuration.integer(.requestBytes)
        outputHeaders = try Self.outputHeaders(configuration)
        deadLetterPercent = try configuration.integer(.deadLetterPercent)
        guard let atBound = AtBound(rawValue: try configuration.choice(.deadLettersAtBound)) else {
            throw configuration.wrong(.deadLettersAtBound, "is not supported by this version")
        }
        self.atBound = atBound
        maxAgeMs = try configuration.durationMsIfGiven(.maxAge)
        shadowPercent = try configuration.integer(.shadowPercent)
        drainMs = try configuration.integer(.drainMs)
    }

    private static func delivery(_ configuration: Configuration) throws(SwerveError) -> Delivery {
        guard let delivery = Delivery(rawValue: try configuration.choice(.delivery)) else {
            throw configuration.wrong(.delivery, "is not supported by this version")
        }
        guard delivery == .exactlyOnce else { return delivery }
        guard try configuration.choice(.assignment) != Assignment.fixed.rawValue else {
            throw configuration.wrong(
                .delivery,
                "does not go with assignment: fixed: without a generation of the group, nothing "
                    + "keeps a slot that lost its partitions from committing their offsets",
                remedy: "use assignment: static, or dynamic")
        }
        guard try !configuration.flag(.development) else {
            throw configuration.wrong(
                .delivery,
                "does not go with development: true: the development broker keeps no offsets of "
                    + "transactions, and takes none of them back",
                remedy: "use a real Kafka, or at-least-once")
        }
        return delivery
    }

    /// `auto` shares this machine's processors among the slots that are here.
    private static func scoringThreads(
        _ configuration: Configuration, of total: Int?
    ) throws(SwerveError) -> (Int, isByCost: Bool) {
        if let threads = try configuration.integerUnlessWord(.scoringThreads) {
            return (threads, false)
        }
        let (first, cores) = (try configuration.integer(.slotsFirst), ProcessorShare.cores)
        let slots =
            try configuration.integerIfGiven(.slotsCount) ?? total.map { $0 - first } ?? cores
        let share = cores / max(1, slots)
        return (min(max(1, share), Limits.scoringThreads), true)
    }

    private static func commit(
        _ configuration: Configuration, of delivery: Delivery
    ) throws(SwerveError) -> CommitSettings {
        var commit = CommitSettings()
        commit.isSync = try configuration.choice(.commit) == "sync"
        guard delivery == .atLeastOnce || !commit.isSync else {
            throw configuration.wrong(
                .commit,
                "is of at-least-once delivery: a transaction's commit is waited for in any case",
                remedy: "remove it")
        }
        commit.intervalMs =
            try configuration.integerIfGiven(.commitInterval) ?? delivery.commitIntervalMs
        commit.records = try configuration.integer(.commitRecords)
        commit.uncommittedRecords = try configuration.integer(.uncommittedRecords)
        commit.uncommittedMs = try configuration.integer(.uncommittedMs)
        return commit
    }

    private static func outputHeaders(
        _ configuration: Configuration
    ) throws(SwerveError) -> [String] {
        let names = try configuration.list(.outputHeaders)
        guard names.count <= Limits.copiedHeaders else {
            throw configuration.wrong(
                .outputHeaders, "names more than \(Limits.copiedHeaders) headers")
        }
        for name in names {
            guard let words = RecordProducer.refusal(ofHeader: name) else { continue }
            throw configuration.wrong(
                .outputHeaders, "names \(name.shortened(to: 100)), which \(words)")
        }
        return names
    }

    private static func model(_ configuration: Configuration) throws(SwerveError) -> ModelName {
        let name = try configuration.required(.model)
        do throws(SwerveError) {
            return try ModelName(name)
        } catch {
            throw configuration.wrong(.model, "is \(error.reason)", remedy: error.remedy)
        }
    }

    /// The group's name is part of the status topic's keys and of static member ids.
    private static func group(
        _ configuration: Configuration, of model: ModelName
    ) throws(SwerveError) -> String {
        let group = configuration.text(.group) ?? model.description
        guard group.utf8.count <= groupBytes, group.printable == group else {
            throw configuration.wrong(
                .group,
                "is not a name of at most \(groupBytes) bytes without control characters")
        }
        return group
    }

    private static func trust(_ configuration: Configuration) throws(SwerveError) -> Trust? {
        let requires = try configuration.choice(.trustArtifacts) == "required"
        guard let file = configuration.text(.trust) else {
            guard !requires else {
                throw configuration.wrong(
                    .trustArtifacts, "needs a trust file, and trust is missing",
                    remedy: "name a trust file: trust: PATH")
            }
            return nil
        }
        return Trust(file: file, requiresSignedArtifacts: requires)
    }

    private static let groupBytes = 200

    package var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

    package init(parsing bytes: some Collection<UInt8>) throws(SwerveError) {
        do {
            self = try JSONDecoder().decode(WorkerConfiguration.self, from: Data(bytes))
        } catch {
            throw SwerveError(
                .usage, act: "reading the worker's configuration",
                reason: "it is not what serve hands over",
                remedy: "workers are started by swerve serve")
        }
    }

    /// The same with passwords and private keys masked: for people and logs.
    package var shown: WorkerConfiguration {
        var shown = self
        shown.artifacts = SecretMask.shown(artifacts, of: "artifacts")
        shown.remoteArtifacts?.address = shown.artifacts
        shown.schemaRegistry = schemaRegistry?.shown
        shown.kafka = SecretMask.shown(kafka)
        shown.kafkaConsumer = SecretMask.shown(kafkaConsumer)
        shown.kafkaProducer = SecretMask.shown(kafkaProducer)
        return shown
    }

    /// How records are read.
    ///
    /// - Throws: `SwerveError.usage` for names of fields that do not go together.
    package func input() throws(SwerveError) -> InputSettings {
        try form.settings(limitBytes: requestBytes)
    }

    package var slotID: SlotID { SlotID(group: group, slot: slot) }

    /// Where the slot's worker writes down what it has at hand (`BatchJournal`).
    package func journalPath() throws(SwerveError) -> String {
        "\(stateFolder)/\(SlotFileName(slotID, try ModelName(model)).text(".journal"))"
    }

    /// Makes what is not there of a worker's folders: the state folder, and the cache in it.
    package func makeFolders() throws(SwerveError) { _ = try ArtifactFolder(state: stateFolder) }

    /// What the slot's supervisor keeps locked, so that no other service writes the slot's files.
    package func lockPath() throws(SwerveError) -> String {
        "\(stateFolder)/\(SlotFileName(slotID, try ModelName(model)).text(".lock"))"
    }

    /// What the slot remembers of its input; nil on the development broker, which keeps nothing.
    package func servedInputFile() throws(SwerveError) -> ServedInputFile? {
        guard !isDevelopment else { return nil }
        return ServedInputFile(
            folder: stateFolder, slot: slotID, model: try ModelName(model), topic: topics.input)
    }
}
