package import Fleet
package import Lifecycle
package import Operations
import Platform
import Registry

/// The backend of a team: a hub, asked over HTTP.
///
/// Requests, results and errors are those of `FileBackend`, which stands behind the hub; so a
/// command says the same and ends the same. Each call may be made once more where the connection
/// breaks: the hub does under one key once what is asked. Blocking; one thread at a time.
package struct HubBackend: Backend {
    /// Who signs, and for how long that holds; nil where nothing is to be signed.
    package struct Signing {
        let signer: RecordSigner
        let validMs: Int64
        /// The control topic that somebody named: nothing is signed for another.
        let topic: String?

        package init(signer: RecordSigner, validMs: Int64, topic: String?) {
            self.signer = signer
            self.validMs = validMs
            self.topic = topic
        }
    }

    let link: HubLink
    let signing: () throws(SwerveError) -> Signing?
    let hear: @Sendable (BackendEvent) -> Void

    /// - Parameters:
    ///   - signing: asked before each change.
    ///   - hear: told what happens.
    package init(
        _ address: HubAddress, signing: @escaping () throws(SwerveError) -> Signing? = { nil },
        hear: @escaping @Sendable (BackendEvent) -> Void = { _ in }
    ) throws(SwerveError) {
        link = try HubLink(address)
        self.signing = signing
        self.hear = hear
    }

    // MARK: - Deployments

    package func change(_ request: ChangeRequest) throws(SwerveError) -> ChangeResult {
        try changed(
            HubCall("POST", "/v1/models/{model}/deployment", shape: HubCall.flat), request,
            of: request.model, request.terms, asked: request.asksFor)
    }

    package func changeSettings(
        _ request: SettingsChangeRequest
    ) throws(SwerveError) -> ChangeResult {
        try changed(
            HubCall("POST", "/v1/models/{model}/settings", shape: HubCall.flat), request,
            of: request.model, request.terms)
    }

    package func settings(_ request: SettingsRequest) throws(SwerveError) -> SettingsResult {
        try ask(HubCall("GET", "/v1/models/{model}/settings"), request)
    }

    private func changed(
        _ call: HubCall, _ request: some Encodable, of model: ModelName, _ terms: ChangeTerms,
        asked: (Deployment) -> Bool = { _ in true }
    ) throws(SwerveError) -> ChangeResult {
        if var trial = terms.trial {
            if trial.key == nil { trial.key = try signing()?.signer.keyName }
            return try ask(call, request, more: ["trial": try JSONValueEncoder.encode(trial)])
        }
        let timeoutMs = HubLink.usualMs + Int(clamping: terms.waiting?.timeoutMs ?? 0)
        let result: ChangeResult = try signed(
            call, request, of: model, timeoutMs: timeoutMs, asked: asked)
        if result.convergence != nil { hear(.changed(result)) }
        return result
    }

    // MARK: - Rollouts

    package func startRollout(
        _ request: RolloutStartRequest
    ) throws(SwerveError) -> RolloutStartResult {
        try signed(
            HubCall("POST", "/v1/models/{model}/rollout"), request, of: request.model)
    }

    package func sayToRollout(
        _ request: RolloutWordRequest
    ) throws(SwerveError) -> RolloutWordResult {
        try signed(
            HubCall("POST", "/v1/models/{model}/rollout/words"), request, of: request.model)
    }

    package func signRollout(
        _ request: RolloutSignRequest
    ) throws(SwerveError) -> RolloutStanding {
        try signed(
            HubCall("POST", "/v1/models/{model}/rollout/signatures"), request, of: request.model)
    }

    package func rollout(_ request: RolloutRequest) throws(SwerveError) -> RolloutStanding {
        try ask(HubCall("GET", "/v1/models/{model}/rollout"), request)
    }

    // MARK: - Announcements

    package func republish(_ request: RepublishRequest) throws(SwerveError) -> RepublishResult {
        let call = HubCall("POST", "/v1/republish")
        guard let model = request.model else {
            return try signing() == nil
                ? ask(call, request) : try republishEach(call, reason: request.reason)
        }
        return try signed(call, request, of: model)
    }

    /// Each model by itself: a signature covers the audit chain's head, which moves with each.
    private func republishEach(
        _ call: HubCall, reason: String
    ) throws(SwerveError) -> RepublishResult {
        var entries: [JSONValue] = []
        for summary in try models(ModelsRequest()).models where summary.deployment != nil {
            let one = RepublishRequest(model: summary.name, reason: reason)
            do throws(SwerveError) {
                let done: JSONValue = try signed(call, one, of: summary.name)
                entries += done["entries"]?.array ?? []
            } catch {
                entries.append([
                    "model": .string("\(summary.name)"),
                    "epoch": .int(summary.deployment?.epoch ?? 0),
                    "fault": try JSONValueEncoder.encode(error),
                ])
            }
        }
        return try JSONValueDecoder.decode(
            RepublishResult.self, from: ["entries": .array(entries)], act: link.act)
    }

    package func adopt(_ request: AdoptRequest) throws(SwerveError) -> AdoptResult {
        try signed(
            HubCall("POST", "/v1/models/{model}/adoption"), request, of: request.model)
    }

    // MARK: - The fleet

    package func status(
        _ request: StatusRequest, isStopped: () throws(SwerveError) -> Bool,
        show: (FleetStatus) -> Void
    ) throws(SwerveError) {
        if let name = request.groups.first(where: { $0.contains(",") }) {
            throw SwerveError(
                .usage, act: link.act,
                reason: "group '\(name.shortened(to: 80))' has a comma in its name, which "
                    + "separates groups there")
        }
        let deadlineMs = request.timeoutMs.map { BootClock.nowMs + $0 }
        let never = try EventFD()
        while true {
            let status = try fleet(request)
            let isOver = deadlineMs.map { status.isDecided || BootClock.nowMs >= $0 }
            if request.isFollowed || isOver ?? true { show(status) }
            guard !(isOver ?? !request.isFollowed) else { return }
            let pauseMs = request.isFollowed ? Self.followMs : Self.waitMs
            let nextMs = BootClock.nowMs + pauseMs
            while BootClock.nowMs < nextMs {
                guard try !isStopped() else {
                    if !request.isFollowed { show(status) }
                    return
                }
                _ = try Poll.waitForAny([never.descriptor], timeoutMs: Self.lookMs)
            }
        }
    }

    private func fleet(_ request: StatusRequest) throws(SwerveError) -> FleetStatus {
        try ask(
            HubCall("GET", "/v1/fleet") { fields in
                var asked: [String: JSONValue] = ["slots": .bool(request.withSlots)]
                asked["model"] = fields["model"]
                let groups = request.groups.joined(separator: ",")
                if !groups.isEmpty { asked["groups"] = .string(groups) }
                fields = asked
            }, request)
    }

    /// Of results with plans, settings and explanations in them.
    private static let depth = 64
    /// A page of versions with all that is said of them.
    private static let values = 1 << 20
    private static let followMs: Int64 = 1_000
    private static let waitMs: Int64 = 500
    private static let lookMs = 100

    // MARK: - Asking

    func ask<Result: Decodable>(
        _ call: HubCall, _ request: some Encodable, more: [String: JSONValue] = [:],
        timeoutMs: Int = HubLink.usualMs
    ) throws(SwerveError) -> Result {
        var asked = try call.request(request, more: more)
        asked.timeoutMs = timeoutMs
        return try decode(Result.self, try document(asked))
    }

    func document(_ request: HubLink.Request) throws(SwerveError) -> JSONValue {
        let bytes = try link.ask(request)
        do throws(SwerveError) {
            return try JSONValue(
                parsing: bytes, act: link.act, limit: request.limit, depth: Self.depth,
                values: Self.values)
        } catch {
            throw noHub(error.reason)
        }
    }

    func decode<Result: Decodable>(
        _ type: Result.Type, _ document: JSONValue
    ) throws(SwerveError) -> Result {
        do throws(SwerveError) {
            return try JSONValueDecoder.decode(type, from: document, act: link.act)
        } catch {
            throw noHub(error.reason)
        }
    }

    private func noHub(_ reason: String) -> SwerveError {
        SwerveError(
            .invalid, act: link.act, reason: "what it answers is not what a hub says: \(reason)",
            remedy: "see whether the address is that of a hub, and of the same release")
    }
}
