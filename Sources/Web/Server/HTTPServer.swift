package import Lifecycle
import NIOCore
import NIOHTTP1
import NIOPosix
import Platform
import Synchronization

/// What becomes of a server's address.
package enum HTTPServerEvent: Sendable, Equatable {
    /// It listens, on this port.
    case listening(port: Int)
    /// The address could not be taken; it is tried again after the pause.
    case notListening(SwerveError, nextMs: Int64)
}

/// An HTTP/1.1 server: one thread of its own for the sockets and for routes that wait for nothing,
/// and a fixed number for those that do.
///
/// Nothing that a client does takes more of it than `HTTPLimits` says: bytes of a request, time for
/// one, time to take an answer, and connections, of which the oldest gives way. An address that is
/// taken is tried for again and again. Whoever makes it calls `stop` in the end.
package final class HTTPServer: Sendable {
    /// What each answer says in its field `Server`: by it `swerve health` knows Swerve's own.
    package static let name = "swerve"

    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private let address: HTTPAddress
    private let purpose: Purpose
    private let limits: HTTPLimits
    private let service: HTTPService
    private let identity: TLSIdentity?
    private let observe: @Sendable (HTTPServerEvent) -> Void
    private let listener = Guarded<(any Channel)?>(nil)
    private let isStopped = Atomic<Bool>(false)

    /// What a server is for, in errors.
    package struct Purpose: Sendable {
        let words: String
        /// The key of the configuration that names its address.
        let key: String

        package init(_ words: String, key: String) {
            self.words = words
            self.key = key
        }

        package static let metrics = Purpose("metrics and health", key: "http")
    }

    /// - Parameters:
    ///   - identity: its certificate; nil for plain HTTP.
    ///   - observe: hears what becomes of the address, on the server's thread.
    /// - Throws: where the machine has no descriptor left.
    package init(
        address: HTTPAddress, for purpose: Purpose = .metrics, limits: HTTPLimits = HTTPLimits(),
        identity: TLSIdentity? = nil, routes: HTTPRoutes,
        observe: @escaping @Sendable (HTTPServerEvent) -> Void
    ) throws(SwerveError) {
        service = try HTTPService(routes, limits, isSecure: identity != nil)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
        self.address = address
        self.purpose = purpose
        self.limits = limits
        self.identity = identity
        self.observe = observe
    }

    /// Begins to take the address; returns at once.
    package func start() {
        loop.execute { self.bind(pauseMs: self.limits.bindPauseMinMs) }
    }

    /// Takes no request more, lets those at work be answered for a while, closes every connection
    /// and ends the threads.
    ///
    /// Once only; not from one of the server's threads.
    package func stop() {
        finish()
        end()
    }

    /// The first half of `stop`: takes no request more, and lets those at work be answered for a
    /// while.
    package func finish() {
        isStopped.store(true, ordering: .releasing)
        listener.withLock { $0 }?.close(promise: nil)
        service.finish()
    }

    /// The second half: closes every connection and ends the threads, each once what it does is
    /// done.
    package func end() {
        // Whoever waits for a client is woken by its end.
        service.connections.closeAll()
        service.join()
        // Fails only where it is called twice.
        try? group.syncShutdownGracefully()
    }

    private func bind(pauseMs: Int64) {
        guard !isStopped.load(ordering: .acquiring) else { return }
        let (limits, service, identity) = (limits, service, identity)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: Self.backlog)
            // One at a time, so that the oldest is closed before the next one takes a descriptor.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let identity {
                        try pipeline.addHandler(
                            TLSHandler(TLSSession(identity.context), limits: limits))
                    }
                    let meter = HTTPRequestMeter(limit: limits.requestBytes)
                    try pipeline.addHandler(meter)
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
                    try pipeline.addHandler(
                        HTTPConnection(service: service, meter: meter))
                }
            }
            .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: false)
        bootstrap.bind(host: address.host, port: address.port).whenComplete { result in
            switch result {
            case .success(let channel):
                self.listener.withLock { $0 = channel }
                if self.isStopped.load(ordering: .acquiring) { channel.close(promise: nil) }
                self.observe(
                    .listening(port: channel.localAddress?.port ?? self.address.port))
            case .failure(let error): self.tryAgain(after: error, pauseMs: pauseMs)
            }
        }
    }

    private func tryAgain(after error: any Error, pauseMs: Int64) {
        guard !isStopped.load(ordering: .acquiring) else { return }
        observe(.notListening(fault(error), nextMs: pauseMs))
        loop.scheduleTask(in: .milliseconds(pauseMs)) {
            self.bind(pauseMs: min(pauseMs * 2, self.limits.bindPauseMaxMs))
        }
    }

    private func fault(_ error: any Error) -> SwerveError {
        let act = "listening on \(address) for \(purpose.words)"
        guard let error = error as? IOError else {
            return SwerveError(
                .unavailable, act: act, reason: "\(error)".shortened(to: Self.reasonCharacters),
                remedy: "correct \(purpose.key) in the configuration")
        }
        switch error.errnoCode {
        case HTTPErrno.addressInUse:
            return SwerveError(
                .unavailable, act: act, reason: "another process has the port",
                remedy:
                    "stop that one, or give this service a port of its own with \(purpose.key), or none"
            )
        case HTTPErrno.accessDenied:
            return SwerveError(
                .unavailable, act: act, reason: "this user may not have the port",
                remedy: "take one above 1023 with \(purpose.key)")
        case HTTPErrno.addressNotAvailable:
            return SwerveError(
                .unavailable, act: act, reason: "this machine does not have the address",
                remedy: "correct \(purpose.key) in the configuration")
        default:
            return SwerveError(
                .unavailable, act: act,
                reason: error.description.shortened(to: Self.reasonCharacters))
        }
    }

    private static let backlog: Int32 = 128
    private static let reasonCharacters = 200
}

/// Numbers of Linux, the same on every architecture that Swift runs on.
private enum HTTPErrno {
    static let accessDenied: Int32 = 13
    static let addressInUse: Int32 = 98
    static let addressNotAvailable: Int32 = 99
}
