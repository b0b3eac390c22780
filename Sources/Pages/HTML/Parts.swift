import Lifecycle

/// A table with its caption; wide ones scroll within their frame, which the keyboard reaches.
struct Table {
    /// A column, and whether numbers stand in it.
    struct Column {
        let title: String
        var isNumber = false

        init(_ title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    /// Unique on the page.
    let id: String
    let caption: String
    let columns: [Column]
    /// Whether each row becomes a list of its own where the page is narrow.
    var isStacked = false
    private var rows = HTML()
    private(set) var count = 0

    init(id: String, caption: String, columns: [Column], isStacked: Bool = false) {
        self.id = id
        self.caption = caption
        self.columns = columns
        self.isStacked = isStacked
    }

    /// - Parameters:
    ///   - cells: one a column; the first names the row.
    ///   - note: a line below them, over the whole width.
    mutating func add(_ cells: [HTML], note: HTML = HTML()) {
        count += 1
        var row: HTML = "<tr role=\"row\">"
        for (place, (column, cell)) in zip(columns, cells).enumerated() {
            let kind: HTML = column.isNumber ? " class=\"number\"" : ""
            let label: HTML =
                isStacked && !column.title.isEmpty ? " data-label=\"\(column.title)\"" : ""
            row +=
                place == 0
                ? "<th scope=\"row\" role=\"rowheader\">\(cell)</th>"
                : "<td role=\"cell\"\(kind)\(label)>\(cell)</td>"
        }
        rows += "\(row)</tr>\n"
        guard !note.isEmpty else { return }
        rows += """
            <tr role="row" class="row-note"><td role="cell" colspan="\(columns.count)">\(note)</td></tr>\n
            """
    }

    var markup: HTML {
        var head = HTML()
        for column in columns {
            let kind: HTML = column.isNumber ? " class=\"number\"" : ""
            head += "<th scope=\"col\" role=\"columnheader\"\(kind)>\(column.title)</th>"
        }
        let kind: HTML = isStacked ? " class=\"stacked\"" : ""
        return """
            <div class="scroll" role="region" tabindex="0" aria-labelledby="\(id)-caption">
            <table id="\(id)" role="table"\(kind)><caption id="\(id)-caption">\(caption)</caption>
            <thead role="rowgroup"><tr role="row">\(head)</tr></thead>
            <tbody role="rowgroup">
            \(rows)</tbody></table></div>

            """
    }
}

/// Names and what belongs to them.
struct Facts {
    private var rows = HTML()

    mutating func add(_ name: String, _ value: HTML) {
        guard !value.isEmpty else { return }
        rows += "<dt>\(name)</dt><dd>\(value)</dd>\n"
    }

    var isEmpty: Bool { rows.isEmpty }
    var markup: HTML { "<dl class=\"facts\">\n\(rows)</dl>\n" }
}

/// A section of a page, which live updates replace as a whole.
struct Section {
    /// A part of an address, so that links can lead to it.
    let id: String
    let title: String
    var isCard = true
    /// What of it is worth telling to somebody who does not look, without what counts on every
    /// second; see `LiveFragment`.
    var news = ""

    func markup(_ content: HTML, aside: HTML = HTML()) -> HTML {
        let kind: HTML = isCard ? "card" : "plain"
        let told: HTML = news.isEmpty ? "" : " data-news=\"\(value: news)\""
        return """
            <section id="\(id)" class="\(kind)" aria-labelledby="\(id)-title"\(told)>
            <div class="section-head"><h2 id="\(id)-title">\(title)</h2>\(aside)</div>
            \(content)</section>

            """
    }
}

/// Links to the neighbours of a part of a list.
struct Pager {
    let name: String
    /// Addresses; nil where there is nothing.
    var newer: String?
    var older: String?
    var newerWords = "Newer"
    var olderWords = "Older"
    var words = ""

    var markup: HTML {
        guard newer != nil || older != nil else { return HTML() }
        let before = newer.markup { "<a href=\"\($0)\" rel=\"prev\">← \(newerWords)</a>" }
        let after = older.markup { "<a href=\"\($0)\" rel=\"next\">\(olderWords) →</a>" }
        return """
            <nav class="pager" aria-label="\(name)">\(before)<span class="quiet">\(words)</span>\(after)</nav>

            """
    }
}
