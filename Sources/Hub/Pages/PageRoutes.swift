import Lifecycle
import Pages
import Web

/// The routes of what browsers are shown: pages, their streams, forms and assets.
struct PageRoutes: Sendable {
    let gate: PageGate
    let desk: PageDesk
    let acts: PageActs
    let live: LivePages
    /// Nil where nobody signs in at an issuer.
    let issuer: IssuerSignIn?

    var routes: [HTTPRoute] {
        let shown: [(String, PageAsked.Kind, HTTPRoute.Kind)] = [
            ("/", .overview, Self.short), ("/models/{model}", .model, Self.short),
            ("/models/{model}/versions/{version}", .version, Self.long),
            ("/fleet", .fleet, Self.short), ("/fleet/{model}", .modelFleet, Self.short),
            ("/audit", .audit, Self.short), ("/access", .access, Self.short),
        ]
        let streams: [(String, PageAsked.Kind)] = [
            ("/", .overview), ("/models/{model}", .model), ("/fleet", .fleet),
            ("/fleet/{model}", .modelFleet), ("/audit", .audit),
        ]
        return shown.map { path, kind, length in
            HTTPRoute("GET", path, length) { show(kind, $0) }
        }
            + streams.map { path, kind in
                HTTPRoute("GET", PageAddress.live(path), Self.short) { follow(kind, $0) }
            } + forms
            + PageAssets.all.map { asset in
                HTTPRoute("GET", asset.path) { _ in PageAnswer.asset(asset) }
            }
    }

    private var forms: [HTTPRoute] {
        let act = "/models/{model}/acts/{act}"
        return [
            HTTPRoute("GET", act, Self.short) { confirm($0) },
            HTTPRoute("POST", act, .change(bodyBytes: Self.formBytes)) { carryOut($0) },
            HTTPRoute("GET", PageAddress.signIn, Self.short) { signInPage($0) },
            HTTPRoute("POST", PageAddress.signIn, .work(bodyBytes: Self.formBytes)) {
                signIn($0)
            },
            HTTPRoute("POST", PageAddress.signOut, .work(bodyBytes: Self.formBytes)) {
                signOut($0)
            },
        ] + (issuer.map { atIssuer($0) } ?? [])
    }

    private func atIssuer(_ issuer: IssuerSignIn) -> [HTTPRoute] {
        [
            HTTPRoute("GET", PageAddress.signInAtIssuerPath, Self.short) {
                IssuerPages(routes: self, issuer: issuer).begin($0)
            },
            // It waits for the issuer.
            HTTPRoute("GET", PageAddress.signInCallback, Self.long) {
                IssuerPages(routes: self, issuer: issuer).finish($0)
            },
        ]
    }

    /// What of a browser's requests comes to no route, as a page.
    static func isPage(path: String) -> Bool {
        let others = ["/v1", "/livez", "/readyz", "/metrics", "/assets"]
        return path.hasPrefix("/")
            && !others.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    // MARK: - Pages

    private func show(_ kind: PageAsked.Kind, _ request: HTTPRequest) -> HTTPResponse {
        visited(request) { visit, subject throws(SwerveError) in
            let page = try desk.page(try PageAsked(kind, request), for: subject)
            let notice = try request.queryValues()["told"].flatMap { acts.notice(of: $0, visit) }
            return PageAnswer.page(
                page,
                in: try desk.context(
                    visit, antiForgery: gate.token(of: visit), notice: notice))
        }
    }

    private func follow(_ kind: PageAsked.Kind, _ request: HTTPRequest) -> HTTPResponse {
        let visit = gate.visit(request)
        let address =
            request.query.isEmpty ? request.path : "\(request.path)?\(request.query)"
        guard case .known(let subject, _) = visit.who else {
            // A stream that is refused would be asked for again and again.
            return HTTPResponse(
                contentType: "text/event-stream; charset=utf-8", body: LiveEvent.ended)
        }
        do throws(SwerveError) {
            let asked = try PageAsked(kind, request)
            let (gate, visit) = (gate, visit)
            return PageAnswer.feed(
                try live.open(asked, for: subject) { gate.isStillKnown(visit) })
        } catch {
            return HubProblem(error.during("following \(address.shortened(to: 200))")).response
        }
    }

    /// What somebody who is known gets; who is not is led to the sign-in.
    private func visited(
        _ request: HTTPRequest,
        _ body: (PageGate.Visit, HubSubject) throws(SwerveError) -> HTTPResponse
    ) -> HTTPResponse {
        let visit = gate.visit(request)
        var response: HTTPResponse
        switch visit.who {
        case .refused(let problem): return PageAnswer.refusal(problem)
        case .stranger(let wasKnown):
            let next =
                request.query.isEmpty ? request.path : "\(request.path)?\(request.query)"
            let fault = wasKnown ? "Your session is over: sign in again." : nil
            response = signInPage(
                visit, next: request.method == "POST" ? "/" : next, fault: fault, status: 401)
        case .known(let subject, _):
            do throws(SwerveError) {
                response = try body(visit, subject)
            } catch {
                response = failed(error, visit)
            }
        }
        if visit.isNew { response.fields.append(PageGate.setCookie(visit, request)) }
        return response
    }

    private func failed(_ error: SwerveError, _ visit: PageGate.Visit) -> HTTPResponse {
        let status = HubProblem(error).status
        let context = try? desk.context(visit, antiForgery: gate.token(of: visit))
        return PageAnswer.page(
            ErrorPage(status: status, error: error), in: context ?? .nobodys, status: status)
    }

    // MARK: - Acts

    private func confirm(_ request: HTTPRequest) -> HTTPResponse {
        visited(request) { visit, subject throws(SwerveError) in
            let view = try acts.view(request, for: subject)
            return PageAnswer.page(
                ActPage(view), in: try desk.context(visit, antiForgery: gate.token(of: visit)))
        }
    }

    private func carryOut(_ request: HTTPRequest) -> HTTPResponse {
        visited(request) { visit, subject throws(SwerveError) in
            let form = try request.formValues(limit: Self.formBytes)
            if let problem = gate.refusal(of: form, request, visit) {
                return PageAnswer.refusal(problem)
            }
            switch try acts.carryOut(request, form, visit, subject) {
            case .done(let address): return PageAnswer.seeOther(address)
            case .refused(let view, let status):
                return PageAnswer.page(
                    ActPage(view),
                    in: try desk.context(visit, antiForgery: gate.token(of: visit)),
                    status: status)
            }
        }
    }

    // MARK: - Signing in and out

    private func signInPage(_ request: HTTPRequest) -> HTTPResponse {
        let visit = gate.visit(request)
        if case .refused(let problem) = visit.who { return PageAnswer.refusal(problem) }
        let next = (try? request.queryValues()["next"]) ?? "/"
        var response = signInPage(visit, next: next, fault: nil, status: 200)
        if visit.isNew { response.fields.append(PageGate.setCookie(visit, request)) }
        return response
    }

    func signInPage(
        _ visit: PageGate.Visit, next: String, fault: String?, status: Int
    ) -> HTTPResponse {
        var context = PageContext.nobodys
        context.antiForgery = gate.token(of: visit)
        return PageAnswer.page(
            SignInPage(fault: fault, issuer: issuer?.name, next: next), in: context, status: status)
    }

    private func signIn(_ request: HTTPRequest) -> HTTPResponse {
        let visit = gate.visit(request)
        if case .refused(let problem) = visit.who { return PageAnswer.refusal(problem) }
        let form: [String: String]
        do throws(SwerveError) {
            form = try request.formValues(limit: Self.formBytes)
        } catch {
            return PageAnswer.refusal(HubProblem(error))
        }
        if let problem = gate.refusal(of: form, request, visit) {
            return PageAnswer.refusal(problem)
        }
        let next = PageAddress.own(form["next"] ?? "/")
        let signedIn = gate.signIn(token: form["bearer"] ?? "", request)
        guard case .known = signedIn.who else {
            guard case .refused(let problem) = signedIn.who else {
                return signInPage(visit, next: next, fault: "It is not known.", status: 401)
            }
            var response = signInPage(
                visit, next: next, fault: problem.detail, status: problem.status)
            response.fields += problem.fields.filter { $0.0 != "WWW-Authenticate" }
            return response
        }
        // Whoever knew the id before does not know this one.
        gate.signOut(visit)
        var response = PageAnswer.seeOther(next)
        response.fields.append(PageGate.setCookie(signedIn, request))
        return response
    }

    private func signOut(_ request: HTTPRequest) -> HTTPResponse {
        let visit = gate.visit(request)
        do throws(SwerveError) {
            let form = try request.formValues(limit: Self.formBytes)
            if let problem = gate.refusal(of: form, request, visit) {
                return PageAnswer.refusal(problem)
            }
        } catch {
            return PageAnswer.refusal(HubProblem(error))
        }
        gate.signOut(visit)
        var response = PageAnswer.seeOther(PageAddress.signIn)
        response.fields.append(PageGate.dropCookie(request))
        return response
    }

    private static let short = HTTPRoute.Kind.work(bodyBytes: 0)
    private static let long = HTTPRoute.Kind.transfer(bodyBytes: 0)
    /// A reason's bytes may be three each.
    private static let formBytes = 32 << 10
}
