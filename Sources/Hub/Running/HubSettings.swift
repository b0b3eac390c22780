import Lifecycle
package import Operations
package import Web

/// What a hub is told before it begins.
package struct HubSettings: Sendable {
    package var address: HTTPAddress
    /// The registry's file.
    package var registry: String
    package var leaseMs: Int64
    /// Of the program, for the API's document.
    package var version: String
    /// The brokers, read when they are needed.
    package var brokers: @Sendable () throws -> any Brokers
    package var limits: HTTPLimits
    /// Whether who asks from this machine itself needs no token.
    package var isOpen = false
    /// Finds examples for the pages of models with a trial.
    package var flips: any FlipSource = NoFlips()
    /// Whose tokens count beside the registry's own; nil for nobody's.
    package var issuer: IssuerSettings?
    /// The certificate that it shows; nil for plain HTTP.
    package var identity: TLSIdentity?

    package init(
        address: HTTPAddress, registry: String, leaseMs: Int64, version: String,
        brokers: @escaping @Sendable () throws -> any Brokers
    ) {
        self.address = address
        self.registry = registry
        self.leaseMs = leaseMs
        self.version = version
        self.brokers = brokers
        limits = HTTPLimits()
        limits.connections = 512
        limits.workers = 4
        limits.waitingRequests = 256
        // More than may wait for fleets at once (see `HubRoutes`).
        limits.changes = 16
        limits.waitingChanges = 32
        limits.transfers = 8
        limits.waitingTransfers = 32
        limits.feeds = 256
    }
    /// Where it answers, for people and for commands.
    package var url: String { url(port: address.port) }

    /// - Parameter port: that the system chose, where the address leaves it that.
    func url(port: Int) -> String {
        let scheme = identity == nil ? "http" : "https"
        return "\(scheme)://\(HTTPAddress(host: address.host, port: port))"
    }
}

/// Nobody said where requests are.
private struct NoFlips: FlipSource {
    func flips(
        in deployment: Deployment, isStopped: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> FlipFindings {
        throw SwerveError(
            .usage, act: "looking for flips", reason: "this hub is not told where requests are")
    }
}
