import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

/// A tmpfs of a few pages, full or read-only at will; unmounted with the value.
///
/// Tests run as root, to whom a file's permissions mean nothing.
final class SmallVolume: Sendable {
    let folder: TemporaryFolder
    static let absence: Comment = "mounting a tmpfs needs a privilege that this process lacks"

    /// Whether this machine lets the tests mount one.
    static let isPossible = (try? SmallVolume()) != nil

    init() throws {
        folder = try TemporaryFolder()
        try Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.url.path])
    }

    deinit { try? Self.run("/bin/umount", ["-l", folder.url.path]) }

    func makeReadOnly() throws {
        try Self.run("/bin/mount", ["-o", "remount,ro", folder.url.path])
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        var command = ChildCommand(executable: program, arguments: arguments)
        command.standardError = .null
        let status = try ChildProcess.spawn(command).wait()
        guard status == .code(0) else {
            throw SwerveError(.system, act: "running \(program)", reason: "\(status)")
        }
    }
}
