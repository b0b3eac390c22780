import Foundation
import Kafka
import Lifecycle
import TestSupport

/// A registry with two versions and two keys, and workers that know them: `ops` may promote, `ci`
/// may register.
struct Office {
    let stream: TestStream
    var ops: String { stream.folder.path("ops.swervekey") }
    var ci: String { stream.folder.path("ci.swervekey") }

    init() throws {
        stream = try TestStream(partitions: 2)
        try TestModels.register(2, in: stream)
        try run("keys", "generate", "ops", "--role", "promote", "--out", ops)
        try run("keys", "generate", "ci", "--role", "register", "--out", ci)
        try trust()
    }

    /// Hands the registry's keys to the workers.
    func trust() throws {
        try stream.folder.write("trust", Array(try run("keys", "list", "--trust").utf8))
    }

    @discardableResult
    func run(_ arguments: String...) throws -> String {
        let output = try Executable.run(
            arguments + ["--registry", stream.registry], folder: stream.folder.url)
        guard output.code == 0 else { throw Failure("\(output)") }
        return output.out
    }

    /// The last word of the slot on the status topic.
    func slot() throws -> StatusRecord? {
        try stream.readAll(stream.status, partitions: 1)
            .compactMap { $0.value.flatMap { StatusRecord(value: $0) } }.last
    }

    func serves(_ epoch: Int64, _ service: RunningProcess) throws -> StatusRecord {
        try service.wait(for: "epoch \(epoch)") {
            let slot = try slot()
            return slot?.serving?.epoch == epoch && slot?.ready == true ? slot : nil
        }
    }
}
