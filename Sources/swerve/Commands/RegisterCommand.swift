import ArgumentParser
import Catalogue
import Configuration
import Lifecycle
import Operations
import Platform
import Registry

/// Files into the registry, each as the next version of a model.
struct RegisterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Register trained models, each as the next version.",
        discussion: """
            Reads LIBLINEAR and LIBSVM model files as they are, with the featurizer spec beside \
            them; scikit-learn models as swerve-export writes them (safetensors); ONNX models as \
            skl2onnx writes them; and folders of swerve export, which keep their digest. The same \
            artifact registered again says which version it is already, and is no failure.

            Several files are registered one after the other, in their order, and one that is \
            refused does not keep the others from it: the exit code is 1 then. What the options say \
            holds for each of them. With --json there is a document for each file, a line each.
            """)

    @Argument(
        help: """
            Model files, or folders that swerve export wrote; without --model each as NAME=FILE.
            """)
    var files: [String] = []

    @Option(help: "The name of the model that the files are versions of.")
    var model: String?

    @Option(help: "The featurizer spec, JSON; beside a file with one, where its numbers come from.")
    var featurizer: String?

    @Option(help: "Golden inputs with their decisions, JSON lines; made at registration without.")
    var golden: String?

    @Option(
        parsing: .unconditional,
        help: "A score above it means the positive class; without, 0 or the file's own.")
    var threshold: Double?

    @Option(
        parsing: .unconditional,
        help: "Of two classes the one that score, probability and threshold speak of; a label too.")
    var positive: String?

    @Option(help: "What chooses the label of LIBSVM's -b 1: votes, or the largest probability.")
    var labelRule: LabelRule?

    @Flag(help: "The feature indices of a LIBSVM file, and of records' svm, begin at 0.")
    var zeroBased = false

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
        let named = try ModelFile.named(files, model)
        try Self.requireOneVersion(of: named, for: alias)
        let said = try Said(
            labels: KeyValue.parse(label, option: "--label"),
            metrics: KeyValue.numbers(metric, option: "--metric"),
            tags: KeyValue.parse(tag, option: "--tag"),
            aliases: alias.map { name throws(SwerveError) in try AliasName(name) },
            textField: registry.configuration(input).text(.fieldText))
        let key = try signWith.map { path throws(SwerveError) in try SigningKey.read(path) }
        guard named.count > 1 else { return try register(named[0], said, key) }
        var failures = 0
        for file in named {
            do {
                try register(file, said, key, isOneOfSeveral: true)
            } catch let error as SwerveError {
                failures += 1
                tell(error, of: file)
            }
        }
        guard failures == 0 else {
            Terminal.error(
                "registering: \(failures) of \(named.count) files "
                    + (failures == 1 ? "was" : "were") + " refused"
                    + (failures < named.count ? "; the others are registered" : ""))
            throw ExitCode(ExitContract.failed)
        }
    }

    /// What the options say of each version, where it has to be read.
    private struct Said {
        let labels: [String: String]
        let metrics: [String: Double]
        let tags: [String: String]
        let aliases: [AliasName]
        let textField: String?
    }

    private func register(
        _ file: ModelFile, _ said: Said, _ key: SigningKey?, isOneOfSeveral: Bool = false
    ) throws {
        let paths = RegistrationPaths(file: file.path, featurizer: featurizer, golden: golden)
        var request = RegistrationRequest(
            model: file.model, content: try paths.read(for: file.model))
        request.textField = said.textField
        request.threshold = threshold
        request.labels = said.labels
        request.positive = positive
        request.labelRule = labelRule
        request.isZeroBased = zeroBased
        request.metrics = said.metrics
        request.tags = said.tags
        request.note = note
        request.lineage = Lineage(
            trainingData: trainingData, codeRevision: codeRevision, tool: tool,
            toolVersion: toolVersion, author: author)
        request.isForced = force
        request.aliases = said.aliases
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.register(try Self.signed(request, key, backend))
        } tell: { result in
            if let outcome = result.outcome {
                tell(outcome, of: file, prefix: isOneOfSeveral ? "\(file.path): " : "")
            }
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

    private func tell(_ outcome: RegistrationOutcome, of file: ModelFile, prefix: String) {
        let registration = outcome.registration
        if let first = outcome.leftOut.first {
            let more = outcome.leftOut.count > 1 ? " and \(outcome.leftOut.count - 1) more" : ""
            Terminal.note("not part of the artifact, left out: \(first)\(more)".printable)
        }
        guard !output.json else {
            var fields = outcome.json.object ?? [:]
            fields["file"] = .string(file.path)
            return Terminal.document(.object(fields))
        }
        if let words = Self.words(of: registration.revival) {
            Terminal.note("swerve: \(registration.version): \(words)")
        }
        let made = outcome.manifest.goldenSource == .own ? "made here" : "supplied"
        Terminal.line(
            prefix.printable + "\(registration.version) "
                + (registration.isNew ? "registered" : "is this artifact already")
                + ": \(outcome.manifest.format), \(registration.digest.short), "
                + "\(outcome.goldenInputs) golden inputs (\(made))")
        if let positive = outcome.meaning?.positive {
            Terminal.line(prefix.printable + "a high score means '\(positive)'".printable)
        }
    }

    /// What registering an artifact again did to a version that was put away.
    static func words(of revival: Registration.Revival?) -> String? {
        switch revival {
        case nil: nil
        case .unarchived: "it was archived, and is taken back"
        case .stored: "gc had removed its files; they are stored again, and it is taken back"
        }
    }

    /// One of several files that is refused is told, and the others follow.
    private func tell(_ error: SwerveError, of file: ModelFile) {
        let line = error.commandLine
        Terminal.error("\(file.path.shortened(to: 200)): ".printable + line)
        if [".json", ".jsonl"].contains(where: file.path.hasSuffix) {
            Terminal.note(
                "swerve: a featurizer goes with --featurizer, golden inputs with --golden")
        }
        guard output.json else { return }
        Terminal.document([
            "file": .string(file.path), "model": .string(file.model.description),
            "error": .string(line),
        ])
    }

    /// An alias names one version of a model.
    static func requireOneVersion(
        of files: [ModelFile], for aliases: [String]
    ) throws(SwerveError) {
        guard let alias = aliases.first else { return }
        var seen: Set<ModelName> = []
        for file in files where !seen.insert(file.model).inserted {
            throw SwerveError(
                .usage, act: "registering \(file.model)",
                reason: "alias \(alias.shortened(to: 80)) names one version, and several files are "
                    + "given",
                remedy: "leave --alias away, and give the alias afterwards: swerve alias "
                    + "\(file.model)@V ALIAS")
        }
    }
}
