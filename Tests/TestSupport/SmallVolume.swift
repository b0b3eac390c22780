import Foundation

/// A tmpfs of a few pages, full or read-only at will; unmounted with the value.
///
/// Tests run as root, to whom a file's permissions mean nothing. A test that needs it carries
/// `.enabled(if: SmallVolume.isPossible, …)`, so that its absence shows as a skip.
package final class SmallVolume: Sendable {
    package let folder: TemporaryFolder

    /// Whether this machine lets the tests mount one.
    package static let isPossible = (try? SmallVolume()) != nil

    package init(kilobytes: Int = 64) throws {
        folder = try TemporaryFolder()
        try Self.run(
            "/bin/mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", folder.url.path])
    }

    deinit { try? Self.run("/bin/umount", ["-l", folder.url.path]) }

    package func makeReadOnly() throws {
        try Self.run("/bin/mount", ["-o", "remount,ro", folder.url.path])
    }

    package func makeWritable() throws {
        try Self.run("/bin/mount", ["-o", "remount,rw", folder.url.path])
    }

    package func resize(kilobytes: Int) throws {
        try Self.run("/bin/mount", ["-o", "remount,size=\(kilobytes)k", folder.url.path])
    }

    /// Writes into the file until nothing more goes in.
    package func fill(_ path: String) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let page = Data(count: 4_096)
        while (try? file.write(contentsOf: page)) != nil {}
    }

    /// What lies in it, by name.
    package func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw MountFailure(command: "\(program) \(arguments.joined(separator: " "))")
        }
    }

    private struct MountFailure: Error { let command: String }
}
