import Foundation
import Kafka
import Lifecycle
import Operations
import Registry

/// Changes of a deployment without the command line, and what the fleet says it counted.
extension Scene {
    /// Changes the deployment through registry and control topic, and waits for all slots.
    @discardableResult
    func change(_ request: DeploymentChange<Int>) throws -> Deployment {
        let registry = try Registry.open(path: stream.registry, access: .readWrite(create: false))
        let topic = KafkaControlTopic(
            settings: stream.settings, topic: stream.control, timeoutMs: 30_000
        ) { _, _ in }
        defer { topic.close() }
        let change = try Promoter(
            registry: registry, relay: OutboxRelay(registry: registry, topic: topic)
        ).change(
            ChangeOrder(
                .change(request), of: try ModelName("http-anomaly"),
                note: ChangeNote(by: "test", at: "2026-01-01T00:00:00.000Z")))
        try change.check()
        _ = try service.wait(for: "epoch \(change.deployment.epoch) on all slots") {
            try status()["converged"] == true ? true : nil
        }
        return change.deployment
    }

    /// The newest status record of each slot.
    func statusRecords() throws -> [StatusRecord] {
        var newest: [[UInt8]: StatusRecord] = [:]
        for record in try stream.readAll(stream.status, partitions: 1) {
            newest[record.key] = record.value.flatMap(StatusRecord.init(value:))
        }
        return newest.values.sorted { $0.slot < $1.slot }
    }

    /// The newest status records, once they tell of `count` records taken by these workers.
    func statusRecords(of count: Int64) throws -> [StatusRecord] {
        try service.wait(for: "\(count) records in the status") {
            let records = try statusRecords()
            return records.reduce(0) { $0 + $1.counts.records } >= count ? records : nil
        }
    }

    /// Sends requests in portions that no batch is filled by, and waits for each one's answers.
    func feed(_ range: Range<Int>, portion: Int = 300) throws {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: portion) {
            let end = min(start + portion, range.upperBound)
            try stream.send(stream.requests(start..<end))
            _ = try predictions(end)
        }
    }

    /// What `swerve score` says of the stream's requests by a version, by id.
    func offlineAnswers(version: Int, _ range: Range<Int>) throws -> [String: OfflineAnswer] {
        let lines = stream.requests(range).compactMap { $0.value }
            .map { String(decoding: $0, as: UTF8.self) }
        let output = try stream.swerve(
            "score", "http-anomaly@\(version)", "--registry", stream.registry,
            input: lines.joined(separator: "\n"))
        guard output.code == 0 else { throw Failure("\(output)") }
        var answers: [String: OfflineAnswer] = [:]
        for line in try output.jsonLines() {
            guard let id = line["id"]?.string, let score = line["score"]?.double,
                let label = line["label"]?.string
            else { throw Failure("\(line)") }
            answers[id] = OfflineAnswer(score: score, label: label)
        }
        return answers
    }

    struct OfflineAnswer {
        let score: Double
        let label: String
    }
}

extension Sequence where Element == StatusRecord {
    /// What a version did in all slots.
    func counts(_ version: Int) -> VersionCounts {
        reduce(into: VersionCounts()) { total, record in
            if let counts = record.versions?["\(version)"] { total.merge(counts) }
        }
    }

    /// The comparison of all slots.
    var comparison: VersionComparison? {
        reduce(into: nil) { total, record in
            guard let one = record.comparison else { return }
            if total == nil { total = one } else { total?.merge(one) }
        }
    }
}
