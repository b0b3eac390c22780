import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import swerve

/// The help of every command, as it was agreed on.
///
/// To renew the texts after a change that is meant, run
/// `SWERVE_RENEW_SNAPSHOTS=1 swift test --filter HelpTests` and look at what git says has changed.
@Suite("Help texts")
struct HelpTests {
    private static let folder = RepositoryFiles.file("Tests/Snapshots/help")
    private static let columns = 80

    /// By file: one for `swerve` itself, and one for each of its commands with those below it.
    private static func texts() -> [String: String] {
        var texts = ["swerve.txt": help(SwerveCommand.self)]
        for command in SwerveCommand.configuration.subcommands {
            texts["\(command._commandName).txt"] = whole(command)
        }
        return texts
    }

    private static func whole(_ command: any ParsableCommand.Type) -> String {
        ([help(command)] + command.configuration.subcommands.map(whole)).joined(separator: "\n\n")
    }

    private static func help(_ command: any ParsableCommand.Type) -> String {
        SwerveCommand.helpMessage(for: command, columns: columns)
    }

    @Test("every command's help is the text that is kept, and no text is left over")
    func snapshots() throws {
        let texts = Self.texts()
        if ProcessInfo.processInfo.environment["SWERVE_RENEW_SNAPSHOTS"] != nil {
            try? FileManager.default.removeItem(at: Self.folder)
            try FileManager.default.createDirectory(
                at: Self.folder, withIntermediateDirectories: true)
            for (name, text) in texts {
                try Data((text + "\n").utf8).write(to: Self.folder.appendingPathComponent(name))
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(names) == Set(texts.keys))
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            let kept = try String(
                contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
            #expect(kept == text + "\n", "\(name); to renew it, see HelpTests.swift")
        }
    }

    @Test("the walk reaches the commands of commands, and those that help does not show")
    func walk() {
        let texts = Self.texts()
        #expect(texts["keys.txt"]?.contains("USAGE: swerve keys revoke [") == true)
        #expect(texts["worker.txt"]?.contains("USAGE: swerve worker") == true)
        #expect(texts.count > 25)
    }

    @Test("every option that stands for a key is offered, and says which variable it beats")
    func keys() throws {
        let promote = try #require(Self.texts()["promote.txt"])
        for (option, variable) in [
            ("--registry", "$SWERVE_REGISTRY"), ("--bootstrap", "$SWERVE_BOOTSTRAP"),
            ("--control-topic", "$SWERVE_TOPICS_CONTROL"),
            ("--status-topic", "$SWERVE_TOPICS_STATUS"), ("--trust", "$SWERVE_TRUST"),
            ("--sign-with", "$SWERVE_SIGNING_KEY"), ("--config", "$SWERVE_CONFIG"),
        ] {
            #expect(promote.contains("\n  \(option) ") && promote.contains(variable), "\(option)")
        }
    }
}
