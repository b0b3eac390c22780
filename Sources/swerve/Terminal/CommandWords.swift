import ArgumentParser
import Lifecycle

/// The words that choose a command, looked at before the arguments are parsed: a mistyped one is
/// told as such, with the nearest that there is.
enum CommandWords {
    /// - Throws: `.usage` for a word that is no command, where a command has to stand.
    static func check(_ arguments: [String]) throws(SwerveError) {
        var rest = arguments[...]
        // `swerve help promote` is about promote.
        if rest.first == "help" { rest = rest.dropFirst() }
        var type: any ParsableCommand.Type = SwerveCommand.self
        var path = "swerve"
        while let word = rest.first, !word.hasPrefix("-"), !type.configuration.subcommands.isEmpty {
            let commands = type.configuration.subcommands
            if let found = commands.first(where: { names(of: $0).contains(word) }) {
                type = found
                path += " \(word)"
                rest = rest.dropFirst()
                continue
            }
            let shown = commands.filter { $0.configuration.shouldDisplay }.flatMap { names(of: $0) }
            let nearest = NearestWord.find(word, among: shown)
            // A command with one by default takes a version there, NAME@V, which no command is.
            let hasDefault = type.configuration.defaultSubcommand != nil
            if hasDefault, nearest == nil || word.contains("@") { return }
            throw SwerveError(
                .usage, act: "reading the command line",
                reason: "\(path) has no command '\(word.shortened(to: 40))'",
                remedy: nearest.map { "did you mean '\(path) \($0)'?" }
                    ?? "see \(path) --help")
        }
    }

    private static func names(of type: any ParsableCommand.Type) -> [String] {
        [type._commandName] + type.configuration.aliases
    }
}
