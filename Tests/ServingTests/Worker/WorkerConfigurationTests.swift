import Configuration
import Kafka
import Lifecycle
import Serving
import TestSupport
import Testing
import Transfer

/// What a worker gets of a configuration, and that it arrives as it was sent.
@Suite("Worker configuration")
struct WorkerConfigurationTests {
    private func worker(
        _ yaml: String = "", settings: [String] = []
    ) throws -> WorkerConfiguration {
        let folder = try TemporaryFolder()
        var sources = ConfigurationSources(
            file: try folder.write(
                "c.yaml", "model: m\nstart: latest\nkafka: {bootstrap.servers: b}\n" + yaml),
            environment: [:])
        sources.settings = settings
        return try WorkerConfiguration(sources.resolve(), slot: 1, of: 3)
    }

    @Test("the reader of the control topic is answered each second, however long the input waits")
    func readerWait() {
        var configuration = Streams.configuration()
        configuration.kafkaConsumer = ["fetch.wait.max.ms": "20000"]
        #expect(configuration.readerSettings.values["fetch.wait.max.ms"] == "1000")
        #expect(configuration.consumerSettings.values["fetch.wait.max.ms"] == "20000")
        configuration.kafkaConsumer = ["fetch.wait.max.ms": "20"]
        #expect(configuration.readerSettings.values["fetch.wait.max.ms"] == "20")
    }

    @Test("the more slots ask a development broker, the less often does each")
    func developmentWait() {
        func wait(total: Int?, isDevelopment: Bool = true) -> String? {
            var configuration = Streams.configuration()
            configuration.total = total
            configuration.isDevelopment = isDevelopment
            return configuration.baseSettings.values["fetch.wait.max.ms"]
        }
        #expect(wait(total: 1) == "10" && wait(total: nil) == "10")
        #expect(wait(total: 64) == "64")
        #expect(wait(total: 1_000) == "100")
        #expect(wait(total: 64, isDevelopment: false) == nil)
    }

    @Test("with only what is required, everything else is its default, in the table as here")
    func defaults() throws {
        #expect(
            try worker()
                == WorkerConfiguration(
                    model: "m", group: "m", slot: 1, total: 3, assignment: .static,
                    start: "latest", artifacts: "./swerve.db", stateFolder: "./state",
                    kafka: ["bootstrap.servers": "b"]))
    }

    private func leaving(_ group: String, _ yaml: String) throws -> WorkerConfiguration {
        let folder = try TemporaryFolder()
        let sources = ConfigurationSources(
            file: try folder.write("c.yaml", "kafka: {bootstrap.servers: b}\n" + yaml),
            environment: [:])
        return try WorkerConfiguration(leaving: group, sources.resolve(), slot: 1, of: 3)
    }

    @Test("to leave a group needs neither model nor start, and nobody else's configuration")
    func leavingConfiguration() throws {
        let bare = try leaving("g", "topics: {input: in}\n")
        #expect(bare.group == "g" && bare.model.isEmpty && bare.topics.input == "in")
        #expect(bare.consumerSettings["group.id"] == "g" && bare.assignment == .static)
        #expect(try leaving("g", "group: g\nmodel: m\n").model == "m")
        #expect(try leaving("m", "model: m\n").group == "m")
        for (yaml, words) in [
            ("group: h\nmodel: g\n", "group: 'h' is another group than g"),
            ("model: h\n", "model: 'h' names the group too, which is another group than g"),
        ] {
            let error = try #require(throws: SwerveError.self) { try leaving("g", yaml) }
            #expect(error.code == .usage && error.reason.contains(words), "\(error)")
        }
    }

    @Test("every key arrives")
    func whole() throws {
        let worker = try worker(
            """
            registry: r.db
            artifacts: a.db
            state: s
            group: g
            assignment: fixed
            commit: sync
            commit.interval_ms: 11
            commit.records: 12
            scoring_threads: 3
            topics:
              {input: t1, output: t2, dead_letters: t3, control: t4, status: t5, ledger: t6}
            input: {fields: {id: f1, method: f2, path: f3, query: f4, body: f5}}
            output: {headers: [traceparent, x]}
            dead_letters: {at_bound: hold}
            limits:
              {request_bytes: 1, dead_letter_percent: 2, shadow_percent: 3, drain_ms: 400,
              max_age: 5m, uncommitted_records: 13, uncommitted_ms: 14}
            trust: t
            trust.artifacts: required
            development: true
            kafka.consumer: {fetch.min.bytes: 6}
            kafka.producer: {linger.ms: 7}
            """)
        var expected = WorkerConfiguration(
            model: "m", group: "g", slot: 1, total: 3, assignment: .fixed, start: "latest",
            artifacts: "a.db", stateFolder: "s", kafka: ["bootstrap.servers": "b"])
        (expected.commit.isSync, expected.commit.intervalMs) = (true, 11)
        (expected.commit.records, expected.commit.uncommittedRecords) = (12, 13)
        expected.commit.uncommittedMs = 14
        expected.scoringThreads = 3
        (expected.topics.input, expected.topics.output) = ("t1", "t2")
        (expected.topics.deadLetters, expected.topics.control) = ("t3", "t4")
        (expected.topics.status, expected.topics.ledger) = ("t5", "t6")
        (expected.form.fields.id, expected.form.fields.method) = ("f1", "f2")
        (expected.form.fields.path, expected.form.fields.query) = ("f3", "f4")
        expected.form.fields.body = "f5"
        (expected.requestBytes, expected.deadLetterPercent) = (1, 2)
        (expected.shadowPercent, expected.drainMs) = (3, 400)
        (expected.atBound, expected.maxAgeMs) = (.hold, 300_000)
        expected.outputHeaders = ["traceparent", "x"]
        expected.trust = .init(file: "t", requiresSignedArtifacts: true)
        expected.isDevelopment = true
        expected.kafkaConsumer = ["fetch.min.bytes": "6"]
        expected.kafkaProducer = ["linger.ms": "7"]
        #expect(worker == expected)
        #expect(try WorkerConfiguration(parsing: worker.bytes) == worker)
    }

    @Test("scoring_threads: auto shares the processors among the slots that are here, one at least")
    func automaticThreads() throws {
        let many = try worker("scoring_threads: auto\nslots: {total: 600, count: 512}\n")
        #expect(many.scoringThreads == 1 && many.dividesByCost)
        let one = try worker("scoring_threads: auto\nslots.count: 1\n")
        #expect((1...Limits.scoringThreads).contains(one.scoringThreads) && one.dividesByCost)
        #expect(try !worker("scoring_threads: 2\n").dividesByCost)
    }

    @Test("the table's words are those that the types know")
    func words() {
        #expect(
            ConfigurationKey.start.row.kind == .choice(StartPosition.allCases.map(\.rawValue)))
        #expect(
            ConfigurationKey.assignment.row.kind
                == .choice(WorkerConfiguration.Assignment.allCases.map(\.rawValue)))
        #expect(
            ConfigurationKey.deadLettersAtBound.row.kind
                == .choice(WorkerConfiguration.AtBound.allCases.map(\.rawValue)))
    }

    @Test("the table's numbers are those that a worker has by itself")
    func numbers() throws {
        let plain = WorkerConfiguration(
            model: "m", group: "g", slot: 0, total: 1, assignment: .static, start: "earliest",
            artifacts: "", stateFolder: "", kafka: [:])
        let told = try worker("registry: r.db\n")
        #expect(told.requestBytes == plain.requestBytes)
        #expect(told.deadLetterPercent == plain.deadLetterPercent)
        #expect(told.atBound == plain.atBound && told.maxAgeMs == plain.maxAgeMs)
        #expect(told.outputHeaders == plain.outputHeaders)
        #expect(told.shadowPercent == plain.shadowPercent && told.drainMs == plain.drainMs)
        #expect(told.topics == plain.topics && told.form == plain.form)
    }

    @Test("artifacts come from the registry where nothing else is said")
    func artifacts() throws {
        let configuration = try worker("registry: r.db\n")
        #expect(configuration.artifacts == "r.db" && configuration.remoteArtifacts == nil)
    }

    @Test("where they come from over the web reaches the worker whole, and people without a query")
    func remoteArtifacts() throws {
        let configuration = try worker(settings: [
            "artifacts=https://h/{digest}?sig=hunter2", "artifacts.token_file=t",
            "artifacts.ca_file=a", "artifacts.certificate_file=c", "artifacts.key_file=k",
        ])
        let remote = try #require(configuration.remoteArtifacts)
        #expect(remote.address == "https://h/{digest}?sig=hunter2" && remote.tokenFile == "t")
        let connection = remote.connection
        #expect(connection.caFile == "a" && connection.certificateFile == "c")
        #expect(connection.keyFile == "k")
        #expect(try WorkerConfiguration(parsing: configuration.bytes) == configuration)
        let shown = String(decoding: configuration.shown.bytes, as: UTF8.self)
        #expect(shown.contains("https://h/{digest}?***") && !shown.contains("hunter2"))
    }

    @Test(
        "what no worker can take is refused",
        arguments: [
            ("group=a\u{7}b", "group: 'a\\u{7}b' is not a name of at most 200 bytes"),
            ("group=" + String(repeating: "g", count: 201), "is not a name of at most 200 bytes"),
            ("model=No Name", "model name"),
            (
                "artifacts=https://u:hunter2@h/{digest}",
                "artifacts: 'https://***@h/{digest}' cannot be used: there is a user or a password"
            ),
            ("artifacts=https://h/x?y", "artifacts: 'https://h/x?***' cannot be used"),
            ("artifacts=s3://r/{digest}", "is no scheme that is fetched from"),
            ("artifacts.token_file=t", "is for artifacts from a server"),
            ("registry=s3://r", "registry: 's3://r' is a URL"),
            ("trust.artifacts=required", "needs a trust file, and trust is missing"),
            ("output.headers=a,Swerve.epoch", "names Swerve.epoch, which begins as a dead letter"),
            ("output.headers=a,", "has an empty name in it"),
            (
                "output.headers=" + (0...16).map { "h\($0)" }.joined(separator: ","),
                "names more than 16 headers"
            ),
            ("limits.max_age=10", "is not a whole number with its unit"),
            ("dead_letters.at_bound=stop", "is neither exit nor hold"),
            ("kafka.lingr.ms=5", "did you mean linger.ms?"),
            ("kafka.producer.lingr.ms=5", "kafka.producer: "),
        ])
    func refused(setting: String, words: String) throws {
        let error = #expect(throws: SwerveError.self) { try worker(settings: [setting]) }
        #expect(error?.code == .usage)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("a larger message.max.bytes alone is taken, for both clients")
    func largeMessages() throws {
        for assignment in ["static", "fixed"] {
            let worker = try worker(settings: [
                "assignment=\(assignment)", "kafka.message.max.bytes=5000000",
            ])
            try worker.checkClients()
            for settings in [worker.consumerSettings, worker.producerSettings] {
                #expect(settings["message.max.bytes"] == "5000000")
            }
        }
    }

    @Test("settings that librdkafka does not take together are found without brokers")
    func together() throws {
        let worker = try worker(settings: [
            "kafka.fetch.max.bytes=1000", "kafka.security.protocol=ssl",
        ])
        let error = #expect(throws: SwerveError.self) { try worker.checkClients() }
        #expect(error?.code == .usage)
        #expect(error?.act.contains("the consumer's kafka settings") == true)
        #expect(error?.reason.contains("fetch.max.bytes") == true, "\(String(describing: error))")
    }

    @Test(
        "a file that is not there is named with its setting; it may be put there yet",
        arguments: [
            ("kafka.producer.ssl.ca.location", "the producer's kafka settings"),
            ("kafka.ssl.ca.location", "the consumer's kafka settings"),
        ])
    func files(setting: String, act: String) throws {
        let worker = try worker(settings: [
            "\(setting)=/no/such/file", "kafka.security.protocol=ssl",
        ])
        let error = #expect(throws: SwerveError.self) { try worker.checkClients() }
        #expect(error?.code == .unavailable)
        #expect(error?.act.contains("\(act), for ssl.ca.location") == true)
        #expect(error?.reason.contains("/no/such/file") == true, "\(String(describing: error))")
    }

    @Test("exactly-once has its id and its interval, and no commits in the background")
    func exactlyOnce() throws {
        let worker = try worker("delivery: exactly-once\ngroup: a b\n")
        #expect(worker.delivery == .exactlyOnce)
        #expect(worker.transactionalID == "a b-1-stream")
        #expect(worker.commits == .withTransactions)
        #expect(worker.commit.intervalMs == 500)
        #expect(try WorkerConfiguration(parsing: worker.bytes) == worker)
        try worker.checkClients()
        let other = try self.worker("commit.interval_ms: 20\n")
        #expect(other.transactionalID == nil && other.commits == .whenAsked)
        #expect(other.commit.bounds.commitNs == 20_000_000)
    }

    @Test(
        "members of a group are static ones or ordinary ones, and both go with both deliveries",
        arguments: ["at-least-once", "exactly-once"])
    func members(delivery: String) throws {
        let dynamic = try worker("assignment: dynamic\ndelivery: \(delivery)\ngroup: g\n")
        #expect(dynamic.membership == .dynamic)
        try dynamic.checkClients()
        let fixed = try worker("assignment: static\ndelivery: \(delivery)\ngroup: g\n")
        #expect(fixed.membership == .static(instanceID: "g-1"))
    }

    @Test(
        "what does not go with exactly-once is refused, with the reason",
        arguments: [
            ("assignment: fixed\n", "without a generation of the group"),
            ("development: true\n", "keeps no offsets of transactions"),
            ("commit: sync\n", "is of at-least-once delivery"),
        ])
    func notExactlyOnce(yaml: String, words: String) throws {
        let error = try #require(throws: SwerveError.self) {
            try worker("delivery: exactly-once\n" + yaml)
        }
        #expect(error.code == .usage && error.description.contains(words), "\(error)")
        #expect(throws: Never.self) { try worker(yaml) }
    }
}
