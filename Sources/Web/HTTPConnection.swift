import NIOCore
import NIOHTTP1
import Platform

/// The connections of a server, oldest first; used on the server's thread alone.
final class HTTPConnections: Sendable {
    private struct Connection {
        let channel: any Channel
        /// Of the answer that the client has not taken yet.
        var unreadBytes = 0
    }

    private let max: Int
    private let unreadMax: Int
    private let open = Guarded<[Connection]>([])

    init(max: Int, unreadBytes: Int) {
        self.max = max
        unreadMax = unreadBytes
    }

    /// Takes a connection in, and closes the oldest where there are too many: who asks now is
    /// answered, however many others hold on to theirs.
    func add(_ channel: any Channel) {
        let oldest = open.withLock { open -> (any Channel)? in
            open.append(Connection(channel: channel))
            return open.count > max ? open.removeFirst().channel : nil
        }
        oldest?.close(promise: nil)
    }

    func remove(_ channel: any Channel) {
        open.withLock { open in open.removeAll { $0.channel === channel } }
    }

    /// A connection gets an answer of so many bytes: where those that wait for their clients would
    /// have too many together, the oldest of the others give way.
    func answering(_ channel: any Channel, bytes: Int) {
        let others = open.withLock { open -> [any Channel] in
            var unread = bytes
            for place in open.indices {
                if open[place].channel === channel { open[place].unreadBytes = 0 }
                unread += open[place].unreadBytes
            }
            var closed: [any Channel] = []
            for place in open.indices where unread > unreadMax && open[place].unreadBytes > 0 {
                unread -= open[place].unreadBytes
                open[place].unreadBytes = 0
                closed.append(open[place].channel)
            }
            for place in open.indices where open[place].channel === channel {
                open[place].unreadBytes = bytes
            }
            return closed
        }
        for other in others { other.close(promise: nil) }
    }

    /// The client has taken it.
    func answered(_ channel: any Channel) {
        open.withLock { open in
            for place in open.indices where open[place].channel === channel {
                open[place].unreadBytes = 0
            }
        }
    }
}

/// Counts the bytes of a request before anything of them is kept, and ends the connection where
/// they are too many.
final class HTTPRequestMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: Int
    private var count = 0

    init(limit: Int) { self.limit = limit }

    /// A request has been answered; the next one begins.
    func reset() { count = 0 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += unwrapInboundIn(data).readableBytes
        guard count <= limit else { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }
}

/// One connection: asks the routes, and keeps to the times.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let routes: HTTPRoutes
    private let limits: HTTPLimits
    private let meter: HTTPRequestMeter
    private let connections: HTTPConnections
    private var head: HTTPRequestHead?
    private var deadline: Scheduled<Void>?
    /// Whether the client has not taken the last answer yet.
    private var isAnswering = false

    init(
        routes: HTTPRoutes, limits: HTTPLimits, meter: HTTPRequestMeter,
        connections: HTTPConnections
    ) {
        self.routes = routes
        self.limits = limits
        self.meter = meter
        self.connections = connections
    }

    func channelActive(context: ChannelHandlerContext) {
        connections.add(context.channel)
        closeUnless(within: limits.firstRequestMs, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        connections.remove(context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            // Or answers would pile up for a client that only asks.
            guard !isAnswering else { return context.close(promise: nil) }
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        meter.reset()
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let response = routes.answer(
            HTTPRequest(
                method: head.method.rawValue, path: parts.first.map(String.init) ?? "",
                query: parts.count > 1 ? String(parts[1]) : ""))
        connections.answering(context.channel, bytes: response.body.count)
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: response.contentType)
        headers.add(name: "Content-Length", value: "\(response.body.count)")
        headers.add(name: "Cache-Control", value: "no-store")
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        context.write(
            wrapOutboundOut(
                .head(
                    HTTPResponseHead(
                        version: head.version, status: .init(statusCode: response.status),
                        headers: headers))), promise: nil)
        if head.method != .HEAD {
            var buffer = context.channel.allocator.buffer(capacity: response.body.count)
            buffer.writeBytes(response.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        isAnswering = true
        closeUnless(within: limits.responseMs, context)
        let isKept = head.isKeepAlive
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { result in
            let (connection, context) = bound.value
            connection.isAnswering = false
            connection.connections.answered(context.channel)
            guard case .success = result, isKept else { return context.close(promise: nil) }
            connection.closeUnless(within: connection.limits.betweenRequestsMs, context)
        }
    }

    /// Closes the connection after that time, in the place of what was said before.
    private func closeUnless(within milliseconds: Int64, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
            channel.close(promise: nil)
        }
    }
}
