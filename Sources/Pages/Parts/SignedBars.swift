import Lifecycle

/// Numbers by name, each with a bar to the left or the right of zero.
struct SignedBars {
    struct Bar {
        let name: String
        let value: Double
        /// Below the name, where there is more to say.
        var note = ""
    }

    /// Unique on the page.
    let id: String
    let caption: String
    let bars: [Bar]
    var nameTitle = "Feature"
    var valueTitle = "Value"

    var markup: HTML {
        var table = Table(
            id: id, caption: caption,
            columns: [
                Table.Column(nameTitle), Table.Column(valueTitle, isNumber: true), Table.Column(""),
            ], isStacked: true)
        let largest = bars.map(\.value.magnitude).filter(\.isFinite).max() ?? 0
        for bar in bars {
            let part =
                largest > 0 && bar.value.isFinite ? min(50, bar.value.magnitude / largest * 50) : 0
            let width = Figures.fixed(part, 1)
            let start = Figures.fixed(bar.value < 0 ? 50 - part : 50, 1)
            let kind: HTML = bar.value < 0 ? "below" : "above"
            let note: HTML =
                bar.note.isEmpty
                ? "" : " <span class=\"quiet\">\(name: bar.note, limit: 200)</span>"
            let sign = bar.value > 0 ? "+" : ""
            table.add([
                "<code>\(name: bar.name, limit: 100)</code>\(note)",
                "\(sign)\(Figures.short(bar.value))",
                """
                <svg class="signed" width="100%" height="12" aria-hidden="true"><line class="zero" x1="50%" \
                x2="50%" y2="12"/><rect class="part-\(kind)" x="\(start)%" width="\(width)%" y="2" height="8"/></svg>
                """,
            ])
        }
        return table.markup
    }
}
