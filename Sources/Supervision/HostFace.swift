package import Lifecycle
package import Logging
package import Platform
import Telemetry
package import Web

/// The HTTP face of a host: `/metrics`, `/livez`, `/readyz`, `/status`, on a thread of its own.
///
/// It reads the board and nothing else; whatever its clients do, the supervisor does not notice. A
/// port that is taken is told, and tried again.
package final class HostFace: Sendable {
    private let server: HTTPServer

    /// - Parameters:
    ///   - certificates: those that the service shows to servers, by their use.
    ///   - limits: of its clients.
    ///   - observe: hears what becomes of the address; for tests.
    /// - Throws: where the machine has no descriptor left.
    package init(
        _ board: HostBoard, at address: HTTPAddress, certificates: [String: CertificateFile] = [:],
        limits: HTTPLimits = HTTPLimits(), log: Logger,
        observe: @escaping @Sendable (HTTPServerEvent) -> Void = { _ in }
    ) throws(SwerveError) {
        server = try HTTPServer(
            address: address, limits: limits, routes: Self.routes(board, certificates)
        ) { event in
            switch event {
            case .listening(let port):
                let place = HTTPAddress(host: address.host, port: port)
                log.info("metrics and health are at http://\(place)")
            case .notListening(let error, _):
                log.error(
                    """
                    \(error.description); records are served all the same, and the address is \
                    tried again
                    """)
            }
            observe(event)
        }
    }

    package func start() { server.start() }

    /// Once only.
    package func stop() { server.stop() }

    /// What answers where.
    package static func routes(
        _ board: HostBoard, _ certificates: [String: CertificateFile] = [:]
    ) -> HTTPRoutes {
        HTTPRoutes([
            // Files may lie on a disk that is slow.
            HTTPRoute("GET", "/metrics", certificates.isEmpty ? .quick : .work(bodyBytes: 0)) { _ in
                var host = board.current
                host.certificates = certificates.sorted { $0.key < $1.key }.compactMap {
                    use, file in
                    file.endsAt.map { OwnCertificate(use: use, endsAt: $0) }
                }
                return HTTPResponse(
                    contentType: Exposition.contentType,
                    body: HostMetrics.page(of: host, nowNs: MonotonicClock.now))
            },
            HTTPRoute("GET", "/livez") { _ in
                Readiness.isAlive(board.current, nowNs: MonotonicClock.now)
                    ? .text("alive")
                    : .text("the supervisor's loop does not turn any more", status: 503)
            },
            HTTPRoute("GET", "/readyz") { _ in
                let obstacles = Readiness.obstacles(of: board.current, nowNs: MonotonicClock.now)
                return obstacles.isEmpty
                    ? .text("ready") : .text(obstacles.joined(separator: "\n"), status: 503)
            },
            HTTPRoute("GET", "/status") { _ in
                let document = board.current.document(nowNs: MonotonicClock.now)
                return HTTPResponse(contentType: "application/json", body: document.bytes)
            },
        ])
    }
}
