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
    private let deliverer: WebhookDeliverer
    private let watch: ConditionWatch
    private let certificate: CertificateWatch?

    /// - Parameter hear: told what happens, on any of its threads.
    /// - Throws: where the registry cannot be opened.
    package init(
        _ settings: HubSettings, hear: @escaping @Sendable (HubNews) -> Void
    ) throws(SwerveError) {
        let registry = try Registry.open(
            path: settings.registry, access: .readWrite(create: true), authority: .none)
        let leader = try HubLeader(
            registry, address: settings.url, spanMs: settings.leaseMs
        ) { hear(.leader($0)) }
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
        let backend = { @Sendable (author: String) -> FileBackend in
            FileBackend(through: door, brokers: brokers, for: Caller(author: author))
        }
        loops = try HubLoops(
            leader, backend: { () throws(SwerveError) in backend(Self.author) },
            brokers: brokers, hear: hear)
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
        watch = try ConditionWatch(
            registry, sight: { ListeningFleet(brokers) }, isLeading: { leader.isLeading }
        ) { hear(.fault($0, $1)) }
        certificate = try settings.identity.map { identity throws(SwerveError) in
            try CertificateWatch(identity) { hear(.certificate($0)) }
        }
        let routes = HubRoutes(
            backends: { subject throws(SwerveError) in
                SubjectBackend(backend(subject.name), for: subject)
            }, access: HubAccess(isOpen: settings.isOpen))
        server = try HTTPServer(
            address: settings.address, for: .init("the hub", key: "hub.listen"),
            limits: settings.limits, identity: settings.identity,
            routes: HTTPRoutes(
                routes.routes(HubOperations.all)
                    + Self.faces(leader, settings.version, settings.identity),
                refusing: { HubProblem($0).response })
        ) { hear(.http($0)) }
    }

    package func start() {
        server.start()
        leader.start()
        loops.start()
        deliverer.start()
        watch.start()
        certificate?.start()
    }

    /// Lets what is at work be answered, gives the lease up, and ends the threads.
    ///
    /// Once, behind `start`.
    package func stop() {
        server.stop()
        certificate?.stop()
        watch.stop()
        loops.stop()
        deliverer.stop()
        leader.stop()
    }

    /// Whom changes are by that the hub makes itself.
    private static var author: String { "hub on \(ProcessIdentity.hostName)" }

    /// What it says of itself.
    private static func faces(
        _ leader: HubLeader, _ version: String, _ identity: TLSIdentity?
    ) -> [HTTPRoute] {
        let document = OpenAPI.document(of: HubOperations.all, version: version).bytes
        return [
            HTTPRoute("GET", "/livez") { _ in .text("alive") },
            HTTPRoute("GET", "/readyz", .work(bodyBytes: 0)) { _ in
                do throws(SwerveError) {
                    let lease = try leader.registry.lease()
                    let other = lease.map { "follows \($0.holder)" } ?? "nobody leads yet"
                    return .text(leader.isLeading ? "ready; leads" : "ready; \(other)")
                } catch {
                    return .text(error.description, status: 503)
                }
            },
            HTTPRoute("GET", "/metrics") { _ in
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
                        \(certificate(identity))
                        """.utf8))
            },
            HTTPRoute("GET", "/v1/openapi.json") { _ in
                HTTPResponse(contentType: "application/json", body: document)
            },
        ]
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
