import ArgumentParser
import Catalogue
import Lifecycle
import Operations

/// Two versions side by side.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two versions, and say how far a score can change between them.",
        discussion: """
            Tells what differs: metadata, facts, featurizer, labels, threshold, and, between linear \
            models over equal features, the weights that changed most, with short n-grams that hash \
            there. A bound on the change of a score holds for every input, as the artifacts say; \
            a deployment's settings may set another threshold.
            """)

    @Argument(help: "The version before, NAME@V or NAME@ALIAS.")
    var before: String

    @Argument(help: "The version after; of the same model or another.")
    var after: String

    @Option(
        parsing: .unconditional,
        help: "How many of the weights that changed most to tell, at most 1000.")
    var top = 10

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard (0...DiffRequest.topMax).contains(top) else {
            throw SwerveError(
                .usage, act: "reading --top", reason: "not between 0 and \(DiffRequest.topMax)")
        }
        let request = DiffRequest(
            before: try VersionSelector(before), after: try VersionSelector(after), top: top)
        let diff = try registry.backend().diff(request).diff
        guard !output.json else { return Terminal.document(diff.json) }
        ArtifactDiffText(diff: diff).lines.forEach { Terminal.line($0.printable) }
    }
}
