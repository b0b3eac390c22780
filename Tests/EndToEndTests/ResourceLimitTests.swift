import Foundation
import TestSupport
import Testing

/// A service that the machine gives too little: open files, and a state folder that takes nothing.
@Suite("Resource limits, end to end", .blocking)
struct ResourceLimitTests {
    private static func yaml(_ state: String) -> String {
        """
        model: m
        start: earliest
        http: none
        state: \(state)
        kafka: {bootstrap.servers: "127.0.0.1:1"}
        """
    }

    /// A service under a shell's `ulimit`.
    private func limited(_ limit: String, _ folder: TemporaryFolder) throws -> RunningProcess {
        let file = try folder.write("swerve.yaml", Self.yaml(folder.path("state")))
        return try RunningProcess(
            ["-c", "ulimit \(limit) && exec \"$0\" serve --config \"$1\"", Executable.path, file],
            folder: folder.url, executable: "/bin/sh")
    }

    @Test("a limit of open files that is too low has a line of its own, with what to raise")
    func fewFiles() throws {
        let folder = try TemporaryFolder()
        let service = try limited("-n 128", folder)
        _ = try service.wait(for: "the worker") {
            service.log.contains("worker started") ? true : nil
        }
        #expect(service.log.contains("warning serve: the limit of open files is 128,"))
        #expect(service.log.contains("raise it to 256 or more"), "\(service.log)")
        #expect(try service.stop() == 0)
    }

    @Test("a limit that the service may raise itself is raised, for its workers too")
    func raised() throws {
        let folder = try TemporaryFolder()
        let service = try limited("-Sn 128", folder)
        let worker = try service.wait(for: "the worker") { service.children.first }
        for process in [service.pid, worker] {
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            let lines = limits.split(separator: "\n")
            let line = try #require(lines.first { $0.contains("open files") })
            let soft = try #require(
                line.split(separator: " ").compactMap { Int($0) }.first, "\(line)")
            #expect(soft > 128, "\(line)")
        }
        #expect(!service.log.contains("limit of open files"))
        #expect(try service.stop() == 0)
    }

    @Test(
        "a state folder that cannot be made is the configuration's fault, in one line",
        .enabled(if: SmallVolume.isPossible, "needs the right to mount"))
    func readOnly() throws {
        let volume = try SmallVolume()
        try volume.makeReadOnly()
        let folder = try TemporaryFolder()
        for (state, said) in [
            (volume.folder.path("state"), "Read-only file system"),
            (volume.folder.path(""), "Read-only file system"),
            (folder.path("swerve.yaml/state"), "Not a directory"),
        ] {
            let file = try folder.write("swerve.yaml", Self.yaml(state))
            let output = try Executable.run(["serve", "--config", file])
            #expect(output.code == 64, "\(output)")
            let last = output.err.split(separator: "\n").last ?? ""
            #expect(
                last.hasPrefix("swerve: reading \(file): line 4: state: ") && last.contains(said),
                "\(output)")
            #expect(!output.err.contains("worker started"))
        }
    }

    @Test(
        "a service whose state folder was used before serves on without room, and when it is read-only",
        .enabled(if: SmallVolume.isPossible, "needs the right to mount"))
    func used() throws {
        let volume = try SmallVolume()
        let folder = try TemporaryFolder()
        let file = try folder.write("swerve.yaml", Self.yaml(volume.folder.path("")))
        func start(_ change: () throws -> Void) throws -> String {
            try change()
            let service = try RunningProcess(["serve", "--config", file], folder: folder.url)
            _ = try service.wait(for: "the worker") {
                service.log.contains("worker started") ? true : nil
            }
            #expect(try service.stop() == 0)
            return service.log
        }
        _ = try start {}
        let readOnly = try start { try volume.makeReadOnly() }
        #expect(readOnly.contains("a second service with the same slots"), "\(readOnly)")
        _ = try start {
            try volume.makeWritable()
            try volume.folder.write("ballast", [])
            try volume.fill(volume.folder.path("ballast"))
        }
    }
}
