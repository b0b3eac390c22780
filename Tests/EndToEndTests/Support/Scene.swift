import Foundation
import Kafka
import Lifecycle

/// A stream with registered versions, version 1 promoted, and a running service.
struct Scene {
    let stream: TestStream
    let service: RunningProcess

    static func served(
        versions: Int, workers: Int = 2, assignment: String? = nil, changes: String = ""
    ) throws -> Scene {
        let stream = try TestStream()
        try TestModels.register(versions, in: stream)
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: workers, assignment: assignment, changes: changes)
        return try serve(stream, promoting: 1, workers: workers)
    }

    /// A service on a stream that has its versions and its configuration.
    static func serve(
        _ stream: TestStream, promoting version: Int, workers: Int = 2
    ) throws -> Scene {
        let promoted = try stream.control(["promote", "http-anomaly@\(version)"])
        guard promoted.code == 0 else { throw Failure("\(promoted)") }
        let scene = Scene(stream: stream, service: try stream.serve())
        try scene.waitForSlots(workers)
        return scene
    }

    /// Waits until all slots serve what is announced.
    func waitForSlots(_ count: Int) throws {
        _ = try service.wait(for: "\(count) slots that serve") {
            let status = try status()
            let slots = status["slots"]?.array ?? []
            let assigned = slots.map { $0["partitions"]?.array?.count ?? 0 }
            // A group whose members came one by one is assigned twice; only when each of them has
            // its part is it steady.
            let isSteady =
                assigned.count == count && assigned.allSatisfy { $0 > 0 }
                && assigned.reduce(0, +) == stream.partitions
            return isSteady && status["converged"] == true ? true : nil
        }
    }

    /// A command that changes the deployment and waits for the fleet.
    func change(_ arguments: String...) throws -> JSONValue {
        let output = try stream.control(arguments + ["--wait", "--timeout", "60"])
        guard output.code == 0 else { throw Failure("\(output)\n\(service.log.suffix(4_000))") }
        return try output.json()
    }

    func status() throws -> JSONValue { try stream.control(["status", "http-anomaly"]).json() }

    /// Changes of assignment after the first, by slot.
    func rebalances() throws -> [Int] {
        try status()["slots"]?.array?.compactMap { $0["counts"]?["rebalances"]?.int } ?? []
    }

    /// At least `count` predictions, all that were there when they had come.
    func predictions(_ count: Int) throws -> [Prediction] {
        try stream.read(stream.output) { $0.count >= count }.map(Prediction.init)
    }

    func deadLetters(_ count: Int) throws -> [JSONValue] {
        try stream.read(stream.deadLetters) { $0.count >= count }.map { record in
            .string(String(decoding: record.value ?? [], as: UTF8.self))
        }
    }

    /// The control record of an epoch.
    func announced(epoch: Int) throws -> JSONValue {
        for record in try stream.readAll(stream.control, partitions: 1) {
            let json = try JSONValue(parsing: record.value ?? [], act: "reading a control record")
            if json["epoch"]?.int == epoch { return json }
        }
        throw Failure("no control record of epoch \(epoch)")
    }

    /// The offline scores of the stream's requests by a version, by id.
    func offline(version: Int, _ range: Range<Int>) throws -> [String: Double] {
        let lines = stream.requests(range).compactMap { $0.value }
            .map { String(decoding: $0, as: UTF8.self) }
        let output = try stream.swerve(
            "score", "http-anomaly@\(version)", "--registry", stream.registry,
            input: lines.joined(separator: "\n"))
        guard output.code == 0 else { throw Failure("\(output)") }
        var scores: [String: Double] = [:]
        for line in try output.jsonLines() {
            scores[line["id"]?.string ?? ""] = line["score"]?.double
        }
        return scores
    }

    /// Whether a process runs; a zombie that nobody reaped does not.
    static func isAlive(_ pid: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let state = stat.split(separator: ")").last?.split(separator: " ").first
        else { return false }
        return state != "Z" && state != "X"
    }
}
