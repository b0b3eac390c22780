import ArgumentParser
import Catalogue
import Lifecycle
import Serving

/// Training sees what serving sees.
struct FeaturizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "featurize",
        abstract: "Write the features of lines as LIBSVM text, for training.",
        discussion: """
            Lines are read as input of the configuration says, so that training sees what serving \
            sees: JSON, a log, or texts. Only JSON has labels; without one it is 0.
            """)

    @Argument(help: "The featurizer spec.")
    var spec: String

    @Argument(help: "Lines, plain or gzip; standard input without.")
    var file: String?

    @Option(help: "The field that holds the class, a number.")
    var labelField = "label"

    @OptionGroup var input: InputOptions
    @OptionGroup var sources: SourceOptions

    func run() throws {
        let featurizer = try OfflineFeaturizer(specFile: spec)
        let form = try InputForm(sources.configuration(input))
        try featurizer.featurizeLines(
            of: file, labelField: labelField, settings: form.lineSettings()
        ) {
            Terminal.line($0)
            Terminal.endIfLost()
        }
    }
}
