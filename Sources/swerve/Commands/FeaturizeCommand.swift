import ArgumentParser
import Catalogue
import Lifecycle

/// Training sees what serving sees.
struct FeaturizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "featurize",
        abstract: "Write the features of JSON lines as LIBSVM text, for training.")

    @Argument(help: "The featurizer spec.")
    var spec: String

    @Argument(help: "JSON lines, plain or gzip; standard input without.")
    var file: String?

    @Option(help: "The field that holds the class, a number.")
    var labelField = "label"

    func run() throws {
        let featurizer = try OfflineFeaturizer(specFile: spec)
        try featurizer.featurizeLines(of: file, labelField: labelField) {
            Terminal.line($0)
            Terminal.endIfLost()
        }
    }
}
