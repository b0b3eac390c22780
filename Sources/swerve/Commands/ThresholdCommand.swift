import ArgumentParser
import Catalogue
import Configuration
import Lifecycle
import Operations
import Registry
import Scoring
import Serving

/// The threshold that keeps alerts within a budget, from scored requests.
struct ThresholdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "threshold",
        abstract: "Find the threshold that keeps alerts within a budget, and set it.",
        discussion: """
            Scores the lines as swerve score does, and shows what thresholds would do: how many \
            alert, and with --requests-per-day how many a day; where lines have a label also \
            precision and recall, with 95 % intervals. An alert is a score above the threshold, and \
            equal scores are on one side of it together.

            A budget chooses the threshold with most alerts within it, and of --precision the one \
            with the most true positives, then the fewest false ones; --set makes it the \
            version's, as swerve settings does. Lines that cannot be scored are left out and \
            told. Precision holds for the mix of classes that the file has. Exit code 1 where no \
            threshold gives an alert within the budget. Keys of the configuration come from its \
            file and from variables here; --set is the threshold's.
            """)

    @Argument(help: "The version, NAME@V or NAME@ALIAS; of two classes.")
    var version: String

    @Argument(help: "Lines, plain or gzip; standard input without.")
    var file: String?

    @Option(help: "The budget: at most so many alerts a day; with --requests-per-day.")
    var alertsPerDay: Double?

    @Option(help: "How many requests the stream has a day.")
    var requestsPerDay: Double?

    @Option(
        help: """
            The budget: at most this share of the requests that are not of the class alert, as 0.001 \
            or 0.1%.
            """)
    var falsePositiveRate: String?

    @Option(
        help: "The budget: at least this share of the alerts is of the class, as 0.9 or 90%.")
    var precision: String?

    @Option(
        help: """
            The field that holds a line's class, a name or class of the version; default label, \
            where lines have it.
            """)
    var labelField: String?

    @Flag(help: "Make the threshold the version's, for which it has to be deployed.")
    var set = false

    @OptionGroup var input: InputOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var signing: SigningOptions
    @OptionGroup var place: RegistryPlaceOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let selector = try VersionSelector(version)
        let budget = try budget()
        guard !set || budget != nil else {
            throw wrong("--set", "there is no budget to choose a threshold by", Self.budgets)
        }
        try requireSet()
        var terms = try change.terms(act: act)
        let registry = place.options
        let form = try InputForm(registry.configuration(input))
        let backend = try registry.backend()
        let found = try backend.artifact(ArtifactRequest(version: selector))
        let reference = found.version.reference
        let settings = try settings(of: reference, backend)
        let scorer = try OfflineScorer.load(found.artifact, settings: settings)
        let sampler = try ThresholdSampler(
            scorer, settings: form.lineSettings(), labelField: labelField,
            isLabelNeeded: budget?.needsLabels ?? true, act: act)
        let report = ThresholdReport(
            try sampler.sample(of: file), of: reference, className: sampler.className,
            present: scorer.threshold, requestsPerDay: requestsPerDay, budget: budget)
        try check(report)
        for doubt in report.doubts { Terminal.note("swerve: \(doubt)".printable) }
        guard set, case .met(let point) = report.choice else { return try tell(report) }
        if !output.json { report.lines.forEach(Terminal.line) }
        if let budget, terms.reason.isEmpty { terms.reason = "a threshold for \(budget.words)" }
        let request = SettingsChangeRequest(
            model: reference.model, version: .number(reference.version),
            settings: VersionSettings(threshold: point.threshold), isReset: false,
            removedLabels: [], terms: terms)
        try change.run(registry, kafka, signing, output) { backend throws(SwerveError) in
            try backend.changeSettings(request)
        } document: { change in
            var fields = report.json.object ?? [:]
            fields["set"] = change
            return .object(fields)
        }
    }

    private var act: String { "choosing a threshold of \(version.shortened(to: 80))" }

    /// - Throws: `.usage` for an option of a change where nothing is to be changed.
    private func requireSet() throws(SwerveError) {
        guard !set else { return }
        let given = [
            ("--wait", change.wait), ("--reason", !change.reason.isEmpty),
            ("--expect-epoch", change.expectEpoch != nil), ("--offline", change.offline),
            ("--sign-with", signing.signWith != nil),
        ]
        guard let option = given.first(where: { $0.1 })?.0 else { return }
        throw SwerveError(
            .usage, act: act, reason: "\(option) goes with --set alone",
            remedy: "give --set and a budget, or leave \(option) away")
    }

    /// What the deployment says of the version; nothing where it is in none.
    private func settings(
        of version: VersionReference, _ backend: any Backend
    ) throws(SwerveError) -> VersionSettings {
        do throws(SwerveError) {
            let request = SettingsRequest(
                model: version.model, version: .number(version.version))
            return try backend.settings(request).settings
        } catch {
            guard error.code == .refused else { throw error }
            return VersionSettings()
        }
    }

    // MARK: - The budget

    private static let usualLabel = "label"
    private static let budgets =
        "give --alerts-per-day with --requests-per-day, --false-positive-rate or --precision"

    private func wrong(_ option: String, _ reason: String, _ remedy: String = "") -> SwerveError {
        SwerveError(.usage, act: "reading \(option)", reason: reason, remedy: remedy)
    }

    /// - Throws: `.usage` for two of them, and for what is none.
    func budget() throws(SwerveError) -> ThresholdBudget? {
        for (option, number) in [
            ("--alerts-per-day", alertsPerDay), ("--requests-per-day", requestsPerDay),
        ] {
            guard let number else { continue }
            guard number.isFinite, number > 0 else { throw wrong(option, "not a number above 0") }
        }
        let rate = try falsePositiveRate.map { text throws(SwerveError) in
            try share(text, "--false-positive-rate", as: "0.05 or 5%")
        }
        let wanted = try precision.map { text throws(SwerveError) in
            try share(text, "--precision", as: "0.9 or 90%")
        }
        var budgets: [ThresholdBudget] = []
        if let alertsPerDay {
            guard let requestsPerDay else {
                throw wrong(
                    "--alerts-per-day", "how many requests the stream has a day is not known",
                    "give --requests-per-day as well")
            }
            budgets.append(.alerts(perDay: alertsPerDay, ofRequests: requestsPerDay))
        }
        if let rate { budgets.append(.falsePositiveRate(rate)) }
        if let wanted { budgets.append(.precision(wanted)) }
        guard budgets.count < 2 else {
            throw SwerveError(
                .usage, act: act, reason: "there is more than one budget",
                remedy: "give one of them")
        }
        return budgets.first
    }

    private func share(
        _ text: String, _ option: String, as example: String
    ) throws(SwerveError) -> Double {
        let isPercent = text.hasSuffix("%")
        let digits = isPercent ? String(text.dropLast()) : text
        guard let number = Double(digits), (0...(isPercent ? 100 : 1)).contains(number) else {
            throw wrong(
                option, "'\(text.shortened(to: 40))' is not between 0 and 1",
                "write it as \(example)")
        }
        guard isPercent else { return number }
        // The same number as 0.007 for 0.7%, which a division misses; nil with an exponent already.
        return Double(digits + "e-2") ?? number / 100
    }

    /// - Throws: where nothing was scored, or labels that are needed are missing.
    func check(_ report: ThresholdReport) throws(SwerveError) {
        let field = (labelField ?? Self.usualLabel).shortened(to: 80)
        guard report.requests > 0 else {
            let reason =
                report.firstFailure.map { "no line was scored; the first, \($0)" }
                ?? "there are no requests"
            throw SwerveError(.invalid, act: act, reason: reason)
        }
        if labelField != nil || report.budget?.needsLabels == true, !report.areLabelled,
            report.strangeLabels > 0
        {
            throw SwerveError(
                .invalid, act: act, reason: "no line's label is a class of the version",
                remedy: "name another field with --label-field")
        }
        let remedy = "name the field that holds each line's class: --label-field"
        if labelField != nil, !report.areLabelled {
            throw SwerveError(
                .invalid, act: act, reason: "no line has a field \(field)", remedy: remedy)
        }
        switch report.budget {
        case .falsePositiveRate where report.negatives == 0,
            .precision where report.negatives == 0 && report.positives > 0:
            throw SwerveError(
                .invalid, act: act,
                reason: "no line says in its field \(field) that it is of another class than "
                    + report.className, remedy: remedy)
        case .precision where report.positives == 0:
            throw SwerveError(
                .invalid, act: act,
                reason: "no line says in its field \(field) that it is of class "
                    + report.className, remedy: remedy)
        default: break
        }
    }

    // MARK: - The result

    private func tell(_ report: ThresholdReport) throws {
        if output.json {
            Terminal.document(report.json)
        } else {
            report.lines.forEach(Terminal.line)
        }
        guard let budget = report.budget, case .unmet(let reason) = report.choice else { return }
        throw SwerveError(
            .refused, act: act, reason: "nothing gives an alert within \(budget.words): \(reason)",
            remedy: "give more requests, or another budget")
    }
}
