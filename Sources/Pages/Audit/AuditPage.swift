import Lifecycle
package import Operations
package import Registry

/// What the page of the audit chain is written of.
package struct AuditView: Sendable {
    /// `Backend.auditHead`.
    package var head: AuditEntry?
    /// Newest first, a page's worth: those of `Backend.auditLog` below the number in the address,
    /// `AuditPage.entriesMax` at most.
    package var entries: [AuditEntry]
    /// Below which number older ones are; nil where there are none.
    ///
    /// The last entry's, or a lower one, where others see what is in between.
    package var olderBelow: Int64?
    /// The last `Backend.verifyAudit` of the hub; nil where it has made none since it began.
    package var verification: AuditCheck?
    /// Whether who looks may know what came of one: what is found may be about any model.
    package var mayKnowVerification: Bool
    /// From the address.
    package var model: String?
    package var below: Int64?

    package init(
        head: AuditEntry?, entries: [AuditEntry], olderBelow: Int64? = nil,
        verification: AuditCheck? = nil, mayKnowVerification: Bool = true, model: String? = nil,
        below: Int64? = nil
    ) {
        self.head = head
        self.entries = entries
        self.olderBelow = olderBelow
        self.verification = verification
        self.mayKnowVerification = mayKnowVerification
        self.model = model
        self.below = below
    }
}

/// A verification of the chain: when it ended, what it took, what it found.
package struct AuditCheck: Sendable, Equatable {
    package var endedAtMs: Int64
    package var tookMs: Int64
    package var result: AuditVerifyResult

    package init(endedAtMs: Int64, tookMs: Int64, result: AuditVerifyResult) {
        self.endedAtMs = endedAtMs
        self.tookMs = tookMs
        self.result = result
    }
}

/// The audit chain: whether it holds, when that was verified, and its entries.
package struct AuditPage: Page {
    private let view: AuditView

    package init(_ view: AuditView) { self.view = view }

    package var title: String { "Audit" }
    package var place: PagePlace? { .audit }
    package var liveAddress: String? {
        // Older entries never change.
        view.below == nil ? PageAddress.live(PageAddress.audit(model: view.model)) : nil
    }

    package func content(in context: PageContext) -> HTML {
        "<div class=\"page-head\"><h1>Audit</h1></div>\n\(fragments(in: context).map(\.markup))"
    }

    package func fragments(in context: PageContext) -> [LiveFragment] {
        [
            LiveFragment("chain", chain(nowMs: context.nowMs)),
            LiveFragment("entries", entries(nowMs: context.nowMs)),
        ]
    }

    // MARK: - The chain

    private func chain(nowMs: Int64) -> HTML {
        var facts = Facts()
        if let head = view.head {
            facts.add("Newest entry", "\(head.sequence), \(Moment(head.at).full(nowMs: nowMs))")
            facts.add("Head", "<code class=\"digest\">\(head.hash.description)</code>")
        } else {
            facts.add("Newest entry", "none yet")
        }
        guard view.mayKnowVerification else {
            return Section(id: "chain", title: "Chain").markup(
                """
                <p class="lead">\(StateMark(.idle, "not shown").markup) <span>Whether the chain holds is \
                told to who may see all models: what is found may be about any of them. You see the \
                entries on the models that you may see.</span></p>
                \(facts.markup)
                """)
        }
        guard let check = view.verification else {
            return Section(id: "chain", title: "Chain").markup(
                """
                <p class="lead">\(StateMark(.idle, "not verified").markup) <span>This hub has not verified \
                it since it began.</span></p>
                \(facts.markup)
                """)
        }
        let report = check.result.report
        let findings = check.result.findings
        let count = report.count + (check.result.topic?.findings.count ?? 0)
        let mark =
            count == 0
            ? StateMark(.well, "holds") : StateMark(.bad, Figures.counted(count, "finding"))
        facts.add(
            "Verified",
            "\(Moment(ofMs: check.endedAtMs).full(nowMs: nowMs)), in \(Figures.duration(check.tookMs))"
        )
        facts.add("Entries hashed", "\(Figures.grouped(report.entries))")
        facts.add(
            "Control topic",
            check.result.topic.map {
                "\(Figures.counted($0.records, "record")) held against it" as HTML
            } ?? "not read")
        let listed = findings.prefix(Self.findingsMax).map { finding -> HTML in
            """
            <li>\(StateMark(.bad, finding.entry.map { "entry \($0)" } ?? "table").markup) \
            <span>\(name: finding.words, limit: 500)</span></li>

            """
        }
        let found: HTML = listed.isEmpty ? "" : "<ul class=\"attention\">\n\(Array(listed))</ul>\n"
        let since = (view.head?.sequence ?? 0) - report.entries
        let sentence: String =
            count > 0
            ? "The registry says what its chain does not bear out."
            : since > 0
                ? "Every entry up to \(report.entries) follows from the one before; \(since) came since."
                : "Every entry follows from the one before it, and the tables agree."
        return Section(id: "chain", title: "Chain", news: "audit \(mark.words)").markup(
            "<p class=\"lead\">\(mark.markup) <span>\(sentence)</span></p>\n\(found)\(facts.markup)"
        )
    }

    // MARK: - Entries

    private func entries(nowMs: Int64) -> HTML {
        var table = Table(
            id: "entries-table", caption: "Entries, newest first",
            columns: [
                Table.Column("Entry"), Table.Column("When"), Table.Column("Act"),
                Table.Column("About"), Table.Column("By"), Table.Column("Reason"),
                Table.Column("Hash"),
            ], isStacked: true)
        for entry in view.entries.prefix(Self.entriesMax) {
            table.add([
                "\(entry.sequence)", Moment(entry.at).full(nowMs: nowMs),
                "\(name: entry.act, limit: 40)", Self.about(entry),
                "\(name: entry.by, limit: 80)", "\(name: entry.reason, limit: 300)",
                "<code>\(String(entry.hash.description.dropFirst(7).prefix(12)))</code>",
            ])
        }
        let pager = Pager(
            name: "Pages of entries",
            newer: view.below == nil ? nil : PageAddress.audit(model: view.model),
            older: view.olderBelow.map { PageAddress.audit(model: view.model, below: $0) },
            newerWords: "Newest")
        let only = view.model.markup {
            "<p>Entries on \(name: $0, limit: 63) alone. <a href=\"\(PageAddress.audit())\">Show all</a></p>\n"
        }
        return Section(id: "entries", title: "Entries", isCard: false).markup(
            "\(only)\(table.count > 0 ? table.markup : "<p class=\"quiet\">None.</p>\n")\(pager.markup)"
        )
    }

    /// The model as the way to its entries; what is known besides is words.
    private static func about(_ entry: AuditEntry) -> HTML {
        guard let model = entry.model else { return "\(name: entry.object, limit: 160)" }
        let link: HTML =
            "<a href=\"\(PageAddress.audit(model: VisibleText.bounded(model, 63)))\">\(name: model, limit: 63)</a>"
        let rest = String(entry.object.dropFirst(model.count))
        return rest.isEmpty
            ? link : "\(link)<span class=\"quiet\">\(name: rest, limit: 160)</span>"
    }

    package static let entriesMax = 50
    private static let findingsMax = 20
}
