import Foundation

/// Prometheus's own check of metrics, where the machine has it (Debian's package prometheus).
package enum Promtool {
    /// Nil where it is not installed; `SWERVE_TEST_PROMTOOL` names another place.
    package static let path: String? = {
        let environment = ProcessInfo.processInfo.environment
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let candidates =
            [environment["SWERVE_TEST_PROMTOOL"]].compactMap(\.self)
            + folders.map { "\($0)/promtool" }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// What it says of a page: nothing where all is well.
    package static func check(_ page: String, _ path: String) throws -> String {
        let folder = try TemporaryFolder()
        let input = try folder.write("page.txt", page)
        let output = try folder.write("said.txt", "")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
        let said = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardOutput = said
        process.standardError = said
        try process.run()
        process.waitUntilExit()
        let text = try String(contentsOfFile: output, encoding: .utf8)
        return process.terminationStatus == 0 ? text : "exit \(process.terminationStatus): \(text)"
    }
}
