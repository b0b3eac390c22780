import Foundation
import Kafka
import Lifecycle
import TestSupport

/// A broker with the six topics of one test, a registry, and a way to feed and to read.
///
/// On the development broker, or on a real one where `SWERVE_TEST_BOOTSTRAP` names it; topics have
/// names of their own, so that tests do not meet.
final class TestStream {
    let folder: TemporaryFolder
    let bootstrap: String
    let partitions: Int
    let prefix: String
    let isDevelopment: Bool
    private var broker: RunningProcess?

    static let realBootstrap: String? = {
        let value = ProcessInfo.processInfo.environment["SWERVE_TEST_BOOTSTRAP"] ?? ""
        return value.isEmpty ? nil : value
    }()

    /// - Parameters:
    ///   - statusPartitions: of the status topic.
    ///   - hosting: makes a broker with these topics and gives its address, in the place of those
    ///     above.
    init(
        partitions: Int = 4, statusPartitions: Int = 1,
        hosting: ((_ topics: [(name: String, partitions: Int)]) throws -> String)? = nil
    ) throws {
        folder = try TemporaryFolder()
        self.partitions = partitions
        prefix = "t\(UUID().uuidString.prefix(8).lowercased())"
        if let hosting {
            isDevelopment = true
            let names = Self.topicNames(prefix)
            bootstrap = try hosting(
                names.data.map { ($0, partitions) } + names.single.map { ($0, 1) })
        } else if let real = Self.realBootstrap {
            bootstrap = real
            isDevelopment = false
        } else {
            isDevelopment = true
            let names = Self.topicNames(prefix)
            let broker = try RunningProcess(
                ["broker"]
                    + names.data.flatMap { ["--topic", "\($0):\(partitions)"] }
                    + names.single.flatMap {
                        ["--topic", "\($0):\($0.hasSuffix(".status") ? statusPartitions : 1)"]
                    })
            let line = try broker.wait(for: "the broker's address") {
                broker.output.hasSuffix("\n") ? broker.output : nil
            }
            bootstrap =
                try JSONValue(parsing: Array(line.utf8), act: "reading the address")["bootstrap"]?
                .string ?? ""
            self.broker = broker
        }
        try writeConfiguration(at: "swerve.yaml")
        if !isDevelopment {
            let made = try swerve(
                "topics", "create", "--config", folder.path("swerve.yaml"), "--partitions",
                "\(partitions)", "--status-partitions", "\(statusPartitions)")
            guard made.code == 0 else { throw Failure("\(made)") }
        }
    }

    static func topicNames(_ prefix: String) -> (data: [String], single: [String]) {
        (
            ["\(prefix).in", "\(prefix).out", "\(prefix).dlq"],
            ["\(prefix).control", "\(prefix).status", "\(prefix).ledger"]
        )
    }

    var input: String { "\(prefix).in" }
    var output: String { "\(prefix).out" }
    var deadLetters: String { "\(prefix).dlq" }
    var control: String { "\(prefix).control" }
    var status: String { "\(prefix).status" }
    var ledger: String { "\(prefix).ledger" }
    var registry: String { folder.path("swerve.db") }
    var settings: KafkaSettings {
        KafkaSettings(["bootstrap.servers": bootstrap, "fetch.wait.max.ms": "10"])
    }

    /// The assignment that a killed worker survives best: the development broker knows no static
    /// members, a real one does.
    var assignment: String { isDevelopment ? "fixed" : "static" }

    /// Writes a configuration; `changes` are further lines of YAML.
    @discardableResult
    func writeConfiguration(
        at name: String, workers: Int = 2, assignment: String? = nil, changes: String = "",
        state: String = "state", model: String = "http-anomaly", group: String? = nil
    ) throws -> String {
        try folder.write(
            name,
            """
            model: \(model)
            registry: \(registry)
            state: \(folder.path(state))
            group: \(group ?? prefix)
            slots: {total: \(workers), first: 0, count: \(workers)}
            assignment: \(assignment ?? self.assignment)
            start: earliest
            topics:
              {input: \(input), output: \(output), dead_letters: \(deadLetters),
              control: \(control), status: \(status), ledger: \(ledger)}
            development: \(isDevelopment)
            http: none
            kafka: {bootstrap.servers: "\(bootstrap)"}
            \(changes)

            """)
    }

    func swerve(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) throws -> Executable.Output {
        try Executable.run(
            arguments, input: input, environment: environment, folder: folder.url)
    }

    /// A command that needs the brokers and the registry of this stream, run beside the workers'
    /// configuration, which names their trust file.
    func control(_ arguments: [String]) throws -> Executable.Output {
        try control(arguments, in: folder.url)
    }

    /// The same, run by somebody who does not have the workers' configuration.
    func controlElsewhere(_ arguments: [String]) throws -> Executable.Output {
        try control(arguments, in: nil)
    }

    private func control(_ arguments: [String], in folder: URL?) throws -> Executable.Output {
        try Executable.run(
            arguments + [
                "--registry", registry, "--bootstrap", bootstrap, "--control-topic", control,
                "--status-topic", status, "--json",
            ], folder: folder)
    }

    func serve(
        _ configuration: String = "swerve.yaml", environment: [String: String] = [:]
    ) throws -> RunningProcess {
        try RunningProcess(
            ["serve", "--config", folder.path(configuration)], environment: environment,
            folder: folder.url)
    }

    /// Takes the broker away, for good.
    func killBroker() throws { _ = try broker?.stop(SIGKILL) }

    /// Sends the development broker a signal.
    func signalBroker(_ signal: Int32) { broker.map { _ = kill($0.pid, signal) } }

    // MARK: - Records

    struct Sent {
        let partition: Int32
        let key: [UInt8]
        let value: [UInt8]?
    }

    /// Writes records and waits for their acknowledgement.
    func send(_ records: [Sent], topic: String? = nil) throws {
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        for record in records {
            try writer.write(
                topic: topic ?? input, partition: record.partition, key: record.key,
                value: record.value)
        }
        try writer.flush(milliseconds: 30_000, act: "sending test records")
    }

    /// Requests `first ..< first+count`, spread over partitions, keys `k0` … `k96`.
    func requests(_ range: Range<Int>) -> [Sent] {
        range.map { Self.request($0, partitions: partitions) }
    }

    static func request(_ number: Int, partitions: Int) -> Sent {
        let query = number % 3 == 0 ? "id=1%27+OR+%271%27%3D%271&n=\(number)" : "page=\(number)"
        let line =
            #"{"id":"r-\#(number)","method":"GET","path":"/shop/item/\#(number % 50)","query":"\#(query)","body":""}"#
        return Sent(
            partition: Int32(number % partitions), key: Array("k\(number % 97)".utf8),
            value: Array(line.utf8))
    }

    /// Reads a topic from its beginning until `isEnough` says so.
    func read(
        _ topic: String, partitions: Int? = nil, until isEnough: ([TopicRecord]) -> Bool
    ) throws -> [TopicRecord] {
        let reader = try TopicReader(
            settings: settings, topics: [(topic, partitions ?? self.partitions, .beginning)]
        ) { _, _ in }
        defer { reader.close() }
        var records: [TopicRecord] = []
        let end = Date() + Deadlines.hang
        while !isEnough(records) {
            guard Date() < end else {
                let read = (0..<Int32(partitions ?? self.partitions)).map { partition in
                    let position = reader.position(of: topic, partition: partition)
                    let end = try? reader.end(of: topic, partition: partition, timeoutMs: 10_000)
                    return "\(partition): at \(position) of \(end.map { "\($0)" } ?? "?")"
                }
                throw Failure(
                    "\(topic): \(records.count) records, and no more come; "
                        + read.joined(separator: ", "))
            }
            try reader.poll(milliseconds: 50) { records.append($0) }
        }
        return records
    }

    /// All of a topic's records as they stand now.
    func readAll(_ topic: String, partitions: Int? = nil) throws -> [TopicRecord] {
        let count = partitions ?? self.partitions
        let reader = try TopicReader(
            settings: settings, topics: [(topic, count, .beginning)]
        ) { _, _ in }
        defer { reader.close() }
        var records: [TopicRecord] = []
        for partition in 0..<Int32(count) {
            let end = try reader.end(of: topic, partition: partition, timeoutMs: 10_000)
            while reader.position(of: topic, partition: partition) < end {
                try reader.poll(milliseconds: 20) { records.append($0) }
            }
        }
        return records
    }
}
