/// What stands around every page: head, navigation, foot.
struct PageFrame {
    let page: any Page
    let context: PageContext

    /// For every page: nothing from elsewhere, no script or style within a page.
    static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    var markup: HTML {
        let live = page.liveAddress.markup { " data-live=\"\($0)\"" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="same-origin">
            <title>\(value: page.title) · Swerve</title>
            <link rel="stylesheet" href="\(PageAssets.style.path)">
            <link rel="icon" href="\(PageAssets.mark.path)" type="image/svg+xml">
            <script src="\(PageAssets.script.path)" defer></script>
            </head>
            <body\(live)>
            <a class="skip" href="#content">Skip to content</a>
            \(StateMark.definitions)\(header)<main id="content" tabindex="-1">
            \(notes)\(page.content(in: context))</main>
            \(footer)</body>
            </html>

            """
    }

    private var header: HTML {
        let places = PagePlace.allCases.map { place -> HTML in
            let current: HTML = place == page.place ? " aria-current=\"page\"" : ""
            return "<li><a href=\"\(place.address)\"\(current)>\(place.title)</a></li>"
        }
        return """
            <header class="top"><div class="top-row">
            <a class="brand" href="/"><svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">\
            <path d="M3 17V9.5A4.5 4.5 0 0 1 7.5 5H17M13 1l4 4-4 4" class="brand-line"/></svg>Swerve</a>
            <nav aria-label="Main"><ul class="places">\(places)</ul></nav>
            \(account)</div></header>

            """
    }

    private var account: HTML {
        guard let viewer = context.viewer else { return HTML() }
        return """
            <form class="account" method="post" action="\(PageAddress.signOut)">\(token)\
            <span class="who">\(name: viewer.name, limit: 60) <span class="quiet">\
            \(name: viewer.role, limit: 40)</span></span>
            <button class="small" type="submit">Sign out</button></form>

            """
    }

    private var token: HTML {
        "<input type=\"hidden\" name=\"token\" value=\"\(value: context.antiForgery)\">"
    }

    private var notes: HTML {
        var notes = HTML()
        if let notice = context.notice {
            let mark = StateMark(
                notice.kind == .done ? .well : .bad, notice.kind == .done ? "Done" : "Not done")
            notes += """
                <p class="notice notice-\(notice.kind.rawValue)" role="status">\(mark.markup)\
                <span>\(name: notice.words, limit: 1_000)</span></p>

                """
        }
        if let reason = context.readsOnly {
            notes += """
                <p class="notice">\(StateMark(.doubtful, "Reads only").markup)\
                <span>\(name: reason, limit: 500)</span></p>

                """
        }
        return notes
    }

    /// Which one, for who has signed in.
    private var registry: HTML {
        context.registry.isEmpty
            ? "" : " Registry <code>\(name: context.registry, limit: 40)</code>"
    }

    private var footer: HTML {
        let live: HTML =
            page.liveAddress == nil
            ? ""
            : """
            <p id="live-state">As of \(Moment(ofMs: context.nowMs).markup(nowMs: context.nowMs)).</p>
            <button id="live-switch" class="small" type="button" hidden>Pause updates</button>
            <p id="live-news" class="unseen" role="status" aria-live="polite"></p>
            """
        return """
            <footer class="foot"><div class="live">\(live)</div>
            <p>All times are UTC.\(registry)</p></footer>

            """
    }
}
