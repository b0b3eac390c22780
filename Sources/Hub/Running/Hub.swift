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
    private let issuer: TokenIssuer?

    /// - Parameter hear: told what happens, on any of its threads.
    /// - Throws: where the registry cannot be opened.
    package init(
        _ settings: HubSettings, hear: @escaping @Sendable (HubNews) -> Void
    ) throws(SwerveError) {
        let registry = try Registry.open(
            path: settings.registry, access: .readWrite(create: true), authority: .none)
        let leader = try HubLeader(
            registry, address: "http://\(settings.address)", spanMs: settings.leaseMs
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
        let issuer = try settings.issuer.map { settings throws(SwerveError) in
            try TokenIssuer(settings) { hear(.fault("the issuer of tokens", $0)) }
        }
        self.issuer = issuer
        let desk = TokenDesk(
            registry: { () throws(SwerveError) in try door.readable() }, issuer: issuer)
        let isKnown = try registry.tokens().contains {
            $0.revocation == nil && !$0.isExpired(atMs: WallClock.nowMs)
        }
        if !isKnown, !settings.isOpen, settings.issuer == nil { hear(.nobodyKnown) }
        loops = try HubLoops(
            leader, desk, backend: { () throws(SwerveError) in backend(Self.author) },
            brokers: brokers, hear: hear)
        let routes = HubRoutes(
            backends: { subject throws(SwerveError) in
                SubjectBackend(backend(subject.name), for: subject)
            }, access: HubAccess(isOpen: settings.isOpen, desk: desk))
        server = try HTTPServer(
            address: settings.address, for: .init("the hub", key: "hub.listen"),
            limits: settings.limits,
            routes: HTTPRoutes(
                routes.routes(HubOperations.all) + Self.faces(leader, desk, settings.version),
                refusing: { HubProblem($0).response })
        ) { hear(.http($0)) }
    }

    package func start() {
        server.start()
        leader.start()
        loops.start()
        issuer?.start()
    }

    /// Lets what is at work be answered, gives the lease up, and ends the threads.
    ///
    /// Once, behind `start`.
    package func stop() {
        server.stop()
        issuer?.stop()
        loops.stop()
        leader.stop()
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
        _ leader: HubLeader, _ desk: TokenDesk, _ version: String
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
                        # HELP swerve_hub_refusals_total Requests without a token that holds.
                        # TYPE swerve_hub_refusals_total counter
                        \(refusals(desk))

                        """.utf8))
            },
            HTTPRoute("GET", "/v1/openapi.json") { _ in
                HTTPResponse(contentType: "application/json", body: document)
            },
        ]
    }
}
