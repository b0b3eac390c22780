import Foundation
import Lifecycle
import TestSupport
import Testing

/// The demo as a user runs it, smaller: its promises hold, and it finds what is planted.
@Suite("Demo, end to end", .serialized, .blocking)
struct DemoEndToEndTests {
    private func demo(_ more: [String]) throws -> Executable.Output {
        var arguments = [
            "demo", "--json", "--rate", "0", "--models", RepositoryFiles.file("models").path,
        ]
        if let real = TestStream.realBootstrap { arguments += ["--bootstrap", real] }
        return try Executable.run(arguments + more)
    }

    @Test("every promise holds, and what it keeps says the same to anyone who counts again")
    func holds() throws {
        let folder = try TemporaryFolder()
        let output = try demo(["--records", "4000", "--keep", folder.path("kept")])
        let report = try output.json()
        #expect(output.code == 0, "\(output)")
        #expect(report["ok"] == true)
        for field in [
            "lost", "duplicated", "wrong_score", "wrong_version", "wrong_label", "rebalances",
            "epoch_went_back", "dead_letters",
        ] {
            #expect(report[field] == 0, "\(field)")
        }
        #expect(report["records_in"] == 4_000 && report["records_out"] == 4_000)
        #expect(report["swaps"]?.array?.compactMap { $0["epoch"]?.int } == [2, 3, 4])
        let kept = try String(
            contentsOfFile: folder.path("kept/predictions.jsonl"), encoding: .utf8)
        var versions: [String: Int64] = [:]
        for line in kept.split(separator: "\n") {
            let prediction = try JSONValue(parsing: Array(line.utf8), act: "reading")["value"]
            versions["\(prediction?["version"]?.int ?? 0)", default: 0] += 1
        }
        #expect(report["by_version"] == .object(versions.mapValues { .int($0) }))
    }

    @Test(
        "a planted fault is found",
        arguments: [("lose", "lost"), ("duplicate", "duplicated"), ("stale", "wrong_version")])
    func finds(fault: String, field: String) throws {
        let output = try demo(["--records", "2000", "--inject", fault])
        #expect(output.code == 1, "\(output)")
        #expect(try output.json()[field] == 1, "\(output)")
    }

    @Test("requests from a file are repeated, with ids of their own")
    func files() throws {
        let folder = try TemporaryFolder()
        let made = try Executable.run(["generate", "--records", "700", "--seed", "3"])
        try folder.write("requests.jsonl", made.out)
        let output = try demo([
            "--records", "2000", "--requests", folder.path("requests.jsonl"), "--keep",
            folder.path("kept"),
        ])
        #expect(output.code == 0, "\(output)")
        let inputs = try String(
            contentsOfFile: folder.path("kept/inputs.jsonl"), encoding: .utf8)
        #expect(inputs.split(separator: "\n").count == 2_000)
        let sources = try String(
            contentsOfFile: folder.path("kept/predictions.jsonl"), encoding: .utf8)
        #expect(Set(sources.split(separator: "\n")).count == 2_000)
        #expect(sources.contains("#3\""))
    }

    @Test("what makes no sense is refused")
    func refuses() throws {
        #expect(try demo(["--records", "0"]).code == 64)
        #expect(try demo(["--inject", "everything"]).code == 64)
        #expect(try demo(["--requests", "missing.jsonl"]).code == 1)
    }
}
