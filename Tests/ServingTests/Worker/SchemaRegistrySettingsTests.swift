import Configuration
import Lifecycle
import SchemaRegistry
import TestSupport
import Testing
import Transfer

@testable import Serving

private let registryURL = "schema_registry.url=https://a"

/// What a configuration says of the schema registry.
@Suite("Schema registry settings")
struct SchemaRegistrySettingsTests {
    private func settings(
        _ yaml: String, environment: [String: String] = [:], set: [String] = []
    ) throws -> SchemaRegistrySettings? {
        let folder = try TemporaryFolder()
        var sources = ConfigurationSources(
            file: try folder.write("c.yaml", yaml), environment: environment)
        sources.settings = set
        return try SchemaRegistrySettings(sources.resolve())
    }

    private static let avro = "input: {format: avro}\n"

    @Test("urls, one or several, and what else there is")
    func whole() throws {
        #expect(try settings("") == nil)
        let one = try settings(Self.avro + "schema_registry: {url: 'http://localhost:8081/'}\n")
        #expect(one == SchemaRegistrySettings(urls: ["http://localhost:8081"]))
        #expect(one?.connection.totalMs == 10_000 && one?.connection.connectSeconds == 3)
        #expect(one?.parkedBytes == 16_777_216 && one?.warning == nil)
        let all = try #require(
            try settings(
                """
                output: {format: avro}
                schema_registry:
                  url: [https://a:8081, 'https://b/apis/ccompat/v7/', "https://a:8081/"]
                  basic: {user: me, password_file: p}
                  headers: {Target-SR-Cluster: lsrc-1, x: 2}
                  tls: {ca: c1, certificate: c2, key: c3}
                  timeout_ms: 500
                  parked_bytes: 1e6
                """))
        #expect(all.urls == ["https://a:8081", "https://b/apis/ccompat/v7"])
        #expect(all.user == "me" && all.passwordFile == "p" && all.bearerFile == nil)
        #expect(all.headers == ["target-sr-cluster": "lsrc-1", "x": "2"])
        #expect(all.connection.caFile == "c1" && all.connection.certificateFile == "c2")
        #expect(all.connection.keyFile == "c3" && all.connection.totalMs == 500)
        #expect(all.parkedBytes == 1_000_000 && all.warning == nil)
    }

    @Test("the environment gives lists, and secrets, which nobody is shown")
    func environment() throws {
        let given = try #require(
            try settings(
                Self.avro,
                environment: [
                    "SWERVE_SCHEMA_REGISTRY_URL": "http://a:1, http://b:2",
                    "SWERVE_SCHEMA_REGISTRY_BASIC_USER": "me",
                    "SWERVE_SCHEMA_REGISTRY_BASIC_PASSWORD": "hunter2",
                    "SWERVE_SCHEMA_REGISTRY_HEADERS": "x-api-key=hunter3",
                ]))
        #expect(given.urls == ["http://a:1", "http://b:2"] && given.password == "hunter2")
        #expect(given.headers == ["x-api-key": "hunter3"])
        #expect(!"\(given.shown)".contains("hunter"))
        #expect(given.warning?.contains("http://a:1") == true)
        #expect(given.warning?.contains("plain http") == true)
        let bearer = try settings(
            Self.avro + "schema_registry: {url: 'http://127.0.0.1:1', bearer_file: f}\n",
            environment: ["SWERVE_SCHEMA_REGISTRY_BEARER": "hunter2"])
        #expect(bearer?.bearer == "hunter2" && bearer?.bearerFile == nil)
        #expect(bearer?.warning == nil)
    }

    @Test(
        "what does not go together is refused, with its key and without secrets",
        arguments: [
            (["input.format=avro"], "input.format: 'avro' needs a schema registry"),
            (["output.format=avro"], "output.format: 'avro' needs a schema registry"),
            (["schema_registry.url=https://a"], "goes with input.format: avro or output.format"),
            (["schema_registry.bearer_file=f"], "goes with input.format: avro or output.format"),
            (["output.format=avro", "schema_registry.url=https://a?x=1"], "without a '?'"),
            (["output.format=avro", "schema_registry.url=file:///a"], "no url of a schema"),
            (["output.format=avro", "schema_registry.url=a:8081"], "cannot be used"),
            (["output.format=avro", "schema_registry.url=https://a,,https://b"], "an empty url"),
            (
                ["output.format=avro", "schema_registry.url=https://u:hunter2@a"],
                "a user or a password in the URL"
            ),
            (
                ["output.format=avro", registryURL, "schema_registry.basic.user=u"],
                "has no password"
            ),
            (
                ["output.format=avro", registryURL, "schema_registry.basic.password_file=f"],
                "has no user"
            ),
            (
                [
                    "output.format=avro", registryURL, "schema_registry.basic.user=u",
                    "schema_registry.basic.password_file=f", "schema_registry.bearer_file=f",
                ], "does not go with a token"
            ),
            (
                [
                    "output.format=avro", registryURL, "schema_registry.basic.user=u:v",
                    "schema_registry.basic.password_file=f",
                ], "has a colon"
            ),
            (
                ["output.format=avro", registryURL, "schema_registry.headers=a"],
                "is not NAME=VALUE"
            ),
            (
                ["output.format=avro", registryURL, "schema_registry.headers=a=1,A=2"],
                "stands twice"
            ),
            (
                ["output.format=avro", registryURL, "schema_registry.headers=a b=1"],
                "no header line"
            ),
            (
                [
                    "output.format=avro", registryURL,
                    "schema_registry.headers=authorization=hunter2",
                ],
                "which is the client's own"
            ),
            (
                ["output.format=avro", registryURL, "schema_registry.headers=x-api-key=hunter2"],
                "looks like a secret"
            ),
            (["output.format=avro", registryURL, "schema_registry.tls.key=k"], "the other one of"),
            (
                [
                    "output.format=avro", "schema_registry.url=http://a",
                    "schema_registry.tls.ca=c",
                ], "is for https"
            ),
            (
                ["schema_registry.basic.password=hunter2"],
                "set SWERVE_SCHEMA_REGISTRY_BASIC_PASSWORD, or name a file"
            ),
            (
                ["schema_registry.bearer=hunter2"],
                "everybody on this machine can read what stands on a command line"
            ),
        ])
    func refused(_ set: [String], _ words: String) throws {
        let error = try #require(throws: SwerveError.self) { try settings("", set: set) }
        #expect(error.code == .usage && error.description.contains(words), "\(error)")
        #expect(!error.description.contains("hunter"))
    }

    @Test(
        "a secret in the file is refused, with the ways to give it",
        arguments: [
            ("basic: {user: u, password: hunter2}", "basic.password_file"),
            ("bearer: hunter2", "SWERVE_SCHEMA_REGISTRY_BEARER"),
            ("headers: {X-Api-Key: hunter2}", "SWERVE_SCHEMA_REGISTRY_HEADERS"),
        ])
    func inFile(yaml: String, words: String) throws {
        let error = try #require(throws: SwerveError.self) {
            try settings(Self.avro + "schema_registry:\n  url: https://a\n  \(yaml)\n")
        }
        #expect(error.code == .usage && error.description.contains(words), "\(error)")
        #expect(error.description.contains("line") && !error.description.contains("hunter2"))
    }

    @Test("a worker is handed all of it, and people see it without secrets")
    func worker() throws {
        let folder = try TemporaryFolder()
        let sources = ConfigurationSources(
            file: try folder.write(
                "c.yaml",
                """
                model: m
                start: latest
                kafka: {bootstrap.servers: b}
                output: {format: avro, register: true}
                schema_registry: {url: https://a, basic: {user: me}, headers: {x: hunter3}}
                """),
            environment: ["SWERVE_SCHEMA_REGISTRY_BASIC_PASSWORD": "hunter2"])
        let worker = try WorkerConfiguration(sources.resolve(), slot: 0, of: 1)
        #expect(worker.output.format == .avro && worker.output.registers)
        #expect(worker.schemaRegistry?.password == "hunter2")
        #expect(try WorkerConfiguration(parsing: worker.bytes) == worker)
        let shown = String(decoding: worker.shown.bytes, as: UTF8.self)
        #expect(shown.contains("https://a") && !shown.contains("hunter"))
        let report = try sources.resolve().report(for: .serve)
        #expect(report.contains { $0.hasPrefix("schema_registry.headers = x=***, from ") })
        #expect(!report.contains { $0.contains("hunter") })
    }

    @Test("predictions are registered in Avro alone")
    func output() throws {
        func form(_ settings: String...) throws -> OutputForm {
            var sources = ConfigurationSources(environment: [:])
            sources.settings = settings
            return try OutputForm(sources.resolve())
        }
        #expect(try form() == OutputForm())
        let avro = try form("output.format=avro", "output.register=true")
        #expect(avro.format == .avro && avro.registers)
        let error = #expect(throws: SwerveError.self) { try form("output.register=true") }
        #expect(error?.description.contains("goes with output.format: avro") == true)
        #expect(
            ConfigurationKey.outputFormat.row.kind
                == .choice(OutputForm.Format.allCases.map(\.rawValue)))
    }
}
