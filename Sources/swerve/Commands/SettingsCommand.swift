import ArgumentParser
import Lifecycle
import Operations

/// Threshold, labels and label rule of a version, without a new version.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Show or change the threshold and labels that a deployed version decides by.",
        discussion: """
            Without a change, prints the present ones. They belong to the version, stable, candidate \
            or previous: a promotion does not inherit another's, and a rollback brings its own back.

            The names that --label gives take the place of all names that there were: a class that \
            none of them names is printed as the model's own class. --remove-label takes one away and \
            leaves the others; --reset goes back to what the artifact says.

            --alert says which labels are alerts, of all versions of the model: it changes no score, \
            and a canary is judged by them. They are "attack" unless somebody says so.
            """)

    @Argument(help: "NAME, for its stable version, NAME@V or NAME@ALIAS.")
    var what: String

    @Option(
        parsing: .unconditional,
        help: "A score above it means the class that the version speaks of.")
    var threshold: Double?

    @Option(help: "A name for a class, NAME=CLASS; repeatable. Takes the place of all names.")
    var label: [String] = []

    @Option(help: "A name to take away; repeatable. The others stay.")
    var removeLabel: [String] = []

    @Option(help: "What chooses the label of LIBSVM's -b 1: votes or probability.")
    var labelRule: LabelRule?

    @Option(help: "A label that is an alert, in place of those that were; repeatable. Alone.")
    var alert: [String] = []

    @Flag(help: "Begin with what the artifact says.")
    var reset = false

    @OptionGroup var changing: DeploymentChanging

    func run() throws {
        if let request = try alertsRequest() {
            try changing.run { backend throws(SwerveError) in try backend.change(request) }
        } else if let request = try changeRequest() {
            try changing.run { backend throws(SwerveError) in try backend.changeSettings(request) }
            // What it decides by from now on: names may have been replaced.
            if !changing.output.json { show(try present()) }
        } else {
            show(try present())
        }
    }

    private func present() throws(SwerveError) -> SettingsResult {
        try changing.registry.backend(changing.kafka, changing.signing).settings(request())
    }

    func request() throws(SwerveError) -> SettingsRequest {
        let (model, version) = try named()
        return SettingsRequest(model: model, version: version)
    }

    /// Nil where nothing is to be changed.
    func changeRequest() throws(SwerveError) -> SettingsChangeRequest? {
        let settings = VersionSettings(
            threshold: threshold,
            labels: label.isEmpty ? nil : try KeyValue.parse(label, option: "--label"),
            labelRule: labelRule)
        guard reset || !settings.isEmpty || !removeLabel.isEmpty else { return nil }
        guard label.isEmpty || removeLabel.isEmpty else {
            throw SwerveError(
                .usage, act: "changing the settings of \(what.shortened(to: 80))",
                reason: "--label and --remove-label exclude each other",
                remedy: "--label takes the place of all names: leave the one to take away out")
        }
        if let threshold, !threshold.isFinite {
            throw SwerveError(.usage, act: "reading --threshold", reason: "not a finite number")
        }
        let (model, version) = try named()
        return SettingsChangeRequest(
            model: model, version: version, settings: settings, isReset: reset,
            removedLabels: removeLabel,
            terms: try changing.options.terms(
                act: "changing the settings of \(what.shortened(to: 80))"))
    }

    /// Nil where which labels are alerts is not to be changed.
    func alertsRequest() throws(SwerveError) -> ChangeRequest? {
        guard !alert.isEmpty else { return nil }
        let act = "changing which labels of \(what.shortened(to: 80)) are alerts"
        let (model, version) = try named()
        let isAlone =
            version == nil && !reset && threshold == nil && labelRule == nil && label.isEmpty
            && removeLabel.isEmpty
        guard isAlone else {
            throw SwerveError(
                .usage, act: act,
                reason: "--alert is of all versions, and goes with no other setting",
                remedy: "swerve settings \(model) --alert LABEL")
        }
        return ChangeRequest(
            model: model, change: .alerts(alert), terms: try changing.options.terms(act: act))
    }

    private func named() throws(SwerveError) -> (ModelName, VersionSelector.Choice?) {
        guard what.contains("@") else { return (try ModelName(what), nil) }
        let selector = try VersionSelector(what)
        return (selector.model, selector.choice)
    }

    private func show(_ result: SettingsResult) {
        if changing.output.json {
            return Terminal.document([
                "model": .string(result.model.description), "epoch": .int(result.epoch),
                "version": .int(Int64(result.version)), "settings": result.settings.json,
                "threshold": .double(result.threshold),
                "labels": .array(result.labels.map { .string($0) }),
                "positive": result.positive.map { .string($0) } ?? .null,
                "label_rule": result.labelRule.map { .string($0.rawValue) } ?? .null,
            ])
        }
        let settings = result.settings
        let origin = settings.isEmpty ? "as its artifact says" : "changed: \(settings.json.text)"
        let labels = result.labels.joined(separator: ", ")
        let of = result.positive.map { " for '\($0)'" } ?? ""
        let rule = result.labelRule.map { ", label by \($0.rawValue)" } ?? ""
        Terminal.line(
            ("\(result.model)@\(result.version) threshold \(result.threshold)\(of), "
                + "labels \(labels)\(rule); \(origin)").printable)
    }
}
