import ArgumentParser
import Catalogue
import Configuration
import Judge
import Kafka
import Lifecycle
import Operations
import Platform
import Registry
import Scoring
import Serving
import Verification

/// What a version would have said of the traffic that a stream still holds.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Say what a version would have made of traffic that is retained.",
        discussion: """
            Scores a range of the input by several threads, with the workers' configuration, without \
            the service and its group: how many alerts, on which days and at which hours of the week \
            (UTC), how scores are spread, and which records have none and why. With --against both \
            versions are asked: which verdicts differ, with examples, grouped by the features that \
            changed them most, and what the judge would have said, had --against been the stable \
            version and this one its shadow, by the timestamps of the records. Without --to the range \
            ends where the topic does now.

            --labels takes lines of {"id": …, "label": …} or {"source": {"partition": …, "offset": \
            …}, "label": …}, and gives precision and recall; lines that are no labels, and labels of \
            one record that contradict one another, are left out, and told. --alerts-per-day finds \
            the threshold for a budget. --html writes one page that needs nothing else. --record \
            keeps the judge's verdict and the range with the version, as its tag replay.against.V, \
            for a plan of a rollout that requires a replay. Fields that mask: names are shown as \
            ***.
            """)

    @Argument(help: "The version, NAME@V or NAME@ALIAS.")
    var version: String

    @OptionGroup var range: RangeOptions

    @Option(help: ArgumentHelp("The version that it is held against, V or ALIAS.", valueName: "v"))
    var against: String?

    @Option(help: ArgumentHelp("What is known of records, plain or gzip.", valueName: "file"))
    var labels: String?

    @Option(
        help: ArgumentHelp(
            "A label that is an alert; may be repeated. Default: the deployment's, or attack.",
            valueName: "label"))
    var alert: [String] = []

    @Option(help: "Find the threshold for at most so many alerts a day.")
    var alertsPerDay: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many examples to tell of each group of flips.", valueName: "k"))
    var examples = 3

    @Option(help: ArgumentHelp("Write a page with plots.", valueName: "file"))
    var html: String?

    @Flag(help: "Keep the verdict with the version, for rollouts.")
    var record = false

    @Option(
        parsing: .unconditional,
        help: "Threads, each with partitions of its own; default the processors, 4 at most.")
    var threads: Int?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let threads, !(1...64).contains(threads) {
            throw ValidationError("--threads takes 1 to 64")
        }
        guard !record || against != nil else {
            throw ValidationError("--record keeps a verdict, which needs --against")
        }
        guard (0...100).contains(examples) else {
            throw ValidationError("--examples takes 0 to 100")
        }
        if let alertsPerDay, !alertsPerDay.isFinite || alertsPerDay <= 0 {
            throw ValidationError("--alerts-per-day takes a number above 0")
        }
    }

    func run() throws {
        let selector = try VersionSelector(version)
        let edges = try range.edges()
        let source = try EvidenceSource(selector.model, group: nil, registry, kafka)
        let mask = FieldMask(try registry.configuration(kafka).list(.mask))
        let cast = try ReplayCast(
            selector, against: against, alerts: alert, source, act: act)
        let book = try labels.map { file throws(SwerveError) in
            let meaning = cast.meaning
            return try ReplayLabels(file: file, input: source.worker.topics.input) {
                meaning.isAttack($0)
            }
        }
        if let book, book.count == 0 { throw nothingKnown(book) }
        let form = try source.form()
        let plan = ReplayPlan(
            topic: source.worker.topics.input, form: form, first: cast.first,
            second: cast.second, labels: book, salt: cast.salt)
        let access = StreamAccess(
            settings: source.brokers.settings, input: form, artifacts: source.artifacts,
            threads: threads ?? min(4, ProcessorShare.cores),
            timeoutMs: source.brokers.timeoutMs, log: KafkaLog.quiet)
        let progress = TerminalProgress()
        defer { progress.clear() }
        let report = try StreamReplayer(access, plan).run(from: edges.from, to: edges.to) {
            progress.show("\($0) of \($1) offsets")
        }
        progress.clear()
        let flips = try cast.second.map { second throws(SwerveError) in
            try FlipCauses.explained(
                report.tally, cast.first, second, form: form, top: Self.featuresMax
            ) { $0.masked(by: mask) }
        }
        let findings = ReplayFindings(
            report: report, cast: cast, topic: plan.topic, book: book, mask: mask,
            groups: FlipCauses.groups(flips ?? [], examples: examples),
            explained: flips?.count ?? 0, alertsPerDay: alertsPerDay)
        if let html {
            try PageFile.write(ReplayPage(findings).text, to: html)
        }
        if record { try keep(report, cast, source) }
        if output.json {
            Terminal.document(findings.document)
        } else {
            for line in ReplayText(findings).lines { Terminal.line(line) }
        }
    }

    private var act: String { "replaying with \(version.shortened(to: 80))" }

    private func keep(
        _ report: StreamReplayReport, _ cast: ReplayCast, _ source: EvidenceSource
    ) throws(SwerveError) {
        guard let against = cast.against, let course = report.course else { return }
        guard let span = report.tally.hours.span else {
            throw SwerveError(
                .refused, act: "recording the replay of \(version.shortened(to: 80))",
                reason: "its records have no timestamps, so nobody can say of which range it is",
                remedy: "leave --record away")
        }
        let hours = RecordedReplay.hours(
            days: report.tally.hours.byDay.count,
            hoursOfWeek: report.tally.hours.byHour.count { $0.records > 0 },
            fromMs: span.lowerBound, toMs: span.upperBound)
        let replay = RecordedReplay(
            verdict: course.report?.verdict ?? .running, fromMs: span.lowerBound,
            toMs: span.upperBound, pairs: report.tally.pairs, hours: hours)
        let annotation = Annotation(
            tags: [RecordedReplay.tag(against: against.version): replay.text])
        _ = try source.backend.annotate(
            AnnotateRequest(
                version: VersionSelector(
                    model: cast.model, choice: .number(cast.version.version)),
                annotation: annotation))
    }

    private func nothingKnown(_ book: ReplayLabels) -> SwerveError {
        let reason =
            book.firstStrange.map { "no label is known to the versions; the first is '\($0)'" }
            ?? book.firstUnreadable.map { "no line is a label; the first, \($0)" }
            ?? "there are no labels"
        return SwerveError(
            .invalid, act: "reading \(labels ?? "labels")", reason: reason,
            remedy: "write labels as the versions print them, or name alerts with --alert")
    }

    private static let featuresMax = 5
}

/// The versions of a replay, as the present deployment has them.
struct ReplayCast {
    let model: ModelName
    let version: ReplayVersion
    /// What it is held against: of the two the stable one.
    let against: ReplayVersion?
    let salt: UInt32
    /// The labels that are alerts, by who says so.
    let alerts: [String]
    let notes: [String]

    init(
        _ selector: VersionSelector, against: String?, alerts given: [String],
        _ source: EvidenceSource, act: String
    ) throws(SwerveError) {
        model = selector.model
        let newest = try? source.backend.history(HistoryRequest(model: model, limit: 1))
            .entries.first?.after
        salt = newest?.salt ?? 0
        let labels =
            given.isEmpty
            ? newest?.settings.alerts ?? DeploymentSettings.alertsDefault : given
        let shelf = ScorerShelf(source.artifacts)
        var notes: [String] = []
        version = try Self.load(
            selector, labels, isGiven: !given.isEmpty, source, shelf, &notes, act: act)
        if let against {
            let other = try VersionSelector(model: model, against)
            let loaded = try Self.load(
                other, labels, isGiven: !given.isEmpty, source, shelf, &notes, act: act)
            guard loaded.version != version.version else {
                throw SwerveError(
                    .usage, act: act, reason: "--against names the same version",
                    remedy: "name another one, or leave --against away")
            }
            self.against = loaded
        } else {
            self.against = nil
        }
        self.alerts = labels
        self.notes = notes
    }

    private static func load(
        _ selector: VersionSelector, _ labels: [String], isGiven: Bool, _ source: EvidenceSource,
        _ shelf: ScorerShelf, _ notes: inout [String], act: String
    ) throws(SwerveError) -> ReplayVersion {
        let found = try source.backend.version(VersionRequest(version: selector)).version
        let number = found.reference.version
        let scorer = try shelf.scorer(
            DeployedVersion(version: number, digest: found.digest),
            under: try settings(of: found.reference, source))
        let version = ReplayVersion(version: number, scorer: scorer, labels: labels)
        guard isGiven, !version.hasAlerts else {
            let (alerting, note) = version.alerting(insteadOf: labels)
            if let note {
                notes.append(alerting.hasAlerts ? note : "\(note) (--alert names labels)")
            }
            return alerting
        }
        let words = labels.map { "'\($0.shortened(to: 40))'" }.joined(separator: ", ")
        throw SwerveError(
            .usage, act: act, reason: "version \(number) has no label \(words)",
            remedy: "its labels are \(scorer.labels.joined(separator: ", "))")
    }

    /// What the deployment says of the version; nothing where it is in none.
    private static func settings(
        of version: VersionReference, _ source: EvidenceSource
    ) throws(SwerveError) -> VersionSettings {
        do throws(SwerveError) {
            return try source.backend.settings(
                SettingsRequest(model: version.model, version: .number(version.version))
            ).settings
        } catch {
            guard error.code == .refused else { throw error }
            return VersionSettings()
        }
    }

    /// What labels from elsewhere mean to the versions.
    var meaning: LabelMeaning {
        LabelMeaning(alerts: alerts, [version, against].compactMap(\.self))
    }

    /// The stable version comes first where there are two.
    var first: ReplayVersion { against ?? version }
    var second: ReplayVersion? { against == nil ? nil : version }
}
