import ArgumentParser
import Catalogue
import Lifecycle
import Registry

/// Threshold and labels of a version, without a new version.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Show or change the threshold and labels that a deployed version decides by.",
        discussion: """
            Without a change, prints the present ones. They belong to the version, stable, candidate \
            or previous: a promotion does not inherit another's, and a rollback brings its own back.
            """)

    @Argument(help: "NAME, for its stable version, NAME@V or NAME@ALIAS.")
    var what: String

    @Option(help: "A decision above it means the first class.")
    var threshold: Double?

    @Option(help: "A name for a class, NAME=CLASS; repeatable. Takes the place of all names.")
    var label: [String] = []

    @Flag(help: "Begin with what the artifact says.")
    var reset = false

    @OptionGroup var changing: DeploymentChanging

    func run() throws {
        let change = VersionSettings(
            threshold: threshold,
            labels: label.isEmpty ? nil : try KeyValue.parse(label, option: "--label"))
        let isChange = reset || !change.isEmpty
        let registry =
            isChange
            ? try changing.registry.open(create: false)
            : try Registry.open(path: changing.registry.path, access: .readOnly)
        let (version, deployment) = try named(in: registry)
        let present = deployment.settings[version.reference.version]
        guard isChange else { return try show(present, of: version, deployment, in: registry) }
        if let threshold, !threshold.isFinite {
            throw SwerveError(.usage, act: "reading --threshold", reason: "not a finite number")
        }
        let wanted = (reset ? VersionSettings() : present).overlaid(with: change)
        _ = try SettingsCheck.effective(wanted, of: version, in: registry)
        try changing.run(
            .settings(version.reference.version, change, isReset: reset),
            of: version.reference.model)
    }

    private func named(in registry: Registry) throws -> (RegisteredVersion, Deployment) {
        let given = what.contains("@") ? try registry.resolve(try VersionSelector(what)) : nil
        let model = try given?.model ?? ModelName(what)
        guard let deployment = try registry.deployment(of: model) else {
            throw SwerveError(
                .refused, act: "reading the settings of \(model)", reason: "it was never promoted",
                remedy: "promote a version: swerve promote \(model)@1")
        }
        let reference =
            given ?? VersionReference(model: model, version: deployment.stable.version)
        return (try registry.version(reference), deployment)
    }

    private func show(
        _ settings: VersionSettings, of version: RegisteredVersion, _ deployment: Deployment,
        in registry: Registry
    ) throws {
        let effective = try SettingsCheck.effective(settings, of: version, in: registry)
        if changing.output.json {
            return Terminal.document([
                "model": .string(deployment.model.description), "epoch": .int(deployment.epoch),
                "version": .int(Int64(version.reference.version)), "settings": settings.json,
                "threshold": .double(effective.threshold),
                "labels": .array(effective.labels.map { .string($0) }),
            ])
        }
        let origin = settings.isEmpty ? "as its artifact says" : "changed: \(settings.json.text)"
        let labels = effective.labels.joined(separator: ", ")
        Terminal.line(
            "\(version.reference) threshold \(effective.threshold), labels \(labels); \(origin)"
                .printable)
    }
}
