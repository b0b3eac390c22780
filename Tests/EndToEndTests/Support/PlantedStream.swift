import Foundation
import Lifecycle
import TestSupport

@testable import Kafka

/// A stream that a service has answered under three epochs, and copies of its output or its ledger
/// in which something is wrong: what stands on a topic stays, but a copy can stand in its place.
final class PlantedStream {
    static let records = 600
    let stream: TestStream
    /// What the service wrote, by partition and in its order.
    let output: [TopicRecord]
    let ledger: [TopicRecord]
    private let broker: RunningProcess
    private let copies: [String]
    private var used = 0

    /// - Parameter copies: how many topics there are for copies.
    init(copies count: Int) throws {
        var started: RunningProcess?
        var copies: [String] = []
        let stream = try TestStream(hosting: { topics in
            copies = (0..<count).map { "\(topics[0].name).copy\($0)" }
            let all = topics + copies.map { ($0, topics[0].partitions) }
            let broker = try RunningProcess(
                ["broker"] + all.flatMap { ["--topic", "\($0.name):\($0.partitions)"] })
            started = broker
            let line = try broker.wait(for: "the broker's address") {
                broker.output.hasSuffix("\n") ? broker.output : nil
            }
            return try JSONValue(parsing: Array(line.utf8), act: "reading the address")[
                "bootstrap"]?
                .string ?? ""
        })
        guard let broker = started else { throw Failure("no broker") }
        self.broker = broker
        self.copies = copies
        self.stream = stream
        try TestModels.register(2, in: stream)
        let scene = try Scene.serve(stream, promoting: 1)
        try scene.feed(0..<200)
        _ = try scene.change("promote", "http-anomaly@2", "--canary", "50%")
        try scene.feed(200..<400)
        _ = try scene.change("promote", "http-anomaly@2", "--reason", "it is better")
        try scene.feed(400..<Self.records)
        guard try scene.service.stop() == 0 else { throw Failure(scene.service.log) }
        output = try stream.readAll(stream.output)
        ledger = try stream.readAll(stream.ledger, partitions: 1)
    }

    /// Writes records to a topic that nobody has used.
    ///
    /// - Returns: its name.
    func copy(_ records: [TopicRecord]) throws -> String {
        guard used < copies.count else { throw Failure("no topic is left") }
        let topic = copies[used]
        used += 1
        let writer = try TopicWriter(settings: stream.settings) { _, _ in }
        defer { writer.close() }
        for record in records {
            try writer.write(
                topic: topic, partition: record.partition, key: record.key, value: record.value)
        }
        try writer.flush(milliseconds: 30_000, act: "writing a copy")
        return topic
    }

    func audit(_ arguments: String...) throws -> Executable.Output {
        try Executable.run(
            ["audit", "stream", "http-anomaly", "--config", stream.folder.path("swerve.yaml")]
                + arguments, folder: stream.folder.url)
    }

    /// The kinds of what was found, and the places of the first.
    static func broken(_ output: Executable.Output) throws -> [String: [String]] {
        var found: [String: [String]] = [:]
        for entry in try output.json()["broken"]?.array ?? [] {
            found[entry["kind"]?.string ?? ""] = (entry["places"]?.array ?? []).map {
                "\($0["partition"]?.int ?? -1)@\($0["first"]?.int ?? -1)"
            }
        }
        return found
    }
}

extension TopicRecord {
    /// The same with other fields in its JSON, or with another key or partition.
    func changed(
        _ changes: [String: JSONValue] = [:], key: [UInt8]? = nil, partition: Int32? = nil
    ) throws -> TopicRecord {
        var value = value
        if !changes.isEmpty {
            let fields = try JSONValue(parsing: value ?? [], act: "changing a record").object ?? [:]
            value = JSONValue.object(fields.merging(changes) { $1 }).bytes
        }
        return TopicRecord(
            topic: topic, partition: partition ?? self.partition, offset: offset,
            key: key ?? self.key, value: value, headers: headers, timestamp: timestamp)
    }

    /// A field of its JSON.
    func field(_ name: String) throws -> JSONValue? {
        try JSONValue(parsing: value ?? [], act: "reading a record")[name]
    }
}
