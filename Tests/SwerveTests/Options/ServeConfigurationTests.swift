import Configuration
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
            "model=n", "group=h", "slots.total=5", "slots.first=1", "slots.count=1",
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
                == "reading SWERVE_SLOTS_FIRST: slots.first: '2' is not in 0 … 1: slots.total is 2")
        let count = error {
            try ServePlan.slots(
                try configuration("slots: {total: 3, first: 2}\n", settings: ["slots.count=2"]))
        }
        #expect(
            count?.description
                == "reading --set: slots.count: '2' is not in 1 … 1: slots.total is 3, slots.first 2"
        )
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
        let http = try ServePlan.warnings(
            try configuration(environment: ["SWERVE_HTTP": "127.0.0.1:9464"]), artifacts: there)
        #expect(
            http == ["http, from SWERVE_HTTP: metrics and health are not served by this version"])
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
