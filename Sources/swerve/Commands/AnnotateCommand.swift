import ArgumentParser
import Lifecycle
import Operations
import Registry

/// What people say of a version after it was registered.
struct AnnotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Change a version's note, tags and metrics; the digest stays.")

    @Argument(help: "The version, NAME@V or NAME@ALIAS.")
    var version: String

    @Option(help: "The note for people; an empty one takes it away.")
    var note: String?

    @Option(help: "A tag, NAME=VALUE; repeatable.")
    var tag: [String] = []

    @Option(help: "A metric, NAME=NUMBER; repeatable.")
    var metric: [String] = []

    @Option(help: "A tag to take away; repeatable.")
    var removeTag: [String] = []

    @Option(help: "A metric to take away; repeatable.")
    var removeMetric: [String] = []

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let annotation = Annotation(
            note: note, tags: try KeyValue.parse(tag, option: "--tag"),
            metrics: try KeyValue.numbers(metric, option: "--metric"),
            removedTags: Set(removeTag), removedMetrics: Set(removeMetric))
        let request = AnnotateRequest(
            version: try VersionSelector(version), annotation: annotation)
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.annotate(request)
        } tell: { result in
            Terminal.tell(already: result.already)
            if output.json {
                Terminal.document(VersionDocument.brief(result.version))
            } else {
                Terminal.line("\(result.version.reference) annotated")
            }
        }
    }
}
