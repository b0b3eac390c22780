import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// A real broker with SASL and an authorizer, as the environment names it.
///
/// - `SWERVE_TEST_SASL_BOOTSTRAP`: its address.
/// - `SWERVE_TEST_SASL_ADMIN`: `USER:PASSWORD` of who may do everything there.
/// - `SWERVE_TEST_SASL_WORKER` and `SWERVE_TEST_SASL_OPERATOR`: the same of two users without any
///   rights.
/// - `SWERVE_TEST_SASL_ACLS`: a command that takes the options of `kafka-acls.sh` and has the
///   admin's credentials, such as `kafka-acls.sh --command-config admin.properties`.
/// - `SWERVE_TEST_SASL_PROTOCOL`, `SWERVE_TEST_SASL_MECHANISM`: SASL_PLAINTEXT and PLAIN without.
struct GuardedBroker {
    struct User {
        let name: String
        let password: String

        init?(_ text: String?) {
            guard let parts = text?.split(separator: ":", maxSplits: 1), parts.count == 2 else {
                return nil
            }
            name = String(parts[0])
            password = String(parts[1])
        }

        var principal: String { "User:\(name)" }

        /// The environment of a process of this user.
        var environment: [String: String] {
            ["SWERVE_KAFKA_SASL_USERNAME": name, "SWERVE_KAFKA_SASL_PASSWORD": password]
        }
    }

    let bootstrap: String
    let admin: User
    let worker: User
    let `operator`: User
    let acls: String
    let `protocol`: String
    let mechanism: String

    /// Nil where the environment names none.
    static let named: GuardedBroker? = {
        let environment = ProcessInfo.processInfo.environment
        func value(_ name: String) -> String? {
            environment["SWERVE_TEST_SASL_\(name)"].flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let bootstrap = value("BOOTSTRAP"), let admin = User(value("ADMIN")),
            let worker = User(value("WORKER")), let other = User(value("OPERATOR")),
            let acls = value("ACLS")
        else { return nil }
        return GuardedBroker(
            bootstrap: bootstrap, admin: admin, worker: worker, operator: other, acls: acls,
            protocol: value("PROTOCOL") ?? "SASL_PLAINTEXT",
            mechanism: value("MECHANISM") ?? "PLAIN")
    }()
}

/// The six topics of one test on such a broker, a registry with two versions, and a configuration
/// that names no user: each process has its own in its environment.
final class GuardedStream {
    let broker: GuardedBroker
    let folder: TemporaryFolder
    let prefix = "t\(UUID().uuidString.prefix(8).lowercased())"
    private var given: [(commands: [String], GuardedBroker.User)] = []

    var input: String { "\(prefix).in" }
    var output: String { "\(prefix).out" }
    var deadLetters: String { "\(prefix).dlq" }
    var configuration: String { folder.path("swerve.yaml") }

    /// - Parameter changes: further lines of the configuration.
    init(_ changes: String = "", makesTopics: Bool = true) throws {
        broker = try #require(GuardedBroker.named)
        folder = try TemporaryFolder()
        try folder.write(
            "swerve.yaml",
            """
            model: http-anomaly
            group: \(prefix)
            registry: \(folder.path("swerve.db"))
            state: \(folder.path("state"))
            start: earliest
            topics:
              {input: \(input), output: \(output), dead_letters: \(deadLetters),
              control: \(prefix).control, status: \(prefix).status, ledger: \(prefix).ledger}
            http: none
            kafka:
              bootstrap.servers: "\(broker.bootstrap)"
              security.protocol: \(broker.protocol)
              sasl.mechanism: \(broker.mechanism)
            \(changes)

            """)
        if makesTopics {
            _ = try done(["topics", "create", "--partitions", "2"], by: broker.admin)
        }
        let spec = try folder.write("spec.json", TestModels.spec)
        for version in 1...2 {
            let model = try folder.write("v\(version).model", TestModels.liblinear(seed: version))
            _ = try done(
                [
                    "register", model, "--model", "http-anomaly", "--featurizer", spec, "--label",
                    "attack=1", "--label", "normal=-1",
                ], by: nil)
        }
    }

    deinit { try? takeAllBack() }

    // MARK: - Commands

    func run(
        _ arguments: [String], by user: GuardedBroker.User?
    ) throws -> Executable.Output {
        try Executable.run(
            arguments + ["--config", configuration], environment: user?.environment ?? [:],
            folder: folder.url)
    }

    /// The same, and it has to succeed.
    func done(_ arguments: [String], by user: GuardedBroker.User?) throws -> Executable.Output {
        let output = try run(arguments, by: user)
        guard output.code == 0 else {
            throw Failure("\(arguments.joined(separator: " ")): \(output)")
        }
        return output
    }

    func serve(by user: GuardedBroker.User) throws -> RunningProcess {
        try RunningProcess(
            ["serve", "--config", configuration], environment: user.environment,
            folder: folder.url)
    }

    // MARK: - Rights

    /// One line of `swerve rights`.
    struct Rule: CustomStringConvertible {
        let operation: String
        let resource: String
        let name: String
        let pattern: String
        let isNeeded: Bool

        /// What an error says of it: of a prefix, the beginning.
        var description: String {
            "\(operation) on \(resource == "transactional-id" ? "transactional id" : resource) "
                + name
        }
    }

    func rules(_ process: String) throws -> [Rule] {
        let document = try done(["rights", process, "--json"], by: nil).json()
        let rules = document["processes"]?.array?.first?["rules"]?.array ?? []
        return rules.map {
            Rule(
                operation: $0["operation"]?.string ?? "", resource: $0["resource"]?.string ?? "",
                name: $0["name"]?.string ?? "", pattern: $0["pattern"]?.string ?? "",
                isNeeded: $0["condition"] == .null)
        }
    }

    /// Gives a user what `swerve rights` prints for processes, by running just that.
    func give(_ processes: String..., to user: GuardedBroker.User) throws {
        for process in processes {
            let printed = try done(["rights", process, "--principal", user.principal], by: nil).out
            let commands = printed.split(separator: "\n").map(String.init)
                .filter { !$0.hasPrefix("#") }
            try shell(commands)
            given.append((commands, user))
        }
    }

    func take(_ rule: Rule, from user: GuardedBroker.User) throws {
        try shell([command("--remove --force", rule, user)])
    }

    func giveBack(_ rule: Rule, to user: GuardedBroker.User) throws {
        try shell([command("--add", rule, user)])
    }

    func takeAllBack() throws {
        for (commands, _) in given {
            try shell(
                commands.map {
                    $0.replacingOccurrences(of: " --add ", with: " --remove --force ")
                })
        }
        given = []
    }

    private func command(_ act: String, _ rule: Rule, _ user: GuardedBroker.User) -> String {
        "kafka-acls.sh --bootstrap-server '\(broker.bootstrap)' \(act) --allow-principal "
            + "'\(user.principal)' --operation \(rule.operation) --\(rule.resource) '\(rule.name)' "
            + "--resource-pattern-type \(rule.pattern)"
    }

    /// Runs lines of a shell with `kafka-acls.sh` among the commands.
    private func shell(_ commands: [String]) throws {
        let tool = try folder.write(
            "kafka-acls.sh", "#!/bin/sh\nexec \(broker.acls) \"$@\"\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tool)
        let script = try folder.write("acls.sh", "set -e\n" + commands.joined(separator: "\n"))
        let output = try Executable.run(
            [script], environment: ["PATH": "\(folder.path("")):/usr/bin:/bin"],
            executable: "/bin/sh")
        guard output.code == 0 else { throw Failure("\(commands): \(output)") }
    }

    // MARK: - Records, by the admin

    private var settings: KafkaSettings {
        KafkaSettings([
            "bootstrap.servers": broker.bootstrap, "security.protocol": broker.protocol,
            "sasl.mechanism": broker.mechanism, "sasl.username": broker.admin.name,
            "sasl.password": broker.admin.password, "fetch.wait.max.ms": "10",
        ])
    }

    func send(_ records: [TestStream.Sent]) throws {
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        for record in records {
            try writer.write(
                topic: input, partition: record.partition, key: record.key, value: record.value)
        }
        try writer.flush(milliseconds: 30_000, act: "sending test records")
    }

    func requests(_ range: Range<Int>) -> [TestStream.Sent] {
        range.map { TestStream.request($0, partitions: 2) }
    }

    /// What there is on a topic once it is `count` records, or the process has ended.
    func read(_ topic: String, _ count: Int, while service: RunningProcess) throws -> [TopicRecord]
    {
        let reader = try TopicReader(
            settings: settings, topics: [(topic, 2, .beginning)]
        ) { _, _ in }
        defer { reader.close() }
        var records: [TopicRecord] = []
        return try service.wait(for: "\(count) records of \(topic)") {
            try reader.poll(milliseconds: 50) { records.append($0) }
            return records.count >= count ? records : nil
        }
    }
}
