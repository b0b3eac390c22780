import Foundation
import Testing

/// A child that runs for a while: a broker or a service.
///
/// Killed with the value.
final class RunningProcess {
    let process = Process()
    private let files: TemporaryFiles
    private let lifeline = Pipe()

    init(
        _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil,
        executable: String = Executable.path
    ) throws {
        files = try TemporaryFiles()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = Executable.environment(environment)
        process.currentDirectoryURL = folder ?? files.folder
        process.standardInput = lifeline
        process.standardOutput = try files.output("out")
        process.standardError = try files.output("err")
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var pid: Int32 { process.processIdentifier }
    var log: String { (try? files.text("err")) ?? "" }
    var output: String { (try? files.text("out")) ?? "" }

    /// Waits until `condition` gives a value, the process ends, or the bound on hanging is reached.
    func wait<Value>(
        for what: String, seconds: Double = Deadlines.hang, _ condition: () throws -> Value?
    ) throws -> Value {
        let end = Date() + seconds
        while Date() < end {
            if let value = try condition() { return value }
            guard process.isRunning else { break }
            _ = poll(nil, 0, 10)
        }
        if let value = try condition() { return value }
        throw Failure("\(what) did not happen; running: \(process.isRunning)\n\(log.suffix(6_000))")
    }

    /// Sends a signal and waits for the end.
    func stop(_ signal: Int32 = SIGTERM) throws -> Int32 {
        kill(pid, signal)
        return try waitForExit()
    }

    func waitForExit(seconds: Double = Deadlines.hang) throws -> Int32 {
        let end = Date() + seconds
        while process.isRunning {
            guard Date() < end else {
                throw Failure("the process does not end\n\(log.suffix(6_000))")
            }
            _ = poll(nil, 0, 10)
        }
        return process.terminationReason == .exit ? process.terminationStatus : -1
    }

    /// Direct children, by process id.
    var children: [Int32] {
        let path = "/proc/\(pid)/task/\(pid)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }
}

/// Bounds after which something that should happen counts as never happening; no test measures
/// time.
enum Deadlines {
    static let hang = 120.0
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
