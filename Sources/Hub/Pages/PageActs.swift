import Fleet
import Judge
import Lifecycle
import Operations
import Pages
import Platform
import Registry
import Web

/// Acts of pages: what will change, and carrying it out once.
struct PageActs: Sendable {
    let desk: PageDesk
    let brokers: @Sendable () throws(SwerveError) -> any Brokers
    let ledger = ActLedger()

    enum Outcome {
        /// Where the browser goes next.
        case done(String)
        /// The confirmation again, with why it was not done.
        case refused(ActView, status: Int)
    }

    /// What came of an act of that visit.
    func notice(of key: String, _ visit: PageGate.Visit) -> Notice? {
        ledger.notice(of: Self.entry(key, visit))
    }

    // MARK: - What will change

    /// The confirmation of the act that the address names.
    func view(_ request: HTTPRequest, for subject: HubSubject) throws(SwerveError) -> ActView {
        let query = try request.queryValues()
        let act = try PageAct(
            name: request.parameters["act"] ?? "", version: query["version"],
            share: query["share"])
        return try view(of: act, on: try PageAsked.model(request), for: subject)
    }

    private func view(
        of act: PageAct, on model: ModelName, for subject: HubSubject
    ) throws(SwerveError) -> ActView {
        let backend = try desk.backends(subject)
        let deployment = try backend.model(ModelRequest(model: model, limit: 0)).deployment
        let registry = try desk.door.readable()
        let found = try desk.rollout(of: model, backend)
        var view = ActView(
            model: model, act: act, deployment: deployment,
            rollout: found?.endedAt == nil ? found : nil,
            liveSlots: desk.watch.now.report(of: model)?.census[.live],
            needsSignature: try brokers().trust(isNeeded: false) != nil,
            idempotencyKey: RandomText.make(), mayChange: subject.may(.promoter, on: "\(model)"))
        if let version = act.version {
            do throws(SwerveError) {
                let reference = try VersionReference("\(model)@\(version)")
                view.digest = try registry.version(reference).digest
            } catch {
                // The preview says that there is none.
                guard error.code == .notFound else { throw error }
            }
        }
        if let change = act.change { try addCautions(to: &view, change, registry) }
        return view
    }

    /// What the registry would say to it, and what nobody has compared.
    private func addCautions(
        to view: inout ActView, _ change: DeploymentChange<Int>, _ registry: Registry
    ) throws(SwerveError) {
        let order = ChangeOrder(
            .change(change), of: view.model, note: ChangeNote(by: "", at: "", reason: ""))
        do throws(SwerveError) {
            _ = try registry.plan(order, nowMs: WallClock.nowMs)
        } catch {
            switch error.problem?.kind {
            case .contractDiffers:
                view.needsForce = true
                view.cautions.append(error.reason)
            default: view.cautions.append("It would be refused: \(error.reason)")
            }
        }
        guard let deployment = view.deployment,
            let candidate = CandidateEvidence.completed(by: change, of: deployment)
        else { return }
        let heard = desk.watch.now.snapshot.map {
            $0.boards[view.model].slots.map(\.record)
        }
        switch CandidateEvidence.warning(
            completing: candidate, over: deployment.stable, heard: heard)
        {
        case .comparedNothing(let candidate, let stable)?:
            view.cautions.append(
                "No slot has compared version \(candidate) with version \(stable).")
        case .comparisonsUnknown(let candidate)?:
            view.cautions.append("What was compared of version \(candidate) is not known.")
        case .slotAhead, .slotsUnheard, nil: break
        }
    }

    // MARK: - Carrying it out

    func carryOut(
        _ request: HTTPRequest, _ form: [String: String], _ visit: PageGate.Visit,
        _ subject: HubSubject
    ) throws(SwerveError) -> Outcome {
        let model = try PageAsked.model(request)
        let act = try PageAct(
            name: request.parameters["act"] ?? "", version: form["version"], share: form["share"])
        let key = form[ActField.key] ?? ""
        guard RandomText.isOne(key), let epoch = form[ActField.epoch].flatMap({ Int64($0) }) else {
            throw SwerveError(
                .usage, act: "reading the form", reason: "a field of it is missing or wrong",
                remedy: "load the page again")
        }
        let entry = Self.entry(key, visit)
        let told = "\(PageAddress.model(model))?told=\(key)"
        switch ledger.begin(entry) {
        case .first: break
        // The page will tell, or somebody loads it again.
        case .running, .done: return .done(told)
        }
        let reason = (form[ActField.reason] ?? "").replacing("\r\n", with: "\n")
        do throws(SwerveError) {
            guard !reason.allSatisfy(\.isWhitespace) else {
                throw SwerveError(
                    .usage, act: "reading the form", reason: "no reason is given",
                    remedy: "say why, for the history")
            }
            let notice = try done(
                act, on: model, epoch: epoch, reason: reason, form, subject)
            ledger.finish(entry, notice)
            return .done(told)
        } catch {
            ledger.forget(entry)
            guard error.code != .usage || error.act == "reading the form" else { throw error }
            var view = try view(of: act, on: model, for: subject)
            view.reason = reason.shortened(to: Limits.remarkBytes)
            view.fault = error
            return .refused(view, status: HubProblem(error).status)
        }
    }

    private func done(
        _ act: PageAct, on model: ModelName, epoch: Int64, reason: String,
        _ form: [String: String], _ subject: HubSubject
    ) throws(SwerveError) -> Notice {
        let backend = try desk.backends(subject)
        if let word = act.word {
            let standing = try backend.rollout(RolloutRequest(model: model))
            guard standing.endedAt == nil, form[ActField.rollout] == "\(standing.id)" else {
                throw SwerveError(
                    .refused, act: "saying \(word.rawValue) to the rollout of \(model)",
                    reason: "it is another rollout than the one on the page, or it is over",
                    problem: Problem(.rolloutMoved, [.model: "\(model)"]))
            }
            let result = try backend.sayToRollout(
                RolloutWordRequest(model: model, word: word, reason: reason))
            return Self.notice(
                "The rollout of \(model) was told: \(word.rawValue).", result.fault)
        }
        guard let change = act.change else {
            throw SwerveError(.usage, act: "reading the form", reason: "there is no such act")
        }
        var terms = ChangeTerms()
        terms.expectedEpoch = epoch
        terms.isForced = form[ActField.force] == "yes"
        terms.reason = reason
        let result = try HubOperations.announced(
            ChangeRequest(
                model: model,
                change: change.map { (number: Int) -> VersionSelector.Choice in .number(number) },
                terms: terms)
        ) { request throws(SwerveError) in try backend.change(request) }
        if let already = result.already {
            return Notice(.done, "Nothing had to change: \(already).")
        }
        let news = "\(model) is at epoch \(result.deployment.epoch) now"
        let isLate = !result.isAnnounced && result.fault == nil
        return Self.notice(
            isLate
                ? "\(news); no broker answers, and it is announced once one does." : "\(news).",
            result.fault)
    }

    private static func notice(_ words: String, _ fault: SwerveError?) -> Notice {
        guard let fault else { return Notice(.done, words) }
        return Notice(
            .failed, "\(words) It is not announced yet: \(fault.reason). The hub tries again.")
    }

    private static func entry(_ key: String, _ visit: PageGate.Visit) -> String {
        "\(visit.id) \(key)"
    }
}
