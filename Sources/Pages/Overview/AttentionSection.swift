import Lifecycle
import Registry

/// What on the overview needs somebody, worst first; everything of it is also where it belongs.
struct AttentionSection {
    let view: OverviewView

    private struct Item {
        let mark: StateMark
        let subject: String
        let address: String
        let sentence: String
    }

    func markup(nowMs: Int64) -> HTML {
        let items = self.items(nowMs: nowMs)
        let news =
            items.isEmpty
            ? "Nothing needs attention" : "\(Figures.counted(items.count, "thing")) to look at"
        let section = Section(id: "attention", title: "Needs attention", news: news)
        guard !items.isEmpty else {
            return section.markup(
                "<p>\(StateMark(.well, "Nothing needs attention.").markup)</p>\n")
        }
        let rows = items.prefix(Self.shown).map { item -> HTML in
            """
            <li>\(item.mark.markup)<a href="\(item.address)">\(name: item.subject, limit: 80)</a>\
            <span>\(name: item.sentence, limit: 300)</span></li>

            """
        }
        let more: HTML =
            items.count > Self.shown
            ? "<p class=\"quiet\">and \(items.count - Self.shown) more, in the table below</p>\n"
            : ""
        return section.markup("<ul class=\"attention\">\n\(rows)</ul>\n\(more)")
    }

    private func items(nowMs: Int64) -> [Item] {
        var items: [Item] = []
        if let fault = view.fleetFault {
            items.append(
                Item(
                    mark: StateMark(.bad, "fleet unseen"), subject: "Status topic",
                    address: PageAddress.fleet(), sentence: fault))
        }
        if let audit = view.audit, audit.findings > 0 {
            items.append(
                Item(
                    mark: StateMark(.bad, "audit"), subject: "Audit chain",
                    address: PageAddress.audit(),
                    sentence:
                        "\(Figures.counted(audit.findings, "finding")) at the last verification"))
        }
        for card in view.models {
            let name = card.summary.name
            if let report = card.fleet {
                let standing = FleetStanding(report: report)
                if standing.needsAttention {
                    items.append(
                        Item(
                            mark: standing.mark, subject: "\(name)",
                            address: PageAddress.fleet(of: name), sentence: standing.sentence))
                }
            }
            if let rollout = card.rollout {
                let words = RolloutLook(rollout)
                guard words.waitsForSomebody else { continue }
                items.append(
                    Item(
                        mark: words.mark, subject: "\(name)",
                        address: PageAddress.model(name) + "#trial", sentence: words.waits))
            }
        }
        let order: [StateMark.Kind] = [.bad, .doubtful, .moving, .well, .idle]
        func rank(_ item: Item) -> Int { order.firstIndex(of: item.mark.kind) ?? order.count }
        return items.enumerated().sorted {
            (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
        }.map(\.element)
    }

    private static let shown = 12
}
