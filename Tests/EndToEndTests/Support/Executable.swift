import Foundation
import Lifecycle

/// The built `swerve`: the one that SWERVE_TEST_EXECUTABLE names, as `make test` does for the
/// optimised one; else the one beside the test binary.
enum Executable {
    static let path: String = {
        if let named = ProcessInfo.processInfo.environment["SWERVE_TEST_EXECUTABLE"] {
            return URL(fileURLWithPath: named).path
        }
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent()
            .appendingPathComponent("swerve").path
    }()

    struct Output: CustomStringConvertible {
        let code: Int32
        let out: String
        let err: String

        /// The one document on standard output.
        func json() throws -> JSONValue {
            do {
                return try JSONValue(parsing: Array(out.utf8), act: "reading the output")
            } catch {
                throw Failure("\(error)\n\(self)")
            }
        }

        /// The documents on standard output, one a line.
        func jsonLines() throws -> [JSONValue] {
            try out.split(separator: "\n").map {
                try JSONValue(parsing: Array($0.utf8), act: "reading the output")
            }
        }

        var description: String { "exit \(code)\nout: \(out)\nerr: \(err)" }
    }

    /// The release before this one, where SWERVE_TEST_PREVIOUS names it.
    static let previous: String? = {
        let named = ProcessInfo.processInfo.environment["SWERVE_TEST_PREVIOUS"] ?? ""
        return named.isEmpty ? nil : URL(fileURLWithPath: named).path
    }()

    /// Runs one command to its end.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:],
        folder: URL? = nil, executable: String = path
    ) throws -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = Self.environment(environment)
        // Files, not pipes: a full pipe would need threads to drain it.
        let scratch = try TemporaryFiles()
        // Not the checkout, where somebody who followed the README has a swerve.yaml.
        process.currentDirectoryURL = folder ?? scratch.folder
        process.standardInput = try scratch.input(input)
        process.standardOutput = try scratch.output("out")
        process.standardError = try scratch.output("err")
        try process.run()
        process.waitUntilExit()
        return Output(
            code: process.terminationReason == .exit ? process.terminationStatus : -1,
            out: try scratch.text("out"), err: try scratch.text("err"))
    }

    /// The tests' environment without the user's own Swerve settings.
    static func environment(_ extra: [String: String]) -> [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SWERVE_") }
            .merging(extra) { _, new in new }
    }
}

/// Standard streams of a child, kept in files.
final class TemporaryFiles {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "swerve-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func input(_ text: String) throws -> FileHandle {
        let url = folder.appendingPathComponent("in")
        try Data(text.utf8).write(to: url)
        return try FileHandle(forReadingFrom: url)
    }

    func output(_ name: String) throws -> FileHandle {
        let url = folder.appendingPathComponent(name)
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }
}
