import ArgumentParser
import Lifecycle
import TestSupport
import Testing

@testable import swerve

/// What commands refuse of their own options: as usage, before they look for a registry, for
/// brokers, or make anything.
@Suite("options that make no sense")
struct OptionRefusalTests {
    /// Runs a command in a folder without a registry, with brokers that nobody serves.
    private func error(_ arguments: [String]) throws -> SwerveError {
        let folder = try TemporaryFolder()
        // An empty file: what lies where the tests run does not count.
        let file = try folder.write("swerve.yaml", "")
        var whole = arguments
        if try Self.takes("--registry", whole) {
            whole += ["--config", file, "--registry", folder.path("none.db")]
        }
        if try Self.takes("--bootstrap", whole) { whole += ["--bootstrap", "127.0.0.1:1"] }
        var command = try SwerveCommand.parseAsRoot(whole)
        let thrown = #expect(throws: SwerveError.self) { try command.run() }
        return try #require(thrown)
    }

    /// Whether the command that `arguments` name has the option.
    private static func takes(_ option: String, _ arguments: [String]) throws -> Bool {
        let command = try SwerveCommand.parseAsRoot(arguments)
        return type(of: command).helpMessage().contains("\(option) <")
    }

    @Test(
        "numbers out of their range are named with it",
        arguments: [
            (["generate", "--records", "-1"], "--records", "negative"),
            (["generate", "--rate", "-0.5"], "--rate", "between 0 and 10,000,000"),
            (["threshold", "m@1", "--precision", "1.5"], "--precision", "between 0 and 1"),
            (["threshold", "m@1", "--precision", "nan"], "--precision", "between 0 and 1"),
            (
                ["threshold", "m@1", "--false-positive-rate", "101%"], "--false-positive-rate",
                "between 0 and 1"
            ),
            (["threshold", "m@1", "--requests-per-day", "0"], "--requests-per-day", "above 0"),
            (["generate", "--rate", "1e8"], "--rate", "between 0 and 10,000,000"),
            (["generate", "--rate", "nan"], "--rate", "between 0 and 10,000,000"),
            (["demo", "--records", "999"], "--records", "between 1000 and"),
            (["demo", "--rate", "-1"], "--rate", "between 0 (unlimited)"),
            (["demo", "--workers", "3", "--partitions", "2"], "--workers", "as many to 128"),
            (["audit", "log", "--limit", "0"], "--limit", "above 0"),
            (["history", "m", "--limit", "0"], "--limit", "above 0"),
            (["diff", "m@1", "m@2", "--top", "1001"], "--top", "between 0 and 1000"),
            (["diff", "m@1", "m@2", "--top", "-1"], "--top", "between 0 and 1000"),
            (["status", "m", "--timeout", "0"], "--timeout", "between 0 and 86400"),
            (["status", "m", "--timeout", "inf"], "--timeout", "between 0 and 86400"),
            (["promote", "m@1", "--timeout", "86401"], "--timeout", "between 0 and 86400"),
            (["rollback", "m", "--timeout", "nan"], "--timeout", "between 0 and 86400"),
            (["topics", "create", "--partitions", "0"], "--partitions", "0 is not in 1 … 10000"),
            (
                ["topics", "create", "--status-partitions", "1001"], "--status-partitions",
                "1001 is not in 1 … 1000"
            ),
            (["topics", "create", "--replication", "33"], "--replication", "33 is not in 1 … 32"),
        ])
    func ranges(arguments: [String], act: String, reason: String) throws {
        let error = try error(arguments)
        #expect(error.code == .usage && error.act.contains(act), "\(error)")
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test(
        "a negative number may stand behind its option, whatever is made of it then",
        arguments: [
            ["settings", "m", "--threshold", "-0.2"],
            ["register", "m.model", "--model", "m", "--threshold", "-1e-3"],
            ["promote", "m@1", "--expect-epoch", "-1"], ["promote", "m@1", "--timeout", "-1"],
            ["promote", "m@1", "--valid-for", "-1"], ["promote", "m@1", "--broker-timeout", "-1"],
            ["status", "m", "--timeout", "-1"], ["history", "m", "--limit", "-1"],
            ["audit", "log", "--limit", "-1"], ["topics", "create", "--partitions", "-1"],
            ["topics", "create", "--replication", "-1"], ["demo", "--records", "-1"],
            ["demo", "--workers", "-1"], ["demo", "--partitions", "-1"],
        ])
    func negative(arguments: [String]) throws {
        _ = try SwerveCommand.parseAsRoot(arguments)
    }

    @Test(
        "options that exclude each other, or need another, say which",
        arguments: [
            (["promote", "m@1", "--canary", "5%", "--shadow"], "--canary and --shadow exclude"),
            (["promote", "m@1", "--offline", "--wait"], "--offline and --wait exclude"),
            (["complete", "m", "--offline", "--wait"], "--offline and --wait exclude"),
            (["alias", "m@1", "champion", "--remove", "old"], "both an alias and --remove"),
            (["status", "--wait"], "no model is named"),
            (["threshold", "m@1", "--set"], "there is no budget"),
            (["threshold", "m@1", "--alerts-per-day", "5"], "is not known"),
            (["threshold", "m@1", "--wait"], "--wait goes with --set alone"),
            (["threshold", "m@1", "--reason", "why"], "--reason goes with --set alone"),
            (["threshold", "m@1", "--expect-epoch", "1"], "--expect-epoch goes with --set alone"),
            (["threshold", "m@1", "--offline"], "--offline goes with --set alone"),
            (["threshold", "m@1", "--sign-with", "k"], "--sign-with goes with --set alone"),
            (
                ["threshold", "m@1", "--precision", "1", "--false-positive-rate", "0"],
                "more than one budget"
            ),
            (["register", "a", "b", "--model", "m", "--alias", "x"], "alias x names one version"),
        ])
    func exclusions(arguments: [String], reason: String) throws {
        let error = try error(arguments)
        #expect(error.code == .usage && error.reason.contains(reason), "\(error)")
        #expect(!error.remedy.isEmpty, "\(error)")
    }

    @Test(
        "words that name nothing are named, with what there is",
        arguments: [
            (["generate", "--without", "normal"], "not one of"),
            (["demo", "--inject", "chaos"], "not one of lose, duplicate, stale"),
            (["broker", "--topic", "raw_requests"], "not NAME:PARTITIONS"),
            (["broker", "--topic", "raw_requests:0"], "not NAME:PARTITIONS"),
            (["broker", "--topic", ":3"], "not NAME:PARTITIONS"),
            (["broker", "--topic", "t:1025"], "not NAME:PARTITIONS"),
            (["keys", "generate", "ada", "--role", "promote,admin"], "not a role"),
            (["keys", "add", "ada", "ed25519:AAAA", "--role", "promote"], "key"),
            (["annotate", "m@1", "--tag", "team"], "not NAME=VALUE"),
            (["annotate", "m@1", "--metric", "auc=high"], "not a finite number"),
            (["annotate", "m@1", "--tag", "a=1", "--tag", "a=2"], "given twice"),
            (["register", "m.model", "--model", "m", "--label", "attack"], "not NAME=VALUE"),
            (["register", "m.model", "--model", "m", "--metric", "auc=inf"], "finite number"),
            (["register", "m.model", "--model", "m", "--alias", "1st"], "alias"),
            (["history", "m", "--at", "yesterday"], "not a time"),
            (["rollback", "m", "--to", "other@1"], "it is one of other, and the model is m"),
            (["promote", "m@1", "--canary", "0%"], "share"),
            (["settings", "m", "--label", "attack"], "not NAME=VALUE"),
        ])
    func words(arguments: [String], reason: String) throws {
        let error = try error(arguments)
        #expect(error.code == .usage, "\(error)")
        #expect(error.description.contains(reason), "\(error)")
    }

    @Test(
        "what should name a version or a model and does not is told by every command",
        arguments: [
            ["promote", "m"], ["promote", "m@0"], ["rollback", "No Name"], ["complete", "m@1"],
            ["abort", "m@1"], ["status", "m@1"], ["republish", "m@1"],
            ["show", "m@0"], ["show", "No Name"], ["diff", "m", "m@2"], ["export", "m", "out"],
            ["verify", "m@a@b"], ["archive", "m"], ["gc", "--model", "m@1"], ["annotate", "m"],
            ["alias", "m@1@2", "champion"], ["alias", "m@1", "Bad Alias"], ["alias", "m@1"],
            ["alias", "m", "--remove", "Bad Alias"], ["history", "m@1"],
            ["audit", "log", "--model", "m@1"], ["score", "m"],
            ["keys", "revoke", "No Name"], ["keys", "generate", "No Name", "--role", "promote"],
            ["register", "m.model", "--model", "No Name"], ["register", "m.model"],
            ["register"], ["register", "No Name=m.model"], ["threshold", "m"],
        ])
    func names(arguments: [String]) throws {
        let error = try error(arguments)
        #expect(error.code == .usage && !error.reason.isEmpty, "\(error)")
    }

    @Test(
        "what the command line's own parser refuses is usage as well",
        arguments: [
            ["promote"], ["promote", "m@1", "--canary"], ["promote", "m@1", "--expect-epoch", "x"],
            ["sign", "m@1"], ["keys", "generate", "ada"],
            ["score", "m@1", "--explain", "1001"], ["score", "m@1", "--explain", "-1"],
            ["diff", "m@1"], ["export", "m@1"], ["status", "m", "n"], ["serve", "now"],
            ["generate", "--seed", "-1"], ["settings", "m", "--threshold", "high"],
            ["models", "--where"], ["registry", "adopt"], ["registry", "backup"],
        ])
    func parser(arguments: [String]) {
        let error = #expect(throws: (any Error).self) {
            _ = try SwerveCommand.parseAsRoot(arguments)
        }
        guard let error else { return }
        #expect(SwerveCommand.exitCode(for: error).rawValue == ExitContract.usage, "\(error)")
    }
}
