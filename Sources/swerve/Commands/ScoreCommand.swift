import ArgumentParser
import Catalogue
import Configuration
import Lifecycle
import Operations
import Registry
import Serving

/// Scores lines with a registered version, as a worker would.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score lines with a version, by the code that serves.",
        discussion: """
            Lines are read as input of the configuration says: JSON, a log, or texts. Of JSON each \
            line gives what the model reads: a request (method, path, query, body), or "text", or \
            "text_b64"; "x":[…] with every feature, "svm":"1:0.5 …", or the named numbers and texts. \
            Writes one \
            JSON document a line: score, decision, label, probability where the model has one; a line \
            that cannot be scored gives an "error". With --explain K also the K largest summands of \
            the decision, by n-gram or feature name and place in the request, the bias, and the \
            rest: together they are the decision; what tells of a field that mask: names is in the \
            rest. Exit code 0 when every line was scored, 1 when one \
            was not.
            """)

    @Argument(help: "The version, NAME@V or NAME@ALIAS.")
    var version: String

    @Argument(help: "Lines, plain or gzip; standard input without.")
    var file: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tell the K largest contributions to each score, and where they stand.",
            valueName: "k"))
    var explain: Int?

    @OptionGroup var input: InputOptions
    @OptionGroup var registry: RegistryOptions

    func validate() throws {
        if let explain, !(0...Self.explainedMax).contains(explain) {
            throw ValidationError("--explain takes 0 to \(Self.explainedMax) contributions")
        }
    }

    private static let explainedMax = 1_000

    func run() throws {
        let selector = try VersionSelector(version)
        let configuration = try registry.configuration(input)
        let mask = FieldMask(try configuration.list(.mask))
        let form = try InputForm(configuration)
        let result = try registry.backend().artifact(ArtifactRequest(version: selector))
        let scorer = try OfflineScorer(
            result.artifact, explaining: explain, mask: mask,
            settings: form.lineSettings())
        let failures = try scorer.scoreLines(of: file) {
            Terminal.document($0)
            Terminal.endIfLost()
        }
        guard failures == 0 else {
            Terminal.error(
                "scoring with \(result.version.reference): \(failures) "
                    + (failures == 1 ? "line was" : "lines were")
                    + " not scored; each says why in its \"error\"")
            throw ExitCode(ExitContract.failed)
        }
    }
}
