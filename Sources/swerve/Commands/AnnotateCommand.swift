import ArgumentParser
import Lifecycle
import Platform
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
        let selector = try VersionSelector(version)
        let registry = try registry.open(create: false)
        let reference = try registry.resolve(selector)
        let said = ChangeNote(by: Environment.author, at: Timestamp.text(ofMs: WallClock.nowMs))
        try Terminal.changing { () throws(SwerveError) in
            try registry.annotate(reference, annotation, note: said)
        }
        defer { announcing.announcePending(in: registry, by: self.registry) }
        if output.json {
            Terminal.document(VersionDocument.brief(try registry.version(reference)))
        } else {
            Terminal.line("\(reference) annotated")
        }
    }
}
