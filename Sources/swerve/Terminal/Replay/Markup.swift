import Lifecycle

/// HTML that is written part by part; all text is escaped on its way in.
struct Markup {
    private(set) var text = ""

    /// An element with text; attributes are the program's own words.
    mutating func add(_ tag: String, _ content: String, _ attributes: String = "") {
        let space = attributes.isEmpty ? "" : " "
        text += "<\(tag)\(space)\(attributes)>\(HTMLText.escaped(content))</\(tag)>\n"
    }

    /// What is markup already.
    mutating func add(markup: String) { text += markup + "\n" }

    /// A plot, which is moved by itself where the window is too narrow for its words; empty is
    /// none.
    mutating func add(plot: String) {
        if !plot.isEmpty { text += "<div class=\"table\">\(plot)</div>\n" }
    }

    mutating func table(_ head: [String], _ rows: [[String]]) {
        text += "<div class=\"table\"><table><tr>"
        for cell in head { text += "<th>\(HTMLText.escaped(cell))</th>" }
        text += "</tr>\n"
        for row in rows {
            text += "<tr>"
            for cell in row { text += "<td>\(HTMLText.escaped(cell))</td>" }
            text += "</tr>\n"
        }
        text += "</table></div>\n"
    }
}
