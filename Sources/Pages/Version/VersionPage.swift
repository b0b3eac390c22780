import Catalogue
import Lifecycle
import Operations
import Registry

/// One version: what it is, where it came from, how it did, what it weighs, what differs.
package struct VersionPage: Page {
    private let view: VersionView

    package init(_ view: VersionView) { self.view = view }

    package var title: String { "\(version.reference)" }
    package var place: PagePlace? { nil }

    private var version: RegisteredVersion { view.result.version }
    private var model: ModelName { version.reference.model }
    private var number: Int { version.reference.version }

    package func content(in context: PageContext) -> HTML {
        let aliases = version.aliases.map { "<span class=\"alias\">\("\($0)")</span>" as HTML }
        return """
            <nav class="crumbs" aria-label="Where you are"><a href="\(PageAddress.overview())">Overview</a> / \
            <a href="\(PageAddress.model(model))">\(name: "\(model)")</a></nav>
            <div class="page-head"><h1>\(name: "\(model)") <span class="of">version</span> \(number)</h1>\
            \(VersionRow.state(version).markup)\(aliases)</div>
            \(facts(nowMs: context.nowMs))<div class="columns">\(metrics)\(lineage)</div>
            \(weights)\(comparison)\(files)\(begin)
            """
    }

    // MARK: - What it is

    private func facts(nowMs: Int64) -> HTML {
        let scorer = version.facts.scorer
        var facts = Facts()
        facts.add("Digest", "<code class=\"digest\">\(version.digest.description)</code>")
        facts.add("Format", "\(name: version.facts.format, limit: 60)")
        facts.add("Task", scorer.task.markup { "\(name: $0, limit: 60)" })
        facts.add("Reads", scorer.inputView.markup { "\(name: $0, limit: 80)" })
        facts.add("Features", scorer.features.markup { "\(Figures.grouped($0))" })
        facts.add("Labels", labels(scorer.labels ?? []))
        facts.add("Threshold", "\(Figures.short(version.facts.threshold))")
        facts.add("Score", view.result.meaning.markup { "\(name: $0.words, limit: 400)" })
        facts.add(
            "Golden scores",
            version.facts.golden == "supplied"
                ? "given by the trainer: serving agrees with training"
                : "made at registration: later loads agree with it")
        facts.add("Size", "\(Self.size(version.bytes))")
        facts.add(
            "Registered",
            """
            \(Moment(version.metadata.registeredAt).full(nowMs: nowMs)) by \
            \(name: version.metadata.registeredBy, limit: 80)
            """)
        facts.add(
            "Signed by",
            version.signers.prefix(8).map { signer -> HTML in
                "<span class=\"tag\">\(name: signer.key, limit: 63)</span> \(Moment(signer.at).age(nowMs: nowMs))"
            }.joined(" "))
        facts.add("Note", "\(lines: version.metadata.note, limit: 1_500)")
        facts.add(
            "Archived",
            version.archival.markup { archival in
                """
                \(Moment(archival.at).full(nowMs: nowMs)) by \(name: archival.by, limit: 80): \
                \(name: archival.reason, limit: 300)
                """
            })
        return Section(id: "facts", title: "What it is").markup(facts.markup)
    }

    private func labels(_ labels: [String]) -> HTML {
        let shown = labels.prefix(16).map {
            "<span class=\"tag\">\(name: $0, limit: 60)</span>" as HTML
        }
        let rest: HTML = labels.count > 16 ? " and \(labels.count - 16) more" : ""
        return Array(shown).joined(" ") + rest
    }

    private var metrics: HTML {
        var table = Table(
            id: "metrics-table", caption: "As its trainer says",
            columns: [Table.Column("Metric"), Table.Column("Value", isNumber: true)])
        for (name, value) in version.metadata.metrics.sorted(by: { $0.key < $1.key }).prefix(
            Self.namesMax)
        {
            table.add(["\(name: name, limit: 80)", "\(Figures.short(value))"])
        }
        return Section(id: "metrics", title: "Metrics").markup(
            table.count > 0 ? table.markup : "<p class=\"quiet\">None was given.</p>\n")
    }

    private var lineage: HTML {
        let lineage = version.metadata.lineage
        var facts = Facts()
        func add(_ name: String, _ value: String?) {
            facts.add(name, value.markup { "<code>\(name: $0, limit: 300)</code>" })
        }
        add("Training data", lineage.trainingData)
        add("Code", lineage.codeRevision)
        add(
            "Tool",
            [lineage.tool, lineage.toolVersion].compactMap(\.self).joined(separator: " ").nonEmpty)
        add("Trained by", lineage.author)
        for (tag, value) in version.metadata.tags.sorted(by: { $0.key < $1.key }).prefix(
            Self.namesMax)
        {
            facts.add("Tag \(VisibleText.bounded(tag, 60))", "\(name: value, limit: 200)")
        }
        return Section(id: "lineage", title: "Lineage").markup(
            facts.isEmpty
                ? "<p class=\"quiet\">Nothing is said of where it came from.</p>\n" : facts.markup)
    }

    // MARK: - What it weighs

    private var weights: HTML {
        let bars = view.weights.prefix(Self.weightsMax).map { weight in
            SignedBars.Bar(name: weight.name, value: weight.weight, note: "feature \(weight.index)")
        }
        let content: HTML =
            bars.isEmpty
            ? "<p class=\"quiet\">\(name: view.noWeights ?? "They are not known.", limit: 300)</p>\n"
            : SignedBars(
                id: "weights-table", caption: "By amount; to the right raises the score",
                bars: Array(bars), valueTitle: "Weight"
            ).markup
        return Section(id: "weights", title: "Largest weights").markup(content)
    }

    // MARK: - What differs

    private var comparison: HTML {
        let options = view.others.filter { $0 != number }.prefix(Self.othersMax).map {
            other -> HTML in
            let mark: HTML = other == against ? " selected" : ""
            return "<option value=\"\(other)\"\(mark)>\(other)\(role(other))</option>"
        }
        let form: HTML =
            options.isEmpty
            ? ""
            : """
            <form class="search" method="get" action="\(PageAddress.version(model, number))#diff">\
            <label for="against">Compare with</label><select id="against" name="against">\(Array(options))</select>\
            <button type="submit">Compare</button></form>

            """
        let content: HTML =
            if let diff = view.diff {
                VersionDiff(diff: diff.diff).markup
            } else if let fault = view.diffFault {
                "<p>\(StateMark(.bad, "Not compared").markup) \(name: fault.reason, limit: 500)</p>\n"
            } else {
                "<p class=\"quiet\">Choose a version to see what changes, and how far a score can change.</p>\n"
            }
        return Section(id: "diff", title: "Difference").markup(content, aside: form)
    }

    private var against: Int? { view.diff?.diff.before.version }

    private func role(_ other: Int) -> HTML {
        guard let deployment = view.deployment else { return HTML() }
        if deployment.stable.version == other { return " (stable)" }
        if let candidate = deployment.candidate, candidate.deployed.version == other {
            return " (\(candidate.mode.rawValue))"
        }
        return deployment.previous?.version == other ? " (previous)" : HTML()
    }

    // MARK: - Files and acts

    private var files: HTML {
        var table = Table(
            id: "files-table", caption: "Its files, which its digest covers",
            columns: [
                Table.Column("File"), Table.Column("Role"), Table.Column("Size", isNumber: true),
                Table.Column("SHA-256"),
            ], isStacked: true)
        for file in view.result.manifest.files.prefix(Limits.artifactFiles) {
            table.add([
                "\(name: file.name, limit: 120)", "\(file.role.rawValue)",
                "\(Self.size(file.bytes))",
                "<code class=\"digest\">\(file.sha256.description)</code>",
            ])
        }
        return Section(id: "files", title: "Files", isCard: false).markup(table.markup)
    }

    private var begin: HTML {
        guard view.mayChange, version.archival == nil, version.role != .stable else {
            return HTML()
        }
        return Section(id: "begin", title: "Try or promote it").markup(
            TrialForms(
                model: model, deployment: view.deployment, versions: [number], chosen: number
            ).markup)
    }

    static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1_024: "\(bytes) B"
        case ..<1_048_576: "\(Figures.fixed(Double(bytes) / 1_024, 1)) KiB"
        default: "\(Figures.fixed(Double(bytes) / 1_048_576, 1)) MiB"
        }
    }

    package static let weightsMax = 20
    private static let namesMax = 64
    /// So many others can be chosen to be compared with.
    package static let othersMax = 100
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
