import Catalogue
import Configuration
import Kafka
import Lifecycle
import Operations
import Registry
import Scoring
import Serving
import Verification

/// Flips among the newest requests of a model's input, for the hub's pages: read as its workers
/// read them, apart from the service and its group.
struct StreamFlips: FlipSource {
    let files: WorkerFiles
    /// The registry's file, which artifacts come from.
    let registry: String
    let kafka: KafkaSource

    /// The brokers that a configuration names.
    typealias KafkaSource = @Sendable (Configuration) throws(SwerveError) -> KafkaBrokers

    func flips(
        in deployment: Deployment, isStopped: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> FlipFindings {
        let configuration = try files.configuration(of: deployment.model)
        let worker = try WorkerFiles.worker(configuration)
        let brokers = try kafka(configuration)
        let mask = FieldMask(try configuration.list(.mask))
        let form = try worker.recordForm(patienceMs: Self.patienceMs)
        let shelf = ScorerShelf(RegistryArtifacts(path: registry))
        func version(_ deployed: DeployedVersion) throws(SwerveError) -> ReplayVersion {
            ReplayVersion(
                version: deployed.version,
                scorer: try shelf.scorer(
                    deployed, under: deployment.settings[deployed.version]),
                labels: deployment.settings.alerts)
        }
        guard let candidate = deployment.candidate else {
            throw SwerveError(
                .refused, act: "looking for flips", reason: "no version is on trial")
        }
        let (stable, other) = (
            try version(deployment.stable), try version(candidate.deployed)
        )
        let plan = ReplayPlan(
            topic: worker.topics.input, form: form, first: stable, second: other, labels: nil,
            salt: deployment.salt)
        let access = StreamAccess(
            settings: brokers.settings, input: form,
            artifacts: RegistryArtifacts(path: registry),
            timeoutMs: min(brokers.timeoutMs, Int32(Self.patienceMs)), log: KafkaLog.quiet)
        let report = try RecentReplay(access, plan, RecentBounds()).run(isStopped: isStopped)
        let flips = try FlipCauses.explained(
            report.tally, stable, other, form: form, top: Self.featuresMax,
            atMost: Self.explainedMax
        ) { $0.masked(by: mask) }
        return findings(report, flips, plan, mask)
    }

    private func findings(
        _ report: RecentReplayReport, _ flips: [ExplainedFlip], _ plan: ReplayPlan,
        _ mask: FieldMask
    ) -> FlipFindings {
        let tally = report.tally
        let groups = FlipCauses.groups(flips, examples: FlipExample.shown)
        return FlipFindings(
            topic: plan.topic, records: tally.records, pairs: tally.pairs,
            counts: [
                .alert: tally.up.count, .normal: tally.down.count,
                .relabelled: tally.relabelled.count,
            ], span: tally.hours.span, cut: report.cut, explained: flips.count,
            causes: groups.sorted { $0.count > $1.count }.prefix(Self.causesMax).map {
                FlipFindings.Cause(
                    words: $0.cause, direction: Self.direction($0.kind), count: $0.count)
            },
            examples: Self.chosen(groups).map { example($0, plan, mask) })
    }

    /// One of each group in turn, so that a frequent cause does not hide the others.
    private static func chosen(_ groups: [FlipGroup]) -> [ExplainedFlip] {
        let sorted = groups.sorted { $0.count > $1.count }
        var chosen: [ExplainedFlip] = []
        for place in 0..<FlipExample.shown {
            for group in sorted where group.examples.indices.contains(place) {
                guard chosen.count < FlipExample.shown else { return chosen }
                chosen.append(group.examples[place])
            }
        }
        return chosen
    }

    private func example(
        _ explained: ExplainedFlip, _ plan: ReplayPlan, _ mask: FieldMask
    ) -> FlipExample {
        let flip = explained.flip
        func label(_ version: ReplayVersion?, _ index: Int) -> String {
            guard let labels = version?.scorer.labels, labels.indices.contains(index) else {
                return "-"
            }
            return labels[index]
        }
        let shown = Self.shown(explained, mask)
        return FlipExample(
            record: "\(plan.topic)/\(flip.place.partition)@\(flip.place.offset)",
            atMs: flip.atMs, direction: Self.direction(explained.kind), request: shown.text,
            withheld: shown.withheld, cause: explained.cause,
            stable: FlipExample.Side(
                label: label(plan.first, flip.firstClass), score: flip.firstScore),
            candidate: FlipExample.Side(
                label: label(plan.second, flip.secondClass), score: flip.secondScore),
            reasons: explained.change.map(Self.reasons) ?? [])
    }

    /// What every record gets is one of them: it may have moved the verdict most.
    private static func reasons(_ change: VerdictChange) -> [FlipExample.Reason] {
        let bias = FlipExample.Reason(
            name: FlipCauses.everyRecord, stable: change.biasHere, candidate: change.biasThere)
        let parts = change.parts.map {
            FlipExample.Reason(name: $0.words, stable: $0.here, candidate: $0.there)
        }
        return (parts + (bias.difference == 0 ? [] : [bias]))
            .sorted { $0.difference.magnitude > $1.difference.magnitude }
    }

    /// The record as people may see it, or why it is not shown.
    private static func shown(
        _ explained: ExplainedFlip, _ mask: FieldMask
    ) -> (text: String?, withheld: String) {
        guard let value = explained.flip.value else {
            return (nil, "The record is too large to be shown.")
        }
        let text: String? =
            if let avro = explained.avro {
                mask.isEmpty ? avro.text : nil
            } else {
                mask.shown(value)
            }
        guard let text else {
            return (
                nil,
                mask.isEmpty
                    ? "The record is no text." : "Not shown: fields of it are masked (mask)."
            )
        }
        return (String(text.unicodeScalars.prefix(FlipExample.requestMax + 1)), "")
    }

    private static func direction(_ kind: Flip.Kind) -> FlipDirection {
        switch kind {
        case .up: .alert
        case .down: .normal
        case .relabelled: .relabelled
        }
    }

    private static let patienceMs = 5_000
    private static let featuresMax = 6
    /// Of each kind: a second's work at most.
    private static let explainedMax = 64
    private static let causesMax = 8
}
