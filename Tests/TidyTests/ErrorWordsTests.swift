import Foundation
import TestSupport
import Testing

/// What rooms below the commands may say in their errors.
@Suite("Words of errors")
struct ErrorWordsTests {
    /// An HTTP client would be told to type them: errors carry a `Problem`, and the words of the
    /// remedy stand beside the commands.
    @Test(
        "a room's errors name no command and no flag",
        arguments: [
            "Registry", "Catalogue", "Operations", "Verification", "Fleet", "Supervision",
            "Inputs", "ModelFormats", "Scoring", "Lifecycle", "Platform", "Kafka", "Judge",
        ])
    func noCommands(room: String) throws {
        let named = try Regex(#"commandName: "([a-z-]+)""#, as: (Substring, Substring).self)
        var commands: Set<String> = []
        for file in try SourceFiles.swift(under: "Sources/swerve") {
            for match in file.text.matches(of: named) { commands.insert(String(match.output.1)) }
        }
        try #require(commands.isSuperset(of: ["audit", "registry", "keys", "promote"]))
        // What the audit chain's hashes begin with is no command.
        let expression = try Regex(
            "--[a-z]|swerve (?:\(commands.sorted().joined(separator: "|")))\\b(?! 1\\\\n)")
        for file in try SourceFiles.swift(under: "Sources/\(room)") {
            let code = file.text.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.drop { $0 == " " }.hasPrefix("//") }
            for line in code where line.firstMatch(of: expression) != nil {
                Issue.record("\(file.path): \(line)")
            }
        }
    }
}
