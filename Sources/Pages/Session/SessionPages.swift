package import Lifecycle

/// Where somebody shows a token, or goes to the issuer.
package struct SignInPage: Page {
    /// Why the last try failed; nil on the first.
    private let fault: String?
    /// What people know the issuer by where they can sign in; nil where there is none.
    private let issuer: String?
    /// The path that was asked for, to go there afterwards.
    private let next: String

    package init(fault: String? = nil, issuer: String? = nil, next: String = "/") {
        self.fault = fault
        self.issuer = issuer
        self.next = PageAddress.own(next)
    }

    package var title: String { "Sign in" }
    package var place: PagePlace? { nil }

    package func content(in context: PageContext) -> HTML {
        let told = fault.markup {
            """
            <p class="notice notice-failed" role="alert">\(StateMark(.bad, "Not signed in").markup)\
            <span>\(name: $0, limit: 300)</span></p>

            """
        }
        let other = issuer.markup { issuer in
            """
            <p class="acts sign-in-issuer"><a class="button primary" href="\
            \(PageAddress.signInAtIssuer(next: next))">Sign in with \(name: issuer, limit: 100)</a></p>
            <p class="quiet">Or with a token of this hub:</p>

            """
        }
        let kind: HTML = issuer == nil ? "button primary" : "button"
        return """
            <div class="narrow"><h1>Sign in</h1>
            \(told)\(other)<form class="confirm card" method="post" action="\(PageAddress.signIn)">
            <input type="hidden" name="token" value="\(value: context.antiForgery)">
            <input type="hidden" name="next" value="\(value: next, limit: 2_048)">
            <p class="field"><label for="bearer">Token</label>
            <input id="bearer" name="bearer" type="password" required autocomplete="current-password" \
            spellcheck="false" maxlength="4096" aria-describedby="bearer-hint">
            <span id="bearer-hint" class="quiet">As <code>swerve tokens create</code> printed it. It is kept in \
            this browser's session alone.</span></p>
            <p class="acts"><button class="\(kind)" type="submit">Sign in</button></p></form>
            </div>

            """
    }
}

/// What went wrong, and where to go from there.
package struct ErrorPage: Page {
    private let status: Int
    private let error: SwerveError

    /// - Parameter status: that of the HTTP answer.
    package init(status: Int, error: SwerveError) {
        self.status = status
        self.error = error
    }

    package var title: String { heading }
    package var place: PagePlace? { nil }

    private var heading: String {
        switch status {
        case 403: "Not allowed"
        case 404: "Not found"
        case 409, 412: "It has changed meanwhile"
        case 429: "Too many tries"
        case 400..<500: "This does not make sense"
        case 503: "Out of reach for now"
        default: "Something failed"
        }
    }

    package func content(in context: PageContext) -> HTML {
        let remedy: HTML =
            error.remedy.isEmpty
            ? "" : "<p><strong>\(name: error.remedy, limit: 500)</strong></p>\n"
        let again: HTML =
            error.isRetryable ? "<p class=\"quiet\">It passes: try again in a moment.</p>\n" : ""
        return """
            <div class="narrow"><h1>\(heading)</h1>
            <div class="card"><p>\(StateMark(.bad, "\(status)").markup) <span>\(name: error.act, limit: 300)</span></p>
            <p>\(name: error.reason, limit: 1_000)</p>
            \(remedy)\(again)<p class="acts"><a class="button" href="/">Overview</a></p></div></div>

            """
    }
}
