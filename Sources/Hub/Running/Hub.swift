package import Lifecycle
import Operations
import Platform
import Registry
import Web

/// One process for a team: the registry and the fleet behind an address.
///
/// It answers at once, and changes something only while it leads the registry; a second one beside
/// it answers reads, and takes over. Whoever makes it calls `start`, and in the end `stop`.
package final class Hub: Sendable {
    private let server: HTTPServer
    private let leader: HubLeader
    private let loops: HubLoops
    private let watch: HubWatch
    private let events: HubEvents
    private let live: LivePages
    private let audits: AuditKeeper
    private let flips: FlipWatch
    private let issuer: TokenIssuer?
    private let signIn: IssuerSignIn?
    private let deliverer: WebhookDeliverer
    private let conditions: ConditionWatch
    private let certificate: CertificateWatch?
    private let stopping: HubStop
    /// Whether it leads once it knows its port, and not before.
    private let awaitsPort: Bool

    /// - Parameter hear: told what happens, on any of its threads.
    /// - Throws: where the registry cannot be opened.
    package init(
        _ settings: HubSettings, hear: @escaping @Sendable (HubNews) -> Void
    ) throws(SwerveError) {
        let registry = try Registry.open(
            path: settings.registry, access: .readWrite(create: true), authority: .none)
        let uploads = UploadRoom(beside: registry.path)
        let leader = try HubLeader(
            registry, address: settings.url, spanMs: settings.leaseMs
        ) { news in
            if case .leads = news {
                uploads.clear()
                TemporaryFile.clear(beside: registry.path)
            }
            hear(.leader(news))
        }
        self.leader = leader
        let door = HubDoor(
            registry.path, leader: leader, readers: settings.limits.workers)
        let brokers = { @Sendable () throws(SwerveError) -> any Brokers in
            do {
                return try settings.brokers()
            } catch {
                throw error as? SwerveError
                    ?? SwerveError(.system, act: "looking for brokers", reason: "\(error)")
            }
        }
        let watch = try HubWatch(door, brokers: brokers)
        self.watch = watch
        let stopping = HubStop()
        self.stopping = stopping
        let meanings = KnownMeanings()
        let backend = { @Sendable (author: String, signing: HubSigning?) -> FileBackend in
            FileBackend(
                through: door, brokers: brokers,
                signing: { topic throws(SwerveError) in signing?.signing(topic) },
                following: watch, remembering: meanings,
                for: Caller(
                    author: author, moment: signing?.moment,
                    isStopped: { stopping.isStopping }))
        }
        let own = { @Sendable () throws(SwerveError) in backend(Self.author, nil) }
        let issuer = try settings.issuer.map { settings throws(SwerveError) in
            try TokenIssuer(settings) { hear(.fault("the issuer of tokens", $0)) }
        }
        self.issuer = issuer
        signIn = issuer.flatMap { issuer in
            settings.issuer.flatMap { settings in
                settings.signIn.map { IssuerSignIn(settings, $0, issuer) }
            }
        }
        let tokens = TokenDesk(
            registry: { () throws(SwerveError) in try door.readable() }, issuer: issuer)
        let isKnown = try registry.tokens().contains {
            $0.revocation == nil && !$0.isExpired(atMs: WallClock.nowMs)
        }
        if !isKnown, !settings.isOpen, settings.issuer == nil { hear(.nobodyKnown) }
        let loops = try HubLoops(leader, tokens, backend: own, brokers: brokers, hear: hear)
        self.loops = loops
        audits = try AuditKeeper(backend: own, hear: hear)
        flips = try FlipWatch(settings.flips, hear: hear)
        let access = HubAccess(isOpen: settings.isOpen, desk: tokens)
        events = try HubEvents(door, watch, access)
        deliverer = try WebhookDeliverer(registry, isLeading: { leader.isLeading }) { news in
            switch news {
            case .fault(let error): hear(.fault("webhooks", error))
            case .attempted(_, .delivered, _): break
            case .attempted(let delivery, let verdict, let words):
                var isTriedAgain = false
                if case .again = verdict { isTriedAgain = true }
                hear(
                    .untold(
                        webhook: delivery.webhook, delivery: delivery.id, words: words,
                        isTriedAgain: isTriedAgain))
            }
        }
        let (audits, events) = (audits, events)
        conditions = try ConditionWatch(
            registry, sight: { WatchedFleet(watch) }, chain: { audits.chain },
            isLeading: { leader.isLeading }
        ) { hear(.fault($0, $1)) }
        certificate = try settings.identity.map { identity throws(SwerveError) in
            try CertificateWatch(identity) { hear(.certificate($0)) }
        }
        let routes = HubRoutes(
            backends: { subject, signing throws(SwerveError) in
                SubjectBackend(backend(subject.name, signing), for: subject)
            }, access: access, keeper: HubKeeper(registry: registry),
            standing: { () throws(SwerveError) in try door.readable().standing() },
            heard: { watch.now.generation },
            uploads: uploads,
            changed: {
                loops.wake()
                events.look()
            })
        let desk = PageDesk(
            door: door,
            backends: { subject throws(SwerveError) in try routes.backends(subject, nil) },
            watch: watch, audits: audits, flips: flips, shelf: VersionShelf(), leader: leader)
        live = try LivePages(desk)
        let gate = PageGate(access)
        let pages = PageRoutes(
            gate: gate, desk: desk, acts: PageActs(desk: desk, brokers: brokers),
            live: live, issuer: signIn)
        let awaitsPort = settings.address.port == 0
        let isPortKnown = Guarded(false)
        self.awaitsPort = awaitsPort
        server = try HTTPServer(
            address: settings.address, for: .init("the hub", key: "hub.listen"),
            limits: settings.limits, identity: settings.identity,
            routes: HTTPRoutes(
                routes.routes(HubOperations.all) + [events.route]
                    + Self.faces(leader, tokens, settings.version, settings.identity)
                    + pages.routes, tellingApart: { gate.client($0) },
                refusing: { refusal, path in
                    let problem = HubProblem(refusal)
                    return PageRoutes.isPage(path: path)
                        ? PageAnswer.refusal(problem) : problem.response
                })
        ) { news in
            if case .listening(let port) = news, awaitsPort,
                isPortKnown.withLock({ isKnown in
                    defer { isKnown = true }
                    return !isKnown
                })
            {
                leader.answers(at: settings.url(port: port))
                leader.start()
            }
            hear(.http(news))
        }
    }

    /// Whether it lives: the thread that keeps the lease turns.
    package var isAlive: Bool { leader.isAlive() }

    package func start() {
        server.start()
        if !awaitsPort { leader.start() }
        loops.start()
        events.start()
        live.start()
        audits.start()
        flips.start()
        watch.start()
        issuer?.start()
        deliverer.start()
        conditions.start()
        certificate?.start()
    }

    /// Lets what is at work be answered, gives the lease up, and ends the threads.
    ///
    /// What is still at work once the server has waited for it (an upload, a verification) ends
    /// behind the lease: it keeps nobody from leading, and changes nothing any more. Once, behind
    /// `start`.
    package func stop() {
        stopping.say()
        // Before the server, which waits for who is still answered.
        events.stop()
        live.stop()
        signIn?.stop()
        server.finish()
        audits.stop()
        flips.stop()
        watch.stop()
        issuer?.stop()
        certificate?.stop()
        conditions.stop()
        loops.stop()
        deliverer.stop()
        leader.stop()
        server.end()
    }

    /// Whom changes are by that the hub makes itself.
    private static var author: String { "hub on \(ProcessIdentity.hostName)" }

    private static func refusals(_ desk: TokenDesk) -> String {
        desk.refusals.sorted { $0.key < $1.key }
            .map { "swerve_hub_refusals_total{code=\"\($0.key)\"} \($0.value)" }
            .joined(separator: "\n")
    }

    /// What it says of itself.
    private static func faces(
        _ leader: HubLeader, _ desk: TokenDesk, _ version: String, _ identity: TLSIdentity?
    ) -> [HTTPRoute] {
        let document = OpenAPI.document(of: HubOperations.all, version: version).bytes
        let readiness = HubReadiness(leader)
        return [
            HTTPRoute("GET", "/livez") { _ in
                leader.isAlive()
                    ? .text("alive")
                    : .text("the thread that keeps the lease stands still", status: 503)
            },
            HTTPRoute("GET", "/readyz", .work(bodyBytes: 0)) { _ in readiness.answer() },
            HTTPRoute("GET", "/metrics", .work(bodyBytes: 0)) { _ in
                let term = leader.term
                return HTTPResponse(
                    contentType: "text/plain; version=0.0.4; charset=utf-8",
                    body: Array(
                        """
                        # HELP swerve_hub_leading Whether this hub leads the registry.
                        # TYPE swerve_hub_leading gauge
                        swerve_hub_leading \(term == nil ? 0 : 1)
                        # HELP swerve_hub_term The term under which it leads; 0 where it does not.
                        # TYPE swerve_hub_term gauge
                        swerve_hub_term \(term ?? 0)
                        # HELP swerve_hub_refusals_total Requests without a token that holds.
                        # TYPE swerve_hub_refusals_total counter
                        \(refusals(desk))
                        \(token(desk))\(certificate(identity))
                        """.utf8))
            },
            HTTPRoute("GET", "/v1/openapi.json") { _ in
                HTTPResponse(contentType: "application/json", body: document)
            },
        ]
    }

    /// Empty where no token ends, or it cannot be read.
    private static func token(_ desk: TokenDesk) -> String {
        guard let next = try? desk.nextEnd(atMs: WallClock.nowMs) else { return "" }
        let name = "swerve_hub_token_end_timestamp_seconds"
        return """
            # HELP \(name) When the token ends that ends next.
            # TYPE \(name) gauge
            \(name) \(next / 1_000)

            """
    }

    /// Empty where none is shown.
    private static func certificate(_ identity: TLSIdentity?) -> String {
        guard let identity else { return "" }
        return """
            # HELP swerve_hub_certificate_end_timestamp_seconds When the certificate shown ends.
            # TYPE swerve_hub_certificate_end_timestamp_seconds gauge
            swerve_hub_certificate_end_timestamp_seconds \(identity.endsAtMs / 1_000)

            """
    }
}
