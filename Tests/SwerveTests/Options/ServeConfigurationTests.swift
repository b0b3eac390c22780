import Configuration
import Foundation
import Lifecycle
import Serving
import Supervision
import TestSupport
import Testing

@testable import swerve

/// What `serve` refuses of a configuration before it starts anything, and which place it blames.
@Suite("the configuration of a service")
struct ServeConfigurationTests {
    private func configuration(
        _ yaml: String = "", environment: [String: String] = [:], settings: [String] = []
    ) throws -> Configuration {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "c.yaml", "model: m\nstart: earliest\nkafka: {bootstrap.servers: b}\n" + yaml)
        var sources = ConfigurationSources(file: file, environment: environment)
        sources.settings = settings
        return try sources.resolve()
    }

    private func error(_ body: () throws -> some Any) -> SwerveError? {
        #expect(throws: SwerveError.self) { _ = try body() }
    }

    @Test("while workers run, what makes them one group stays, and the rest may change")
    func renewed() throws {
        func plan(_ changes: String...) throws -> ServePlan {
            var sources = ConfigurationSources(environment: [:])
            sources.settings =
                [
                    "model=m", "group=g", "start=earliest", "slots.total=4", "slots.count=2",
                    "registry=r.db", "state=s", "kafka.bootstrap.servers=127.0.0.1:1",
                ] + changes
            return try ServePlan(sources.resolve(usualFile: "/nonexistent"))
        }
        let running = try plan()
        try plan("limits.drain_ms=777", "topics.output=o", "delivery=exactly-once", "state=t")
            .check(besides: running)
        for change in [
            "model=n", "group=h", "slots.total=5", "slots.total=auto", "slots.first=1",
            "slots.count=1",
            "assignment=fixed", "topics.input=i", "topics.control=c", "topics.status=t",
        ] {
            let found = error { try plan(change).check(besides: running) }
            let key = change.prefix { $0 != "=" }
            #expect(
                found?.act.hasPrefix("taking up \(key): ") == true, "\(change): \(found as Any)")
            #expect(found?.remedy == "stop the service and start it again")
        }
    }

    @Test("slots that do not fit are blamed on the key that was given, and on its place")
    func slots() throws {
        let fits = try ServePlan.slots(
            try configuration("slots: {total: 4}\n", settings: ["slots.first=1"]))
        #expect(fits.total == 4 && fits.range == 1..<4)
        let first = error {
            try ServePlan.slots(
                try configuration(
                    "slots: {total: 2}\n", environment: ["SWERVE_SLOTS_FIRST": "2"]))
        }
        #expect(first?.code == .usage)
        #expect(
            first?.description
                == "reading SWERVE_SLOTS_FIRST: slots.first: '2' is not in 0 … 1: slots.total is 2, "
                + "and slots are numbered from 0")
        let count = error {
            try ServePlan.slots(
                try configuration("slots: {total: 3, first: 2}\n", settings: ["slots.count=2"]))
        }
        #expect(
            count?.description
                == "reading --set: slots.count: '2' is not in 1 … 1: slots.total is 3, slots.first 2"
        )
    }

    private func slots(
        _ yaml: String, host: String = "laptop", cores: Int = 3,
        environment: [String: String] = [:], settings: [String] = []
    ) throws -> OwnedSlots {
        try ServePlan.slots(
            configuration(yaml, environment: environment, settings: settings), host: host,
            cores: cores)
    }

    @Test(
        "with total: auto slots have their numbers from first and count, as many as processors",
        arguments: [
            ("slots: {total: auto}\n", 0..<3), ("slots: {total: auto, first: 4}\n", 4..<7),
            ("slots: {total: auto, first: 4, count: 1}\n", 4..<5),
            ("slots: {total: auto, first: 1022}\n", 1_022..<1_024),
        ])
    func elasticSlots(yaml: String, range: Range<Int>) throws {
        let slots = try slots(yaml)
        #expect(slots.total == nil && slots.range == range)
        let set = try self.slots("", settings: ["slots.total=auto", "slots.first=9"])
        #expect(set.total == nil && set.range == 9..<12)
        let variable = try self.slots("", environment: ["SWERVE_SLOTS_TOTAL": "auto"])
        #expect(variable.total == nil && variable.range == 0..<3)
        // A number's slots are counted by it, not by processors.
        #expect(try self.slots("slots: {total: 8}\n").range == 0..<8)
    }

    @Test(
        "slot_from: hostname takes the host's number times count",
        arguments: [
            ("swerve-3", "auto", 2, 6..<8),
            ("swerve-0.swerve.ns.svc.cluster.local", "auto", 4, 0..<4),
            ("node07", "auto", 1, 7..<8), ("swerve-3", "8", 2, 6..<8),
            ("w-1023", "auto", 1, 1_023..<1_024),
        ])
    func numbered(host: String, total: String, count: Int, range: Range<Int>) throws {
        let slots = try slots(
            "slots: {total: \(total), count: \(count)}\n", host: host,
            environment: ["SWERVE_SLOT_FROM": "hostname"])
        #expect(slots.range == range)
    }

    @Test("what --check tells of the first slot is what a worker gets")
    func numberedReport() throws {
        var sources = ConfigurationSources(environment: ["SWERVE_SLOT_FROM": "hostname"])
        sources.settings = [
            "model=m", "start=earliest", "slots.total=auto", "slots.count=2",
            "kafka.bootstrap.servers=127.0.0.1:1",
        ]
        let configuration = try sources.resolve(usualFile: "/nonexistent")
        let plan = try ServePlan(configuration, host: "swerve-3")
        #expect(plan.slots.range == 6..<8)
        #expect(plan.report.contains("slots.first = 6, by slot_from and this host's name"))
        #expect(!plan.report.contains { $0.hasPrefix("slots.first = 0") })
    }

    @Test(
        "a file of the configuration that cannot be used is its fault: another start ends alike",
        arguments: ["missing", "folder", "large", "garbage"])
    func unusableFiles(file: String) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("folder"), withIntermediateDirectories: false)
        try folder.write("large", String(repeating: "#", count: (1 << 20) + 1))
        try folder.write("garbage", "neither a key nor a certificate\n")
        for keys in [
            ["trust"], ["status.sign_with", "trust"], ["kafka.ssl.certificate.location"],
            ["kafka.ssl.key.location"], ["kafka.producer.ssl.keystore.location"],
        ] {
            var sources = ConfigurationSources(environment: [:])
            sources.settings =
                [
                    "model=m", "start=earliest", "kafka.bootstrap.servers=127.0.0.1:1",
                    "kafka.security.protocol=ssl",
                ] + keys.map { "\($0)=\(folder.path(file))" }
            let configuration = try sources.resolve(usualFile: "/nonexistent")
            let error = error { try ServePlan(configuration) }
            #expect(
                error.map(ExitContract.code(of:)) == ExitContract.usage,
                "\(keys): \(String(describing: error))")
        }
    }

    @Test(
        "so is one for the server of artifacts, or of schemas, by its key",
        arguments: ["missing", "folder", "garbage"])
    func unusableWebFiles(file: String) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("folder"), withIntermediateDirectories: false)
        // Neither a certificate, nor a secret on one line.
        try folder.write("garbage", "two\nlines\n")
        let artifacts = "artifacts=https://127.0.0.1:1/{digest}"
        let schemas = [
            "input.format=avro", "schema_registry.url=https://127.0.0.1:1",
            "schema_registry.parked_bytes=1048576",
        ]
        let kafka = ["kafka.security.protocol=sasl_ssl", "kafka.sasl.mechanism=OAUTHBEARER"]
        let token = [
            "kafka.sasl.oauthbearer.method=oidc", "kafka.sasl.oauthbearer.client.id=i",
            "kafka.sasl.oauthbearer.token.endpoint.url=https://127.0.0.1:1",
        ]
        for (key, beside) in [
            ("artifacts.ca_file", [artifacts]), ("artifacts.token_file", [artifacts]),
            ("artifacts.certificate_file", [artifacts, "artifacts.key_file=\(folder.path("k"))"]),
            ("schema_registry.tls.ca", schemas), ("schema_registry.bearer_file", schemas),
            ("schema_registry.basic.password_file", schemas + ["schema_registry.basic.user=u"]),
            (
                "schema_registry.tls.certificate",
                schemas + ["schema_registry.tls.key=\(folder.path("k"))"]
            ),
            ("kafka.sasl.oauthbearer.client.secret_file", kafka + token),
        ] {
            let value = "\(key)=\(folder.path(file))"
            let error = error { try plan(["kafka.bootstrap.servers=127.0.0.1:1", value] + beside) }
            #expect(
                error.map(ExitContract.code(of:)) == ExitContract.usage,
                "\(key): \(String(describing: error))")
            let words = error?.description ?? ""
            #expect(words.contains(folder.path(file)), "\(key): \(words)")
            #expect(!words.contains("two"), "\(words)")
            guard !key.hasPrefix("kafka") else { continue }
            #expect(words.hasPrefix("reading --set: \(key): '"), "\(words)")
        }
    }

    @Test("files for the web that can be used are taken", .enabled(if: TestAuthority.isPossible))
    func usableWebFiles() throws {
        let folder = try TemporaryFolder()
        let authority = try TestAuthority(folder)
        let own = try authority.identity("own")
        let secret = try folder.write("secret", "s3cret\n")
        _ = try plan([
            "kafka.bootstrap.servers=127.0.0.1:1", "artifacts=https://127.0.0.1:1/{digest}",
            "artifacts.ca_file=\(authority.ca)", "artifacts.token_file=\(secret)",
            "artifacts.certificate_file=\(own.certificate)", "artifacts.key_file=\(own.key)",
            "output.format=avro", "schema_registry.url=https://127.0.0.1:1",
            "schema_registry.tls.ca=\(authority.ca)", "schema_registry.bearer_file=\(secret)",
        ])
    }

    private func plan(_ settings: [String]) throws -> ServePlan {
        var sources = ConfigurationSources(environment: [:])
        sources.settings = ["model=m", "start=earliest"] + settings
        return try ServePlan(sources.resolve(usualFile: "/nonexistent"))
    }

    @Test("each slot of a service has a lock of its own in the state folder")
    func locks() throws {
        var sources = ConfigurationSources(environment: [:])
        sources.settings = [
            "model=m", "group=g", "start=earliest", "slots.total=4", "slots.first=2", "state=s",
            "kafka.bootstrap.servers=127.0.0.1:1",
        ]
        let plan = try ServePlan(sources.resolve(usualFile: "/nonexistent"))
        #expect(try plan.locks().map(\.path) == ["s/m.2.g.lock", "s/m.3.g.lock"])
    }

    @Test(
        "slots of a host by its number that cannot be are refused, with the reason and the way out",
        arguments: [
            (
                "slots: {total: auto}\n", "swerve-3",
                """
                reading SWERVE_SLOT_FROM: slot_from: 'hostname' needs slots.count: the first slot here \
                is the number of the host times slots.count; set slots.count, the same on every host
                """
            ),
            (
                "slots: {total: auto, count: 2, first: 4}\n", "swerve-3",
                """
                reading c.yaml: line 4: slots.first: '4' does not go with slot_from, which says the \
                first slot; remove one of the two
                """
            ),
            (
                "slots: {total: auto, count: 2}\n", "laptop.local1",
                """
                reading SWERVE_SLOT_FROM: slot_from: 'hostname' finds no number at the end of this \
                host's name, 'laptop.local1'; it is for hosts with numbers, as the pods of a \
                StatefulSet have; elsewhere set slots.first
                """
            ),
            (
                "slots: {total: 7, count: 2}\n", "swerve-3",
                """
                reading SWERVE_SLOT_FROM: slot_from: 'hostname' gives host 'swerve-3' no 2 slots of \
                its own: slots.total is 7; correct slots.count or slots.total, or set slots.first
                """
            ),
            (
                "slots: {total: auto, count: 2}\n", "swerve-512",
                """
                reading SWERVE_SLOT_FROM: slot_from: 'hostname' gives host 'swerve-512' no 2 slots of \
                its own: no group has more than 1024 slots; correct slots.count or slots.total, or \
                set slots.first
                """
            ),
            (
                "slots: {total: 1, count: 2}\n", "swerve-99999999999999999999",
                """
                reading SWERVE_SLOT_FROM: slot_from: 'hostname' gives host \
                'swerve-99999999999999999999' no 2 slots of its own: slots.total is 1; correct \
                slots.count or slots.total, or set slots.first
                """
            ),
        ])
    func unnumbered(yaml: String, host: String, words: String) throws {
        let found = error {
            try slots(yaml, host: host, environment: ["SWERVE_SLOT_FROM": "hostname"])
        }
        #expect(found?.code == .usage)
        #expect(
            found?.description.replacing(/reading \S*c\.yaml/, with: "reading c.yaml") == words)
        let other = error { try slots(yaml, settings: ["slot_from=ip"]) }
        #expect(other?.description.contains("'ip' is not supported") == true, "\(other as Any)")
    }

    @Test("fixed has no total to count by where the group is whoever is alive")
    func elasticFixed() throws {
        let found = error {
            try WorkerConfiguration(
                configuration("assignment: fixed\n"), slot: 0, of: nil)
        }
        #expect(found?.code == .usage)
        #expect(
            found?.reason.hasPrefix(
                "line 4: assignment: 'fixed' does not go with slots.total: auto: ") == true)
        for assignment in ["static", "dynamic"] {
            let worker = try WorkerConfiguration(
                configuration("assignment: \(assignment)\n"), slot: 5, of: nil)
            #expect(worker.total == nil)
            #expect(try WorkerConfiguration(parsing: worker.bytes) == worker)
        }
    }

    @Test("a model's name and librdkafka's settings are blamed on their place as well")
    func places() throws {
        func error(environment: [String: String] = [:], settings: [String] = []) -> SwerveError? {
            self.error {
                try WorkerConfiguration(
                    try configuration(environment: environment, settings: settings), slot: 0, of: 1)
            }
        }
        let model = error(environment: ["SWERVE_MODEL": "Bad Name"])
        #expect(model?.code == .usage && model?.act == "reading SWERVE_MODEL")
        #expect(model?.description.contains("write it bad-name") == true)
        let unknown = error(settings: ["kafka.lingr.ms=5"])
        #expect(unknown?.act == "reading --set: kafka")
        #expect(unknown?.description.contains("did you mean linger.ms?") == true)
    }

    @Test("what has no effect, and a registry that is not there, are told with their place")
    func warnings() throws {
        let folder = try TemporaryFolder()
        let there = try folder.write("r.db", "")
        #expect(try ServePlan.warnings(try configuration(), artifacts: there).isEmpty)
        let off = try ServePlan.warnings(
            try configuration(settings: ["topics.dead_letters=none"]), artifacts: there)
        #expect(off.count == 1)
        #expect(
            off.first?.hasPrefix(
                "topics.dead_letters, from --set: dead letters are switched off: a record that "
                    + "cannot be scored is counted and dropped") == true)
        let missing = folder.path("none.db")
        for (settings, place) in [
            (["registry=r"], "registry, from --set: "), ([], "registry, from the default: "),
            (["artifacts=a"], "artifacts, from --set: "),
        ] {
            let lines = try ServePlan.warnings(
                try configuration(settings: settings), artifacts: missing)
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("\(place)there is no file '\(missing)'") == true)
        }
    }
}
