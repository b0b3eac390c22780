import Lifecycle
import Platform

/// What pages of HTML have in common: they need nothing else, and run nothing.
enum PageFile {
    /// Everything up to the body's content.
    static func head(_ title: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(HTMLText.escaped(title))</title><style>\(style)</style></head>
        <body>

        """
    }

    static let end = "</body></html>\n"

    /// The name of a plot's upright axis, read from below; markup goes in.
    static func uprightText(_ markup: String, x: Int, y: Int) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"middle\" "
            + "transform=\"rotate(-90 \(x) \(y))\">\(markup)</text>"
    }

    /// Writes a page for the owner alone, as exports of versions are.
    ///
    /// Pages have examples of traffic, and notes of people. Whoever hands one on chooses who reads
    /// it.
    ///
    /// - Throws: as `StateFile.write`.
    static func write(_ html: String, to path: String) throws(SwerveError) {
        try StateFile.write(path, Array(html.utf8))
    }

    /// Light or dark, as the reader's system is.
    ///
    /// `s0` to `s2` are the lines of a plot, `k0` to `k2` their names. A table
    /// that is wider than the window is moved by itself.
    private static let style = """
        :root{color-scheme:light dark;--ink:#222;--soft:#5c5c5c;--rule:#d4d4d4;--page:#fff;\
        --mark:#e8f1fc;--note:#fff4cf;--edge:#d9a400;--s0:#0b6fb8;--s1:#b8431a;--s2:#22803f}\
        @media(prefers-color-scheme:dark){:root{--ink:#e4e4e4;--soft:#a8a8a8;--rule:#444;\
        --page:#161616;--mark:#1d3550;--note:#3a3212;--edge:#b98b00;--s0:#5db3f0;--s1:#f08a5d;\
        --s2:#63c986}}\
        body{font:15px/1.5 system-ui,sans-serif;max-width:68em;margin:1.5em auto;padding:0 1em;\
        color:var(--ink);background:var(--page)}h1{font-size:1.5em;overflow-wrap:anywhere}\
        h2{font-size:1.15em;margin-top:2em}h3{font-size:1em;margin:1.2em 0 .2em}\
        .table{overflow-x:auto}table{border-collapse:collapse;margin:.5em 0}td,th{text-align:left;\
        padding:.25em 1em .25em .3em;border-bottom:1px solid var(--rule);vertical-align:top}\
        td{overflow-wrap:break-word;white-space:pre-line;max-width:46em}\
        td:first-child,th:first-child{white-space:nowrap}\
        .here{background:var(--mark)}.phase{font-weight:600}li{margin:.3em 0}\
        pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em}\
        .note{background:var(--note);padding:.4em .7em;border-left:4px solid var(--edge)}\
        .plots{display:flex;flex-wrap:wrap;gap:1em}svg{width:100%;height:auto;max-width:760px}\
        .plots svg{max-width:480px}.table svg{min-width:36em}\
        svg text{font:11px system-ui,sans-serif;fill:var(--soft)}\
        svg text.title{font-size:12px;font-weight:600;fill:var(--ink)}\
        svg path,svg polyline{fill:none;stroke-width:1.6}.grid,.axis{stroke:var(--rule)}\
        .band{fill:var(--mark)}.level{stroke:var(--soft);stroke-dasharray:4 3}\
        .s0{stroke:var(--s0)}.s1{stroke:var(--s1)}.s2{stroke:var(--s2)}\
        svg .k0{fill:var(--s0)}svg .k1{fill:var(--s1)}svg .k2{fill:var(--s2)}
        """
}
