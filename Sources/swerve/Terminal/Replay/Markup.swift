/// HTML that is written part by part; all text is escaped on its way in.
struct Markup {
    private(set) var text = ""

    /// Text as it is to be read, whatever is in it.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // What no document may have, and what turns the direction of text.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}",
                "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{FFFE}", "\u{FFFF}":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// An element with text; attributes are the program's own words.
    mutating func add(_ tag: String, _ content: String, _ attributes: String = "") {
        let space = attributes.isEmpty ? "" : " "
        text += "<\(tag)\(space)\(attributes)>\(Self.escaped(content))</\(tag)>\n"
    }

    /// What is markup already.
    mutating func add(markup: String) { text += markup + "\n" }

    mutating func table(_ head: [String], _ rows: [[String]]) {
        text += "<table><tr>"
        for cell in head { text += "<th>\(Self.escaped(cell))</th>" }
        text += "</tr>\n"
        for row in rows {
            text += "<tr>"
            for cell in row { text += "<td>\(Self.escaped(cell))</td>" }
            text += "</tr>\n"
        }
        text += "</table>\n"
    }
}
