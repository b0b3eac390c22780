import Fleet
import Lifecycle
import Operations
import Registry

/// All models: what is live, how the fleet stands, what needs somebody, which rollouts are open.
package struct OverviewPage: Page {
    private let view: OverviewView

    package init(_ view: OverviewView) { self.view = view }

    package var title: String { "Overview" }
    package var place: PagePlace? { .overview }
    package var liveAddress: String? {
        PageAddress.live(PageAddress.overview(search: view.search, page: page))
    }

    package func content(in context: PageContext) -> HTML {
        """
        <div class="page-head"><h1>Overview</h1>\(search)</div>
        \(fragments(in: context).map(\.markup))
        """
    }

    package func fragments(in context: PageContext) -> [LiveFragment] {
        [
            LiveFragment("summary", summary),
            LiveFragment("attention", AttentionSection(view: view).markup(nowMs: context.nowMs)),
            LiveFragment("rollouts", rollouts(nowMs: context.nowMs)),
            LiveFragment("models", models(nowMs: context.nowMs)),
        ]
    }

    // MARK: - In figures

    /// Outside of what is replaced: nobody loses what they type.
    private var search: HTML {
        guard view.models.count > Self.searchedFrom || !view.search.isEmpty else { return HTML() }
        return """
            <form class="search" action="/" method="get" role="search">\
            <label for="search">Find a model</label>\
            <input id="search" name="search" type="search" value="\(value: view.search, limit: 63)" \
            maxlength="63" autocomplete="off" spellcheck="false">\
            <button type="submit">Find</button></form>

            """
    }

    private func standing(of card: ModelCard) -> FleetStanding? {
        card.fleet.map { FleetStanding(report: $0, epoch: card.summary.deployment?.epoch) }
    }

    private var summary: HTML {
        let promoted = view.models.filter { $0.summary.deployment != nil }
        let well = promoted.filter { card in
            standing(of: card)?.mark.kind == .well
        }
        let open = view.models.count { $0.rollout != nil }
        let trials = promoted.count { $0.summary.deployment?.candidate != nil }
        let figures: [(String, HTML)] = [
            (view.models.count == 1 ? "model" : "models", "\(view.models.count)"),
            ("converged", "\(well.count)<span class=\"of\"> of \(promoted.count)</span>"),
            (trials == 1 ? "candidate" : "candidates", "\(trials)"),
            (open == 1 ? "open rollout" : "open rollouts", "\(open)"),
        ]
        let items = figures.map { name, value -> HTML in
            "<li><strong>\(value)</strong> \(name)</li>"
        }
        return "<ul id=\"summary\" class=\"figures\">\(items)</ul>\n"
    }

    // MARK: - Rollouts

    private func rollouts(nowMs: Int64) -> HTML {
        let open = view.models.filter { $0.rollout != nil }
        let rows = open.prefix(Self.rolloutsMax).compactMap { card -> HTML? in
            guard let rollout = card.rollout else { return nil }
            let words = RolloutLook(rollout)
            return """
                <li><a class="rollout-link" href="\(PageAddress.model(rollout.model))#trial">\
                <strong>\(name: "\(rollout.model)")</strong> <span>\(rollout.candidate) against \
                \(words.stable)</span></a>\(words.track)\(words.mark.markup)\
                <span class="quiet">\(name: words.waits, limit: 160)</span></li>

                """
        }
        let more: HTML =
            open.count > rows.count
            ? "<p class=\"quiet\">and \(open.count - rows.count) more</p>\n" : ""
        let content: HTML =
            rows.isEmpty
            ? "<p class=\"quiet\">No rollout is open.</p>\n"
            : "<ul class=\"rollouts\">\n\(Array(rows))</ul>\n\(more)"
        return Section(id: "rollouts", title: "Open rollouts").markup(content)
    }

    // MARK: - Models

    private var found: [ModelCard] {
        let search = view.search
        guard !search.isEmpty else { return view.models }
        return view.models.filter { $0.summary.name.description.contains(search) }
    }

    private var pages: Int { max(1, (found.count + Self.modelsMax - 1) / Self.modelsMax) }
    private var page: Int { min(max(1, view.page), pages) }

    private func models(nowMs: Int64) -> HTML {
        var table = Table(
            id: "models-table", caption: "Models by name",
            columns: [
                Table.Column("Model"), Table.Column("Deployment"), Table.Column("Live"),
                Table.Column("Epoch", isNumber: true), Table.Column("Fleet"),
                Table.Column("Lag", isNumber: true), Table.Column("Last change"),
            ], isStacked: true)
        let first = (page - 1) * Self.modelsMax
        for card in found.dropFirst(first).prefix(Self.modelsMax) {
            table.add(ModelRow(card: card).cells(nowMs: nowMs))
        }
        let pager = Pager(
            name: "Pages of models",
            newer: page > 1 ? PageAddress.overview(search: view.search, page: page - 1) : nil,
            older: page < pages ? PageAddress.overview(search: view.search, page: page + 1) : nil,
            newerWords: "Before", olderWords: "Next", words: "Page \(page) of \(pages)")
        let nothing: HTML =
            view.models.isEmpty
            ? "<p>No model is registered yet. <code>swerve register FILE --model NAME</code> makes one.</p>\n"
            : "<p>No model has this in its name.</p>\n"
        return Section(id: "models", title: "Models", isCard: false).markup(
            table.count > 0 ? "\(table.markup)\(pager.markup)" : nothing)
    }

    /// A page's worth, within the bound of its bytes.
    static let modelsMax = 50
    private static let rolloutsMax = 12
    private static let searchedFrom = 10
}

/// A model in the table of the overview.
struct ModelRow {
    let card: ModelCard

    func cells(nowMs: Int64) -> [HTML] {
        let name = card.summary.name
        guard let deployment = card.summary.deployment else {
            return [
                "<a href=\"\(PageAddress.model(name))\">\("\(name)")</a>",
                "<span class=\"quiet\">never promoted</span>",
                "<span class=\"quiet\">\(Figures.counted(card.summary.versions, "version"))</span>",
                "",
                StateMark(.idle, "not promoted").markup, "",
                card.summary.newestAt.markup { at in
                    """
                    <span>version \(card.summary.newest) registered</span> \
                    \(Moment(at).age(nowMs: nowMs))
                    """
                },
            ]
        }
        return [
            "<a href=\"\(PageAddress.model(name))\">\("\(name)")</a>",
            DeploymentPicture(deployment: deployment).bar(height: 14),
            live(deployment), "\(deployment.epoch)", fleet,
            card.fleet?.lag.markup { "\(Figures.grouped($0))" } ?? "",
            card.lastChange.markup { change($0, nowMs: nowMs) },
        ]
    }

    private func live(_ deployment: Deployment) -> HTML {
        let candidate = deployment.candidate.markup { candidate in
            """
            <span class="also">\(candidate.mode.rawValue) <strong>\(candidate.deployed.version)</strong> \
            \(candidate.share.description)</span>
            """
        }
        return "<span>stable <strong>\(deployment.stable.version)</strong></span> \(candidate)"
    }

    private var fleet: HTML {
        guard let report = card.fleet else { return StateMark(.idle, "not known").markup }
        let standing = FleetStanding(report: report, epoch: card.summary.deployment?.epoch)
        return """
            <a class="plain-link" href="\(PageAddress.fleet(of: card.summary.name))">\
            \(standing.mark.markup)</a> <span class="quiet kept">\(standing.live == 0 ? "no slot" : standing.slots)</span>
            """
    }

    private func change(_ entry: HistoryEntry, nowMs: Int64) -> HTML {
        """
        \(Moment(entry.note.at).age(nowMs: nowMs)) \(name: entry.note.by, limit: 40) \
        <span class="why">\(name: entry.note.reason, limit: 60)</span>
        """
    }
}
