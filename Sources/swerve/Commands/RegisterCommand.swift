import ArgumentParser
import Catalogue
import Configuration
import Lifecycle
import Operations
import Platform
import Registry

/// Files into the registry, as the next version of a model.
struct RegisterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Register a trained model as the next version.",
        discussion: """
            Reads LIBLINEAR and LIBSVM model files as they are, with the featurizer spec beside \
            them; scikit-learn models as swerve-export writes them (safetensors); ONNX models as \
            skl2onnx writes them; and folders of swerve export, which keep their digest. The same \
            artifact registered again says which version it is already.
            """)

    @Argument(help: "The model file, or a folder that swerve export wrote.")
    var files: [String]

    @Option(help: "The model's name.")
    var model: String

    @Option(help: "The featurizer spec, JSON; beside a file with one, where its numbers come from.")
    var featurizer: String?

    @Option(help: "Golden inputs with their decisions, JSON lines; made at registration without.")
    var golden: String?

    @Option(
        parsing: .unconditional,
        help: "A decision above it means the file's first label; without, 0 or the file's own.")
    var threshold: Double?

    @Option(help: "A name for a class of the model, NAME=CLASS; repeatable.")
    var label: [String] = []

    @Option(help: "A metric of the training, NAME=NUMBER; repeatable.")
    var metric: [String] = []

    @Option(help: "A tag, NAME=VALUE; repeatable.")
    var tag: [String] = []

    @Option(help: "A note for people.")
    var note = ""

    @Option(help: "The digest of the training data, or whatever names it exactly.")
    var trainingData: String?

    @Option(help: "The revision of the training code.")
    var codeRevision: String?

    @Option(help: "The tool that trained it.")
    var tool: String?

    @Option(help: "The tool's version.")
    var toolVersion: String?

    @Option(help: "Who trained it.")
    var author: String?

    @Option(help: "A name for the version, wherever it pointed before; repeatable.")
    var alias: [String] = []

    @Flag(help: "Take a featurizer spec that makes far more features than the model has.")
    var force = false

    @Option(help: "Sign the artifact with this private key file; its key has the role register.")
    var signWith: String?

    @OptionGroup var input: InputOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let name = try ModelName(model)
        let paths = RegistrationPaths(
            file: try Self.only(files, of: name), featurizer: featurizer, golden: golden)
        let labels = try KeyValue.parse(label, option: "--label")
        let metrics = try KeyValue.numbers(metric, option: "--metric")
        let tags = try KeyValue.parse(tag, option: "--tag")
        let aliases = try alias.map { name throws(SwerveError) in try AliasName(name) }
        let key = try signWith.map { path throws(SwerveError) in try SigningKey.read(path) }
        var request = RegistrationRequest(model: name, content: try paths.read(for: name))
        request.textField = try registry.configuration(input).text(.fieldText)
        request.threshold = threshold
        request.labels = labels
        request.metrics = metrics
        request.tags = tags
        request.note = note
        request.lineage = Lineage(
            trainingData: trainingData, codeRevision: codeRevision, tool: tool,
            toolVersion: toolVersion, author: author)
        request.isForced = force
        request.aliases = aliases
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.register(try Self.signed(request, key, backend))
        } tell: { result in
            if let outcome = result.outcome { tell(outcome) }
        }
    }

    /// Has the digest told and signs it, where there is a key, which stays on this machine.
    private static func signed(
        _ request: RegistrationRequest, _ key: SigningKey?, _ backend: any Backend
    ) throws(SwerveError) -> RegisterRequest {
        guard let key else { return RegisterRequest(request) }
        let digest = try backend.register(RegisterRequest(request, isTrial: true)).digest
        let message = SignedMessage.artifact(model: request.model, digest: digest)
        return RegisterRequest(request, signature: try key.signer.signature(over: message))
    }

    private func tell(_ outcome: RegistrationOutcome) {
        let registration = outcome.registration
        if let first = outcome.leftOut.first {
            let more = outcome.leftOut.count > 1 ? " and \(outcome.leftOut.count - 1) more" : ""
            Terminal.note("not part of the artifact, left out: \(first)\(more)".printable)
        }
        guard !output.json else { return Terminal.document(outcome.json) }
        if let words = Self.words(of: registration.revival) {
            Terminal.note("swerve: \(registration.version): \(words)")
        }
        let made = outcome.manifest.goldenSource == .own ? "made here" : "supplied"
        Terminal.line(
            "\(registration.version) "
                + (registration.isNew ? "registered" : "is this artifact already")
                + ": \(outcome.manifest.format), \(registration.digest.short), "
                + "\(outcome.goldenInputs) golden inputs (\(made))")
    }

    /// What registering an artifact again did to a version that was put away.
    static func words(of revival: Registration.Revival?) -> String? {
        switch revival {
        case nil: nil
        case .unarchived: "it was archived, and is taken back"
        case .stored: "gc had removed its files; they are stored again, and it is taken back"
        }
    }

    /// One file or folder; others have options of their own.
    static func only(_ files: [String], of model: ModelName) throws(SwerveError) -> String {
        guard let path = files.first else {
            throw SwerveError(
                .usage, act: "registering \(model)", reason: "no model file is named",
                remedy: "swerve register FILE --model NAME")
        }
        guard files.count == 1 else {
            let other = files[1].shortened(to: 120)
            throw FolderListing.isFolder(path)
                ? SwerveError(
                    .usage, act: "registering \(model) from folder \(path)",
                    reason: "'\(other)' is named beside it",
                    remedy: "an exported folder is registered alone")
                : SwerveError(
                    .usage, act: "registering \(model)",
                    reason: "it is not known what '\(other)' is for",
                    remedy: "name one model file; a featurizer goes with --featurizer, golden "
                        + "inputs with --golden")
        }
        return path
    }
}
