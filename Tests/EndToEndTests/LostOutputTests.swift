import Foundation
import Platform
import TestSupport
import Testing

/// What commands do whose standard output cannot be written.
@Suite("Lost output", .blocking)
struct LostOutputTests {
    private struct End {
        let code: Int32
        let err: String
    }

    /// Runs a shell command in which `swerve` is the built executable, in a folder with a version.
    private func run(_ command: String) throws -> End {
        let folder = try TemporaryFolder()
        try folder.write("spec.json", TestModels.spec)
        try folder.write("good.model", TestModels.liblinear(seed: 1))
        try folder.write(
            "lines.json", String(repeating: #"{"method":"GET","path":"/"}"# + "\n", count: 5_000))
        let registered = try Executable.run(
            ["register", "good.model", "--model", "m", "--featurizer", "spec.json"],
            folder: folder.url)
        #expect(registered.code == 0, "\(registered)")
        let scratch = try TemporaryFiles()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c", "set -o pipefail; swerve() { \"\(Executable.path)\" \"$@\"; }; \(command)",
        ]
        process.environment = Executable.environment([:])
        process.currentDirectoryURL = folder.url
        process.standardError = try scratch.output("err")
        process.standardOutput = try scratch.output("out")
        try process.run()
        process.waitUntilExit()
        return End(code: process.terminationStatus, err: try scratch.text("err"))
    }

    @Test(
        "a full disk is told, and is a failure",
        arguments: [
            "models", "models --json", "show m@1", "score m@1 lines.json",
            "featurize spec.json lines.json", "generate --records 20000", "verify",
            "config schema", "config keys", "--version", "--help", "promote --help",
            "promote m@1 --offline", "keys list --json", "--generate-completion-script bash",
        ])
    func full(arguments: String) throws {
        let end = try run("swerve \(arguments) > /dev/full")
        #expect(end.code == 1)
        let line = "swerve: writing standard output: write: No space left on device (errno 28)"
        let lines = end.err.split(separator: "\n")
        #expect(lines.last?.hasPrefix(line) == true, "\(end.err)")
        #expect(lines.count { $0.contains("standard output") } == 1, "\(end.err)")
    }

    @Test("a change is made though its output is lost")
    func changed() throws {
        let end = try run(
            "swerve promote m@1 --offline > /dev/full; "
                + "swerve history m --json | grep -q '\"epoch\":1'")
        #expect(end.code == 0, "\(end.err)")
    }

    @Test("a closed standard output is told, and no file gets its place", arguments: ["models"])
    func closed(arguments: String) throws {
        let end = try run("swerve \(arguments) 1>&-")
        #expect(end.code == 1)
        #expect(end.err.hasPrefix("swerve: writing standard output: write: "), "\(end.err)")
    }

    @Test(
        "a reader that goes away ends the command without a word",
        arguments: ["score m@1 lines.json", "generate --records 200000", "--help", "models"])
    func readerGone(arguments: String) throws {
        let end = try run("swerve \(arguments) | head -n 1")
        #expect(end.code == 0)
        #expect(end.err == "")
    }
}
