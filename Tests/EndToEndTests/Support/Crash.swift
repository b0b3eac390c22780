import Foundation
import TestSupport
import Testing

/// Runs the executable so that it ends as by kill -9 before its n-th act that others could see; see
/// Tests/Crash/crash_at.c.
final class Crash {
    static let compiler: String? = ["clang", "cc"].lazy.flatMap { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map {
            "\($0)/\(name)"
        }
    }.first { FileManager.default.isExecutableFile(atPath: $0) }

    static let absence: Comment = "no C compiler is there to build the preloaded library with"

    private let folder: TemporaryFolder
    private let library: String

    init() throws {
        folder = try TemporaryFolder()
        library = try Self.library("crash_at", in: folder)
    }

    /// Builds a library to be preloaded from a file in Tests/Crash, and gives its path.
    static func library(_ name: String, in folder: TemporaryFolder) throws -> String {
        let library = folder.path("\(name).so")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: compiler ?? "/usr/bin/cc")
        process.arguments = [
            "-std=gnu11", "-Wall", "-Werror", "-fPIC", "-shared", "-o", library,
            RepositoryFiles.file("Tests/Crash/\(name).c").path, "-ldl",
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure("\(name).c does not compile") }
        return library
    }

    /// - Returns: nil where the command was killed; its output where it came to its end before.
    func run(
        _ arguments: [String], at number: Int, folder: URL? = nil
    ) throws
        -> Executable.Output?
    {
        let output = try Executable.run(
            arguments, environment: ["LD_PRELOAD": library, "SWERVE_CRASH_AT": "\(number)"],
            folder: folder)
        return output.code == -1 ? nil : output
    }
}
