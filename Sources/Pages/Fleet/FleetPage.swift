package import Fleet
import Lifecycle

/// All models' fleets, group by group.
package struct FleetPage: Page {
    /// `Backend.status` of all models with their slots, by the models' names.
    private let reports: [FleetReport]
    private let page: Int
    /// Why the status topic cannot be read; nil where it can.
    private let fault: String?

    /// - Parameter page: from 1 on.
    package init(_ reports: [FleetReport], page: Int = 1, fault: String? = nil) {
        self.reports = reports
        self.fault = fault
        let pages = max(1, (reports.count + Self.modelsMax - 1) / Self.modelsMax)
        self.page = min(max(1, page), pages)
    }

    package var title: String { "Fleet" }
    package var place: PagePlace? { .fleet }
    package var liveAddress: String? { PageAddress.live(PageAddress.fleet(page: page)) }

    package func content(in context: PageContext) -> HTML {
        "<div class=\"page-head\"><h1>Fleet</h1></div>\n\(fragments(in: context).map(\.markup))"
    }

    package func fragments(in context: PageContext) -> [LiveFragment] {
        [LiveFragment("groups", groups)]
    }

    private var groups: HTML {
        var table = Table(
            id: "groups-table", caption: "Groups of workers, by model",
            columns: [
                Table.Column("Model"), Table.Column("Group"), Table.Column("State"),
                Table.Column("Slots"), Table.Column("Live", isNumber: true), Table.Column("Epochs"),
                Table.Column("Lag", isNumber: true), Table.Column("Rebalances", isNumber: true),
            ], isStacked: true)
        let first = (page - 1) * Self.modelsMax
        for report in reports.dropFirst(first).prefix(Self.modelsMax) { add(report, to: &table) }
        let pages = max(1, (reports.count + Self.modelsMax - 1) / Self.modelsMax)
        let pager = Pager(
            name: "Pages of the fleet", newer: page > 1 ? PageAddress.fleet(page: page - 1) : nil,
            older: page < pages ? PageAddress.fleet(page: page + 1) : nil, newerWords: "Before",
            olderWords: "Next", words: "Page \(page) of \(pages)")
        let well = reports.count { $0.verdict == .converged }
        let section = Section(
            id: "groups", title: "Groups", isCard: false,
            news: "\(well) of \(Figures.counted(reports.count, "model")) converged")
        let fault = self.fault.markup {
            "<p class=\"notice notice-failed\">\(StateMark(.bad, "Status topic").markup) \(name: $0, limit: 500)</p>\n"
        }
        let nothing: HTML = """
            <p class="quiet">No worker is heard. <code>swerve serve</code> on a host starts some.</p>

            """
        return section.markup("\(fault)\(table.count > 0 ? table.markup + pager.markup : nothing)")
    }

    private func add(_ report: FleetReport, to table: inout Table) {
        let name: HTML =
            "<a href=\"\(PageAddress.fleet(of: report.model))\">\("\(report.model)")</a>"
        let standing = FleetStanding(report: report)
        let note: HTML =
            standing.needsAttention ? "\(name: standing.sentence, limit: 300)" : HTML()
        guard !report.groups.isEmpty else {
            table.add([name, "", standing.mark.markup, "", "0", "", "", ""], note: note)
            return
        }
        for (place, group) in report.groups.prefix(Self.groupsMax).enumerated() {
            let lags = group.slots.compactMap { $0.backlog?.lag }
            let rebalances = group.slots.map(\.record.counts.rebalances).reduce(0, StatusCount.sum)
            table.add(
                [
                    name, "\(name: group.name, limit: 60)", Self.mark(group, standing).markup,
                    SlotMap(group: group, target: report.target?.epoch).markup,
                    "\(group.live)\(group.total.markup { " of \($0)" })",
                    group.epochs.prefix(4).map { "\($0)" as HTML }.joined(", "),
                    lags.isEmpty ? "" : "\(Figures.grouped(lags.reduce(0, StatusCount.sum)))",
                    "\(Figures.grouped(rebalances))",
                ], note: place == 0 ? note : HTML())
        }
    }

    static func mark(_ group: FleetGroup, _ standing: FleetStanding) -> StateMark {
        if group.isGone { return StateMark(.idle, "gone") }
        if group.isConverged {
            return group.slots.contains(where: \.isBehind)
                ? StateMark(.doubtful, "behind") : StateMark(.well, "converged")
        }
        return standing.mark
    }

    private static let modelsMax = 25
    private static let groupsMax = 16
}

/// One model's slots.
package struct ModelFleetPage: Page {
    /// `Backend.status` of the model.
    private let report: FleetReport
    private let page: Int

    /// - Parameter page: of the slots, from 1 on.
    package init(_ report: FleetReport, page: Int = 1) {
        self.report = report
        let slots = report.groups.reduce(0) { $0 + $1.slots.count }
        self.page = min(max(1, page), max(1, (slots + Self.slotsMax - 1) / Self.slotsMax))
    }

    package var title: String { "Fleet of \(report.model)" }
    package var place: PagePlace? { .fleet }
    package var liveAddress: String? {
        PageAddress.live(PageAddress.fleet(of: report.model, page: page))
    }

    package func content(in context: PageContext) -> HTML {
        """
        <nav class="crumbs" aria-label="Where you are"><a href="\(PageAddress.fleet())">Fleet</a> / \
        <a href="\(PageAddress.model(report.model))">\(name: "\(report.model)")</a></nav>
        <div class="page-head"><h1>Fleet of \(name: "\(report.model)")</h1></div>
        \(fragments(in: context).map(\.markup))
        """
    }

    package func fragments(in context: PageContext) -> [LiveFragment] {
        [LiveFragment("standing", standing), LiveFragment("slots", slots)]
    }

    // MARK: - As a whole

    private var standing: HTML {
        let standing = FleetStanding(report: report)
        var facts = Facts()
        facts.add(
            "Wanted", report.target.markup { "epoch \($0.epoch), \(Self.source($0.source))" })
        facts.add("Live", "\(standing.slots) slots")
        facts.add("Epochs served", standing.epochs.map { "\($0)" as HTML }.joined(", "))
        facts.add("Lag", report.lag.markup { "\(Figures.grouped($0)) records" })
        let totals = report.totals
        facts.add("Records", "\(Figures.grouped(totals.records))")
        facts.add("Dead letters", "\(Figures.grouped(totals.deadLetters))")
        facts.add("Rebalances", "\(Figures.grouped(totals.rebalances))")
        if !report.heartbeats.areSigned { facts.add("Heartbeats", "not signed") }
        let maps = report.groups.prefix(Self.groupsMax).map { group -> HTML in
            """
            <div class="group-map"><p><strong>\(name: group.name, limit: 80)</strong> \
            \(FleetPage.mark(group, standing).markup)</p>\
            \(SlotMap(group: group, target: report.target?.epoch).markup)</div>

            """
        }
        let waits = report.waitingFor.prefix(Self.waitsMax).map {
            "<li>\(name: $0, limit: 300)</li>\n" as HTML
        }
        let waiting: HTML =
            report.waitingFor.count < 2
            ? ""
            : """
            <details id="waits" open><summary>\(Figures.counted(report.waitingFor.count, "reason")) why it \
            has not converged</summary><ul class="events">
            \(Array(waits))</ul></details>

            """
        let notes = (report.unawaited + report.notes).prefix(Self.waitsMax).map {
            "<li>\(name: $0, limit: 300)</li>\n" as HTML
        }
        let noted: HTML = notes.isEmpty ? "" : "<ul class=\"events quiet\">\n\(Array(notes))</ul>\n"
        return Section(id: "standing", title: "Convergence", news: "fleet \(standing.mark.words)")
            .markup(
                """
                <p class="lead">\(standing.mark.markup) <span>\(name: standing.sentence, limit: 400)</span></p>
                \(Array(maps))\(facts.markup)\(waiting)\(noted)
                """)
    }

    private static func source(_ source: FleetReport.Target.Source) -> String {
        switch source {
        case .registry: "as the registry says"
        case .controlTopic: "as the control topic says"
        case .slots: "the newest that a slot serves"
        }
    }

    // MARK: - One by one

    private var slots: HTML {
        var table = Table(
            id: "slots-table", caption: "Slots, as last heard",
            columns: [
                Table.Column("Slot"), Table.Column("State"), Table.Column("Epoch", isNumber: true),
                Table.Column("Version"), Table.Column("Lag", isNumber: true),
                Table.Column("Records/s", isNumber: true), Table.Column("Records", isNumber: true),
                Table.Column("Dead letters", isNumber: true),
                Table.Column("Rebalances", isNumber: true),
                Table.Column("Partitions", isNumber: true),
                Table.Column("Heard", isNumber: true), Table.Column("Up", isNumber: true),
                Table.Column("Process"),
            ], isStacked: true)
        let all = report.groups.flatMap { group in group.slots.map { (group, $0) } }
        let pages = max(1, (all.count + Self.slotsMax - 1) / Self.slotsMax)
        for (group, slot) in all.dropFirst((page - 1) * Self.slotsMax).prefix(Self.slotsMax) {
            let standing = SlotStanding(slot: slot, target: report.target?.epoch)
            let notes = standing.notes.map { "<span>\(name: $0, limit: 400)</span>" as HTML }
            table.add(cells(slot, of: group, standing), note: notes.joined("<br>"))
        }
        let pager = Pager(
            name: "Pages of slots",
            newer: page > 1 ? PageAddress.fleet(of: report.model, page: page - 1) : nil,
            older: page < pages ? PageAddress.fleet(of: report.model, page: page + 1) : nil,
            newerWords: "Before", olderWords: "Next", words: "Page \(page) of \(pages)")
        let absent = report.groups.flatMap { group in
            group.absent.map { run -> HTML in
                let (first, last) = (run.slots.lowerBound, run.slots.upperBound)
                let numbers = first == last ? "slot \(first)" : "slots \(first) to \(last)"
                let mark = StateMark(
                    run.condition == .stopped || run.condition == .gone ? .idle : .bad,
                    run.condition.rawValue)
                return "<li>\(mark.markup) \(numbers) of \(name: group.name, limit: 60)</li>\n"
            }
        }
        let missing: HTML =
            absent.isEmpty
            ? "" : "<ul class=\"events\">\n\(Array(absent.prefix(Self.waitsMax)))</ul>\n"
        return Section(id: "slots", title: "Slots", isCard: false).markup(
            "\(missing)\(table.count > 0 ? table.markup : HTML())\(pager.markup)")
    }

    private func cells(
        _ slot: FleetSlot, of group: FleetGroup, _ standing: SlotStanding
    ) -> [HTML] {
        let record = slot.record
        let served = record.serving
        let place: HTML =
            report.groups.count > 1
            ? "<span class=\"quiet\">\(name: group.name, limit: 40)/</span>" : ""
        let rate = record.recordsPerSecond.flatMap { $0.isFinite && slot.isLive ? $0 : nil }
        return [
            "\(place)\(slot.number)", standing.mark.markup, served.markup { "\($0.epoch)" },
            served.markup { served in
                let candidate = served.candidate.markup { " + \($0)" }
                return "<span class=\"kept\">\(served.stable)\(candidate)</span>"
            },
            slot.backlog.markup { "\(Figures.grouped($0.lag))" },
            rate.markup { "\(Figures.grouped(Int64(max(0, min($0, 1e12)))))" },
            "\(Figures.grouped(record.counts.records))",
            "\(Figures.grouped(record.counts.deadLetters))",
            "\(Figures.grouped(record.counts.rebalances))", "\(record.partitions.count)",
            slot.silentMs < 1_000 ? "just now" : "\(Figures.duration(slot.silentMs)) ago",
            "\(Figures.duration(slot.uptimeMs))",
            """
            <span class="quiet kept">\(name: record.incarnation.host, limit: 60) \
            \(record.incarnation.pid)</span>
            """,
        ]
    }

    private static let slotsMax = 64
    private static let groupsMax = 16
    private static let waitsMax = 12
}
