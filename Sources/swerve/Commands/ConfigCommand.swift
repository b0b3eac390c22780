import ArgumentParser
import Configuration
import Lifecycle

/// What swerve.yaml takes.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Tell what swerve.yaml takes.",
        discussion: "What is set, and where it comes from, is told by: swerve serve --check",
        subcommands: [ConfigKeysCommand.self, ConfigSchemaCommand.self])
}

struct ConfigKeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Print the table of keys, in Markdown.")

    @OptionGroup var output: OutputOptions

    func run() {
        if output.json {
            Terminal.document(KeyTableText.document)
        } else {
            Terminal.write(KeyTableText.markdown)
        }
    }
}

struct ConfigSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of swerve.yaml, for editors.",
        discussion: """
            Write it to a file, and name that file in the first line of swerve.yaml: \
            # yaml-language-server: $schema=swerve.schema.json
            """)

    func run() { Terminal.line(ConfigurationSchema.document.prettyText) }
}
