import Lifecycle
import Pages
import Web

/// The way of a browser to an issuer, and back.
struct IssuerPages: Sendable {
    let routes: PageRoutes
    let issuer: IssuerSignIn
    private var gate: PageGate { routes.gate }

    func begin(_ request: HTTPRequest) -> HTTPResponse {
        let visit = gate.visit(request)
        if case .refused(let problem) = visit.who { return PageAnswer.refusal(problem) }
        let next = PageAddress.own((try? request.queryValues()["next"]) ?? "/")
        var response: HTTPResponse
        do throws(SwerveError) {
            response = PageAnswer.elsewhere(try issuer.begin(visit: visit.id, next: next))
        } catch {
            response = routes.signInPage(
                visit, next: next, fault: "\(error.reason)", status: HubProblem(error).status)
        }
        if visit.isNew { response.fields.append(PageGate.setCookie(visit, request)) }
        return response
    }

    func finish(_ request: HTTPRequest) -> HTTPResponse {
        let visit = gate.visit(request)
        if case .refused(let problem) = visit.who { return PageAnswer.refusal(problem) }
        let query: [String: String]
        do throws(SwerveError) {
            query = try request.queryValues()
        } catch {
            return PageAnswer.refusal(HubProblem(error))
        }
        let (verdict, next) = issuer.finish(query, visit: visit.id)
        var response: HTTPResponse
        switch verdict {
        case .admitted(let subject):
            // Whoever knew the id before does not know this one.
            gate.signOut(visit)
            response = PageAnswer.seeOther(PageAddress.own(next))
            response.fields.append(PageGate.setCookie(gate.begin(subject), request))
        case .refused(let problem):
            gate.access.desk.count(problem.code)
            response = routes.signInPage(
                visit, next: next, fault: problem.detail, status: problem.status)
            response.fields += problem.fields.filter { $0.0 != "WWW-Authenticate" }
            if visit.isNew { response.fields.append(PageGate.setCookie(visit, request)) }
        }
        return response
    }
}
