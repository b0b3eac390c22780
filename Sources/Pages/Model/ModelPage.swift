import Lifecycle
import Registry

/// One model: its deployment, its trial, who changed what, its versions.
package struct ModelPage: Page {
    private let view: ModelView

    package init(_ view: ModelView) { self.view = view }

    package var title: String { "\(view.model)" }
    package var place: PagePlace? { nil }
    package var liveAddress: String? {
        PageAddress.live(
            PageAddress.model(
                view.model, versionsBelow: view.versionsBelow, changesBelow: view.changesBelow))
    }

    package func content(in context: PageContext) -> HTML {
        """
        <nav class="crumbs" aria-label="Where you are"><a href="\(PageAddress.overview())">Overview</a></nav>
        <div class="page-head"><h1>\(name: "\(view.model)")</h1></div>
        \(fragments(in: context).map(\.markup))\(begin)
        """
    }

    package func fragments(in context: PageContext) -> [LiveFragment] {
        [
            LiveFragment("deployment", deployment(nowMs: context.nowMs)),
            LiveFragment("trial", TrialSection(view: view).markup(nowMs: context.nowMs)),
            LiveFragment("changes", changes(nowMs: context.nowMs)),
            LiveFragment("versions", versions(nowMs: context.nowMs)),
        ]
    }

    // MARK: - Deployment

    private func deployment(nowMs: Int64) -> HTML {
        guard let deployment = view.deployment else {
            return Section(id: "deployment", title: "Deployment").markup(
                """
                <p>\(StateMark(.idle, "not promoted").markup) No version of it decides any record. \
                Workers wait, and leave records where they are.</p>

                """)
        }
        let standing = view.fleet.map {
            FleetStanding(report: $0, epoch: deployment.epoch)
        }
        var facts = Facts()
        facts.add("Epoch", "\(deployment.epoch)")
        if let standing {
            facts.add(
                "Fleet",
                """
                <a class="plain-link" href="\(PageAddress.fleet(of: view.model))">\(standing.mark.markup)</a> \
                <span>\(name: standing.sentence, limit: 300)</span>
                """)
        } else {
            facts.add("Fleet", "\(StateMark(.idle, "not known").markup)")
        }
        if let change = view.changes.first, view.changesBelow == nil {
            facts.add(
                "Since",
                "\(Moment(change.note.at).full(nowMs: nowMs)) by \(name: change.note.by, limit: 80)"
            )
        }
        facts.add("Alerts", "\(labels(deployment.settings.alerts))")
        facts.add("Own settings", ownSettings(deployment))
        if !view.aliases.isEmpty {
            let names = view.aliases.prefix(Self.aliasesMax).map { entry -> HTML in
                """
                <span class="alias">\("\(entry.alias)") → <a href="\
                \(PageAddress.version(view.model, entry.version))">\(entry.version)</a></span>
                """
            }
            facts.add("Aliases", names.joined(" "))
        }
        let news = "epoch \(deployment.epoch), \(standing?.mark.words ?? "fleet not known")"
        return Section(id: "deployment", title: "Deployment", news: news).markup(
            "\(DeploymentPicture(deployment: deployment).figure())\(facts.markup)\(acts(deployment))"
        )
    }

    private func labels(_ labels: [String]) -> HTML {
        labels.prefix(8).map { "<span class=\"tag\">\(name: $0, limit: 60)</span>" }.joined(" ")
    }

    private func ownSettings(_ deployment: Deployment) -> HTML {
        deployment.settings.versions.keys.sorted().prefix(3).map { number -> HTML in
            let said = deployment.settings[number].json.text
            return "<span>version \(number): <code>\(name: said, limit: 200)</code></span>"
        }.joined(" ")
    }

    private func acts(_ deployment: Deployment) -> HTML {
        guard view.mayChange else { return HTML() }
        var acts: [HTML] = []
        if let candidate = deployment.candidate {
            if let wider = Self.wider(than: candidate.share), candidate.mode == .canary {
                acts.append(
                    button(.canary(candidate.deployed.version, wider), "Widen to \(wider)"))
            }
            acts.append(button(.complete, "Make \(candidate.deployed.version) stable"))
            acts.append(
                button(
                    .abort, "Drop \(candidate.mode.rawValue) \(candidate.deployed.version)",
                    isGrave: true))
        }
        if let previous = deployment.previous?.version {
            let act: PageAct = deployment.candidate == nil ? .rollback : .rollbackTo(previous)
            acts.append(button(act, "Roll back to \(previous)", isGrave: true))
        }
        guard !acts.isEmpty else { return HTML() }
        return "<p class=\"acts\">\(acts)</p>\n"
    }

    /// The next of the usual shares; nil at the end.
    private static func wider(than share: Share) -> Share? {
        [100, 500, 1_000, 2_500, 5_000, 10_000].first { $0 > share.tenThousandths }
            .flatMap { try? Share(tenThousandths: $0) }
    }

    private func button(_ act: PageAct, _ words: String, isGrave: Bool = false) -> HTML {
        ActLink(act: act, model: view.model, words: words, isGrave: isGrave).markup
    }

    /// How a version is tried or promoted: its share is asked for, then all is confirmed.
    private var begin: HTML {
        guard view.mayChange, !view.versions.isEmpty else { return HTML() }
        return Section(id: "begin", title: "Try or promote a version").markup(
            TrialForms(
                model: view.model, deployment: view.deployment,
                versions: view.versions.filter { $0.archival == nil }.map(\.reference.version)
            ).markup)
    }

    // MARK: - Changes

    private func changes(nowMs: Int64) -> HTML {
        let items = view.changes.prefix(Self.changesMax).map { entry -> HTML in
            """
            <li><div class="change-head">\(Moment(entry.note.at).full(nowMs: nowMs))\
            <span class="quiet">epoch \(entry.epoch)</span></div>
            <p class="change-what">\(ChangeWords.sentence(entry))</p>\
            <p class="quiet">\(name: entry.note.by, limit: 80)\
            \(entry.note.reason.isEmpty ? " gave no reason" : ": <q>\(lines: entry.note.reason, limit: 600)</q>")</p></li>

            """
        }
        let pager = Pager(
            name: "Pages of changes",
            newer: view.changesBelow == nil ? nil : PageAddress.model(view.model) + "#changes",
            older: view.hasOlderChanges
                ? view.changes.last.map {
                    PageAddress.model(view.model, changesBelow: $0.epoch) + "#changes"
                } : nil, newerWords: "Newest")
        let content: HTML =
            items.isEmpty
            ? "<p class=\"quiet\">Nobody has changed it yet.</p>\n"
            : "<ol class=\"changes\" reversed>\n\(Array(items))</ol>\n\(pager.markup)"
        return Section(id: "changes", title: "Changes", isCard: false).markup(content)
    }

    // MARK: - Versions

    private func versions(nowMs: Int64) -> HTML {
        var table = Table(
            id: "versions-table", caption: "Versions, newest first",
            columns: [
                Table.Column("Version"), Table.Column("State"), Table.Column("Registered"),
                Table.Column("Format"), Table.Column("Metrics"), Table.Column("Note"),
            ], isStacked: true)
        for version in view.versions.prefix(Self.versionsMax) {
            table.add(VersionRow(version: version).cells(nowMs: nowMs))
        }
        let pager = Pager(
            name: "Pages of versions",
            newer: view.versionsBelow == nil ? nil : PageAddress.model(view.model) + "#versions",
            older: view.hasOlderVersions
                ? view.versions.last.map {
                    PageAddress.model(view.model, versionsBelow: $0.reference.version) + "#versions"
                } : nil, newerWords: "Newest",
            words: "\(Figures.grouped(view.versionCount)) in all")
        return Section(id: "versions", title: "Versions", isCard: false).markup(
            table.count > 0
                ? "\(table.markup)\(pager.markup)" : "<p class=\"quiet\">No version yet.</p>\n")
    }

    package static let versionsMax = 25
    package static let changesMax = 20
    private static let aliasesMax = 20
}

/// A version in the table of a model.
struct VersionRow {
    let version: RegisteredVersion

    func cells(nowMs: Int64) -> [HTML] {
        let (model, number) = (version.reference.model, version.reference.version)
        let aliases = version.aliases.prefix(4).map {
            " <span class=\"alias\">\("\($0)")</span>" as HTML
        }
        let metrics = version.metadata.metrics.sorted { $0.key < $1.key }.prefix(2).map {
            name, value in
            "<span class=\"metric\">\(name: name, limit: 30) <strong>\(Figures.short(value))</strong></span>"
                as HTML
        }
        return [
            "<a href=\"\(PageAddress.version(model, number))\">\(number)</a>\(Array(aliases))",
            Self.state(version).markup,
            "\(Moment(version.metadata.registeredAt).full(nowMs: nowMs)) \(name: version.metadata.registeredBy, limit: 40)",
            "\(name: version.facts.format, limit: 40)", Array(metrics).joined(" "),
            "\(name: version.metadata.note, limit: 80)",
        ]
    }

    static func state(_ version: RegisteredVersion) -> StateMark {
        if let archival = version.archival {
            return StateMark(.idle, archival.collectedAt == nil ? "archived" : "files removed")
        }
        switch version.role {
        case .stable: return StateMark(.well, "stable")
        case .canary: return StateMark(.moving, "canary")
        case .shadow: return StateMark(.moving, "shadow")
        case .previous: return StateMark(.idle, "previous")
        case nil: return StateMark(.idle, "not deployed")
        }
    }
}
