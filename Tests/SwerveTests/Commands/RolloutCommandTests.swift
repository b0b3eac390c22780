import ArgumentParser
import Lifecycle
import Operations
import TestSupport
import Testing
import Verification

@testable import swerve

@Suite("swerve rollout")
struct RolloutCommandTests {
    private func parsed(_ arguments: String...) throws -> any ParsableCommand {
        try CommandWords.check(arguments)
        return try SwerveCommand.parseAsRoot(arguments)
    }

    @Test("a version starts one, and words are commands of their own")
    func commands() throws {
        let start = try #require(
            try parsed("rollout", "http-anomaly@3", "--observe", "--reason", "r")
                as? RolloutStartCommand)
        let request = try start.request()
        #expect(request.isObserved && request.version == .number(3) && request.plan == nil)
        #expect(request.model == (try ModelName("http-anomaly")) && request.reason == "r")
        #expect(try parsed("rollout", "start", "m@2") is RolloutStartCommand)
        #expect(try parsed("rollout", "run") is RolloutRunCommand)
        #expect((try parsed("rollout", "run", "m") as? RolloutRunCommand)?.model == "m")
        #expect(try parsed("rollout", "status", "m", "--watch") is RolloutStatusCommand)
        #expect(try parsed("rollout", "abort", "m", "--reason", "r") is RolloutAbortCommand)
        #expect(try parsed("rollout", "approve", "m") is RolloutApproveCommand)
        #expect(throws: (any Error).self) { try parsed("rollout", "pasue", "m") }
    }

    @Test(
        "a mistyped word is told with the nearest that there is, and is no version",
        arguments: [
            ("statu", "status"), ("pasue", "pause"), ("aprove", "approve"), ("strat", "start"),
            ("abrot", "abort"), ("runn", "run"),
        ])
    func mistyped(word: String, meant: String) {
        for arguments in [["rollout", word, "m"], ["help", "rollout", word], ["rollout", word]] {
            let error = #expect(throws: SwerveError.self) { try CommandWords.check(arguments) }
            #expect(error?.code == .usage)
            #expect(error?.reason == "swerve rollout has no command '\(word)'")
            #expect(error?.remedy == "did you mean 'swerve rollout \(meant)'?")
        }
    }

    @Test("what names a version, or is near to no word, is the argument of the one by default")
    func versions() throws {
        for word in ["status@3", "run@2", "abort@champion", "http-anomaly", "m"] {
            #expect(throws: Never.self) { try CommandWords.check(["rollout", word]) }
        }
    }

    @Test("a plan file is read with the request, and what is wrong with it names it")
    func plan() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("plan.yaml", "rollout: {on_fail: freeze}")
        let start = try #require(
            try parsed("rollout", "m@champion", "--plan", path) as? RolloutStartCommand)
        let request = try start.request()
        #expect(request.plan == ["rollout": ["on_fail": "freeze"]] && request.planName == path)
        let broken = try folder.write("broken.yaml", "rollout: [")
        let command = try #require(
            try parsed("rollout", "m@2", "--plan", broken) as? RolloutStartCommand)
        #expect {
            try command.request()
        } throws: { code($0) == .usage && "\($0)".contains("broken.yaml") }
    }

    @Test("without a name nothing starts")
    func nameless() throws {
        let start = try #require(try parsed("rollout", "m") as? RolloutStartCommand)
        #expect { try start.request() } throws: { code($0) == .usage }
    }

    @Test("labels that are not there end the loop before it begins, with the name of the file")
    func labels() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("nosuch.jsonl")
        let source = LabelFollower.Source.file(path)
        #expect {
            try source.requireThere()
        } throws: { code($0) == .usage && "\($0)".contains("nosuch.jsonl") }
        _ = try folder.write("nosuch.jsonl", "")
        #expect(throws: Never.self) { try source.requireThere() }
        #expect(throws: Never.self) { try LabelFollower.Source.topic("t").requireThere() }
    }
}
