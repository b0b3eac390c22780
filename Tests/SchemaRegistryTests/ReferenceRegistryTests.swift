import Foundation
import Inputs
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import SchemaRegistry

/// All schemas of the reference, by the reference's own registry.
@Suite(
    "Reference registry", .blocking,
    .enabled(if: SharedData.hasInputs && TestRegistry.isPossible, "\(SharedData.absence)"))
struct ReferenceRegistryTests {
    /// The registry's process; it ends with its standard input.
    private struct Process {
        let child: ChildProcess
        let url: String

        init(_ arguments: [String]) throws {
            var command = ChildCommand(
                executable: "/usr/bin/python3",
                arguments: [SharedData.file("inputs/registry_stub.py").path] + arguments)
            command.standardInput = .pipe
            command.standardOutput = .pipe
            child = try ChildProcess.spawn(command)
            let output = try #require(child.standardOutput)
            var lines = PipeLineReader(output, limit: 1 << 16)
            let line = try lines.next(timeoutMs: 60_000, act: "starting the registry") ?? []
            let json = try JSONValue(parsing: line, act: "starting the registry")
            url = try #require(json["url"]?.string)
        }
    }

    private static let vectors = "inputs/vectors/avro_schemas.jsonl"

    @Test("every schema of the vectors is known or bad, as the vectors say")
    func all() throws {
        let registry = try Process(["--vectors", SharedData.file(Self.vectors).path])
        let state = try TemporaryFolder()
        let lines = KeptLog()
        let service = try SchemaService(
            SchemaRegistrySettings(urls: [registry.url]), state: state.path("state"),
            of: ("m", "g"), log: lines.log
        ) { Issue.record("\($0)") }
        defer { service.stop() }
        var wanted: [Int32: String] = [:]
        for entry in try SharedData.jsonLines(Self.vectors) {
            let id = try #require((entry["schema_id"] as? Int).flatMap { Int32(exactly: $0) })
            let want = try #require(entry["want"] as? [String: Any])
            wanted[id] = want["reason"] as? String ?? "known"
        }
        #expect(wanted.count > 100)
        let deadline = Deadline(afterMs: 120_000)
        var found: [Int32: String] = [:]
        while found.count < wanted.count, !deadline.hasPassed {
            for id in wanted.keys where found[id] == nil {
                switch service.table.find(.id(id)) {
                case .known: found[id] = "known"
                case .refused(let refusal, _): found[id] = refusal.reason(.id(id)).code
                case .absent: break
                }
            }
            _ = try Poll.waitForAny([], timeoutMs: 5)
        }
        for (id, want) in wanted.sorted(by: { $0.key < $1.key }) {
            let why = service.table.why(.id(id)) ?? ""
            #expect(found[id] == want, "schema \(id): \(found[id] ?? why)")
        }
    }
}
