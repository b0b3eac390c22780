import Fleet
import Judge
import Lifecycle
import Operations
import Registry

/// The candidate on trial: its rollout, how often both versions alert, where they disagree, and how
/// sure the judge is.
struct TrialSection {
    let view: ModelView

    func markup(nowMs: Int64) -> HTML {
        let look = view.rollout.map { RolloutLook($0) }
        let isOpen = view.rollout.map { $0.endedAt == nil } ?? false
        let candidate = view.deployment?.candidate
        guard isOpen || candidate != nil || look != nil else {
            return Section(id: "trial", title: "Trial").markup(
                "<p class=\"quiet\">No version is on trial.</p>\n")
        }
        let title =
            candidate.map {
                "\($0.mode == .canary ? "Canary" : "Shadow") \($0.deployed.version) against "
                    + "\(view.deployment?.stable.version ?? 0)"
            } ?? "Last rollout"
        let news = look.map(\.news) ?? title
        var content = look.markup { rollout($0, isOpen: isOpen, nowMs: nowMs) }
        if candidate != nil || isOpen {
            content += rates(nowMs: nowMs)
            content += flips(nowMs: nowMs)
        }
        if let look { content += GuardCharts(standing: look.standing, nowMs: nowMs).markup }
        return Section(id: "trial", title: title, news: news).markup(content)
    }

    // MARK: - The rollout

    private func rollout(_ look: RolloutLook, isOpen: Bool, nowMs: Int64) -> HTML {
        let standing = look.standing
        let observes: HTML =
            standing.isObserved ? " <span class=\"tag\">observes, never acts</span>" : ""
        let reason: HTML =
            standing.reason.isEmpty ? "" : ": <q>\(lines: standing.reason, limit: 400)</q>"
        let events = standing.entries.suffix(Self.eventsMax).reversed().map { entry -> HTML in
            let detail: HTML = entry.detail.isEmpty ? "" : ": \(name: entry.detail, limit: 200)"
            return """
                <li>\(Moment(entry.at).full(nowMs: nowMs)) \(name: entry.event, limit: 60)\(detail) \
                <span class="quiet">\(name: entry.by, limit: 60)</span></li>

                """
        }
        let acts: HTML =
            view.mayChange && isOpen
            ? "<p class=\"acts\">\(look.allowed.map { act($0) })</p>\n" : ""
        let told: HTML =
            events.isEmpty
            ? ""
            : """
            <details id="rollout-events"><summary>What it did</summary><ul class="events">
            \(events)</ul></details>

            """
        return """
            <p class="lead">\(look.mark.markup) <span>\(name: look.waits, limit: 300)</span>\(observes)</p>
            <p class="quiet">Rollout \(standing.id) of version \(standing.candidate) against \(look.stable), \
            begun \(Moment(standing.startedAt).full(nowMs: nowMs)) by \
            \(name: standing.startedBy, limit: 80)\(reason)</p>
            \(look.steps)\(acts)\(told)
            """
    }

    private func act(_ word: RolloutWord) -> HTML {
        let words: String =
            switch word {
            case .pause: "Pause"
            case .resume: "Resume"
            case .approve: "Approve"
            case .skip: "Skip this step"
            case .promote: "Promote now"
            case .abort: "Abort"
            }
        return ActLink(
            act: .rollout(word), model: view.model, words: words, isGrave: word == .abort
        ).markup
    }

    // MARK: - Alert rates

    private func rates(nowMs: Int64) -> HTML {
        let points = view.rates.suffix(AlertRatePoint.kept)
        guard points.count > 1 else {
            return
                "<p class=\"quiet\">How often both versions alert is drawn once two moments are known.</p>\n"
        }
        let names = Versions(view)
        func rate(_ alerts: Int64, _ records: Int64) -> Double? {
            records > 0 && alerts >= 0 ? Double(alerts) / Double(records) * 10_000 : nil
        }
        return LineChart(
            id: "rates", title: "Alerts in 10,000 records", times: points.map(\.atMs),
            series: [
                LineChart.Series(
                    name: "stable \(names.stable)", kind: "stable",
                    values: points.map { rate($0.stableAlerts, $0.stableRecords) }),
                LineChart.Series(
                    name: "\(names.mode) \(names.candidate)", kind: "candidate",
                    values: points.map { rate($0.candidateAlerts, $0.candidateRecords) }),
            ], nowMs: nowMs
        ).markup
    }

    // MARK: - Flips

    private func flips(nowMs: Int64) -> HTML {
        var content = HTML()
        if let comparison { content += counts(comparison) }
        content += view.flips.markup {
            FlipSection(look: $0, versions: Versions(view)).markup(nowMs: nowMs)
        }
        guard !content.isEmpty else { return HTML() }
        return "<h3>Where they disagree</h3>\n\(content)"
    }

    private var comparison: VersionComparison? {
        guard let candidate = view.deployment?.candidate, let stable = view.deployment?.stable
        else {
            return nil
        }
        return view.fleet?.totals.comparisons.first {
            $0.counts.candidate == candidate.deployed.version && $0.counts.stable == stable.version
        }?.counts
    }

    private func counts(_ comparison: VersionComparison) -> HTML {
        let pairs = comparison.records
        let flips = comparison.flips.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var table = Table(
            id: "flip-counts", caption: "Labels on which they disagree",
            columns: [
                Table.Column("Stable says → candidate says"),
                Table.Column("Records", isNumber: true),
                Table.Column("Of all pairs", isNumber: true),
            ], isStacked: true)
        for (labels, count) in flips.prefix(Self.flipKinds) {
            table.add([
                "\(name: labels, limit: 120)", "\(Figures.grouped(count))",
                "\(Figures.percent(count, of: pairs))",
            ])
        }
        let shed: HTML =
            comparison.shed > 0
            ? " \(Figures.grouped(comparison.shed)) more were not scored by the shadow, for want of time."
            : ""
        return """
            <p>\(Figures.grouped(pairs)) records were scored by both; on \
            \(Figures.grouped(comparison.heldFlipCount)) of them (\
            \(Figures.percent(comparison.heldFlipCount, of: pairs))) they disagree.\(shed)</p>
            \(table.count > 0 ? table.markup : HTML())
            """
    }

    private static let eventsMax = 20
    private static let flipKinds = 12
}

/// How the two versions of a trial are called.
struct Versions {
    let stable: String
    let candidate: String
    let mode: String

    init(_ view: ModelView) {
        stable = view.deployment.map { "\($0.stable.version)" } ?? "?"
        candidate =
            view.deployment?.candidate.map { "\($0.deployed.version)" }
            ?? view.rollout.map { "\($0.candidate)" } ?? "?"
        mode = view.deployment?.candidate?.mode.rawValue ?? "candidate"
    }
}
