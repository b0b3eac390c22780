import Lifecycle
import NIOCore
import NIOHTTP1

/// One connection: takes requests, one at a time, has them answered, and keeps to the times.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// What becomes of the bytes behind a head.
    private enum Incoming {
        /// No request is on its way.
        case nothing
        /// They are gathered up to so many, and then answered.
        case gathering([UInt8], max: Int, Answering)
        /// The route's thread takes them, so many at most.
        case passing(HTTPBody, left: Int)
        /// The answer is on its way, or given; they are thrown away, so many at most.
        case dropping(left: Int)
    }

    private enum Answering {
        case refusal(HTTPRefusal)
        case route(HTTPRoute, [String: String])
    }

    let service: HTTPService
    private let meter: HTTPRequestMeter
    private var incoming = Incoming.nothing
    private(set) var exchange: HTTPExchange?
    private var deadline: Scheduled<Void>?
    /// Bytes of the body that is gathered, or answered.
    private var gathered = 0
    private var limits: HTTPLimits { service.limits }

    init(service: HTTPService, meter: HTTPRequestMeter) {
        self.service = service
        self.meter = meter
    }

    func channelActive(context: ChannelHandlerContext) {
        service.connections.add(context.channel)
        closeUnless(within: limits.firstRequestMs, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        service.connections.remove(context.channel)
        letGo()
        exchange?.abandon()
        exchange = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let (exchange, incoming) = (exchange, incoming)
        self.exchange = nil
        self.incoming = .nothing
        exchange?.abandon()
        if error is HTTPParserError {
            if let exchange, !exchange.hasResponded {
                refuseGarbled(error, exchange.head.version, context)
            } else if exchange == nil, case .nothing = incoming {
                refuseGarbled(error, .http1_1, context)
            }
        }
        context.close(promise: nil)
    }

    /// Answers what is no HTTP; nothing behind it is read.
    private func refuseGarbled(
        _ error: any Error, _ version: HTTPVersion, _ context: ChannelHandlerContext
    ) {
        let isLong = (error as? HTTPParserError) == .headerOverflow
        let response = service.routes.refused(
            isLong ? .headTooLarge("the head is too long") : .malformed("that is no HTTP"),
            path: "")
        let last = HTTPExchange(HTTPRequestHead(version: version, method: .GET, uri: ""))
        incoming = .dropping(left: 0)
        writeHead(of: response, last, context)
        let buffer = context.channel.allocator.buffer(bytes: response.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    // MARK: - The request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let buffer): take(buffer, context)
        case .end: end(context)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // Or answers would pile up for a client that only asks.
        guard exchange == nil else { return context.close(promise: nil) }
        let exchange = HTTPExchange(head)
        self.exchange = exchange
        service.connections.setBusy(context.channel, true)
        refuseUnlessWhole(within: limits.bodyMs, exchange, context)
        if let refusal = HTTPHeadCheck.refusal(head, limits) {
            // Whatever follows may be no request at all.
            incoming = .dropping(left: limits.requestBytes)
            return refuse(refusal, exchange, context)
        }
        switch service.routes.match(method: head.method.rawValue, path: exchange.path) {
        case .refusal(let refusal):
            incoming = .gathering([], max: 0, .refusal(refusal))
        case .route(let route, let parameters):
            switch route.kind {
            case .quick: incoming = .gathering([], max: 0, .route(route, parameters))
            case .work(let max), .change(let max):
                guard isWithin(max, exchange, context) else { return }
                incoming = .gathering([], max: max, .route(route, parameters))
            case .transfer(let max):
                guard isWithin(max, exchange, context) else { return }
                pass(route, parameters, max: max, exchange, context)
            }
        }
    }

    /// Whether the body that a head announces may come; answers where it may not.
    private func isWithin(
        _ max: Int, _ exchange: HTTPExchange, _ context: ChannelHandlerContext
    ) -> Bool {
        let length = HTTPHeadCheck.length(exchange.head)
        guard length ?? 0 <= max else {
            incoming = .dropping(left: limits.requestBytes)
            refuse(.bodyTooLarge(max: max), exchange, context)
            return false
        }
        meter.allow(max)
        if exchange.head.headers.first(name: "Expect")?.asciiLowercased == "100-continue",
            length != 0
        {
            context.writeAndFlush(
                wrapOutboundOut(
                    .head(HTTPResponseHead(version: exchange.head.version, status: .continue))),
                promise: nil)
        }
        return true
    }

    /// Has a route's thread take the body while it comes.
    private func pass(
        _ route: HTTPRoute, _ parameters: [String: String], max: Int, _ exchange: HTTPExchange,
        _ context: ChannelHandlerContext
    ) {
        var request = exchange.request(
            from: context.remoteAddress, isSecure: service.isSecure, parameters)
        let channel = context.channel
        do throws(SwerveError) {
            let body = try HTTPBody(
                pace: .init(pauseMs: limits.bodyPauseMs, bytesPerSecond: limits.bodyBytesPerSecond)
            ) {
                channel.eventLoop.execute {
                    channel.setOption(.autoRead, value: true).whenFailure { _ in }
                }
            }
            request.body = body
            exchange.body = body
            incoming = .passing(body, left: max)
            deadline?.cancel()
            guard hand(request, to: route, exchange, context) else {
                incoming = .dropping(left: limits.requestBytes)
                return refuse(.busy, exchange, context)
            }
        } catch {
            incoming = .dropping(left: limits.requestBytes)
            refuse(.busy, exchange, context)
        }
    }

    private func take(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        let bytes = Array(buffer.readableBytesView)
        switch incoming {
        case .nothing: break
        case .dropping(let left):
            guard bytes.count <= left else { return context.close(promise: nil) }
            incoming = .dropping(left: left - bytes.count)
        case .gathering(_, max: 0, _):
            // Nobody takes them; the meter bounds them.
            break
        case .gathering(var gathered, let max, let answering):
            guard gathered.count + bytes.count <= max else {
                return refuse(.bodyTooLarge(max: max), context)
            }
            guard service.gather(bytes.count) else { return refuse(.busy, context) }
            self.gathered += bytes.count
            // So that the bytes are not copied each time.
            incoming = .nothing
            gathered += bytes
            incoming = .gathering(gathered, max: max, answering)
        case .passing(let body, let left):
            guard bytes.count <= left else {
                body.fail(.tooLarge, "it is longer than the path takes")
                incoming = .dropping(left: limits.requestBytes)
                return
            }
            incoming = .passing(body, left: left - bytes.count)
            guard !body.put(bytes) else { return }
            context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        }
    }

    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        incoming = .dropping(left: limits.requestBytes)
        guard let exchange else { return }
        refuse(refusal, exchange, context)
    }

    private func refuse(
        _ refusal: HTTPRefusal, _ exchange: HTTPExchange, _ context: ChannelHandlerContext
    ) {
        respond(
            service.routes.refused(refusal, path: exchange.path), to: exchange, context)
    }

    private func end(_ context: ChannelHandlerContext) {
        let incoming = incoming
        self.incoming = .nothing
        meter.reset()
        switch incoming {
        case .nothing: break
        case .dropping:
            // An answer that is given already was its connection's last.
            if exchange == nil { context.close(promise: nil) }
        case .passing(let body, _): body.finish()
        case .gathering(let bytes, _, let answering):
            guard let exchange else { return }
            deadline?.cancel()
            switch answering {
            case .refusal(let refusal):
                refuse(refusal, exchange, context)
            case .route(let route, let parameters):
                var request = exchange.request(
                    from: context.remoteAddress, isSecure: service.isSecure, parameters)
                request.body = HTTPBody(bytes)
                guard route.kind != .quick else {
                    return respond(route.answer(request), to: exchange, context)
                }
                guard hand(request, to: route, exchange, context) else {
                    return refuse(.busy, exchange, context)
                }
            }
        }
    }

    /// Has a thread of the route's kind answer; false where none has room.
    private func hand(
        _ request: HTTPRequest, to route: HTTPRoute, _ exchange: HTTPExchange,
        _ context: ChannelHandlerContext
    ) -> Bool {
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context, exchange), eventLoop: loop)
        let rate = limits.answerBytesPerSecond
        let routes = service.routes
        return service.submit(route.kind, for: routes.client(request)) {
            let answer = route.answer(request)
            let response =
                request.body.isTooSlow ? routes.refused(.tooSlow, path: request.path) : answer
            guard case .stream(_, let write) = response.payload, request.method != "HEAD" else {
                return loop.execute {
                    let (connection, context, exchange) = bound.value
                    connection.respond(response, to: exchange, context)
                }
            }
            HTTPConnection.stream(response, write, over: bound, loop, bytesPerSecond: rate)
        }
    }

    // MARK: - The answer

    func respond(
        _ response: HTTPResponse, to exchange: HTTPExchange, _ context: ChannelHandlerContext
    ) {
        guard self.exchange === exchange, !exchange.hasResponded else {
            if case .feed(let feed) = response.payload { feed.end() }
            return
        }
        if case .feed(let feed) = response.payload, !exchange.isHead {
            guard service.openFeed() else {
                feed.end()
                return refuse(.busy, exchange, context)
            }
        }
        exchange.hasResponded = true
        if case .passing(let body, _) = incoming {
            // Its route has said what it has to say.
            body.fail(.unavailable, "the request was answered before its body came")
            incoming = .dropping(left: limits.requestBytes)
            context.channel.setOption(.autoRead, value: true).whenFailure { _ in }
        }
        writeHead(of: response, exchange, context)
        switch response.payload {
        case .bytes(let bytes):
            service.connections.answering(context.channel, bytes: bytes.count)
            if !exchange.isHead, !bytes.isEmpty {
                context.write(
                    wrapOutboundOut(
                        .body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))),
                    promise: nil)
            }
            closeUnless(within: limits.responseMs, context)
            finish(exchange, context)
        case .stream:
            // Without its bytes: of HEAD, or where the route's thread writes them.
            guard exchange.isHead else { return context.flush() }
            finish(exchange, context)
        case .feed(let feed):
            guard !exchange.isHead else {
                feed.end()
                return finish(exchange, context)
            }
            context.flush()
            follow(feed, exchange, context)
        }
    }

    private func isKept(_ exchange: HTTPExchange) -> Bool {
        guard case .nothing = incoming else { return false }
        return exchange.head.isKeepAlive && !service.isStopping
    }

    private func writeHead(
        of response: HTTPResponse, _ exchange: HTTPExchange, _ context: ChannelHandlerContext
    ) {
        var (headers, hasEnd) = Self.headers(of: response, limits)
        let isOld = exchange.head.version == .http1_0
        exchange.isLast = !isKept(exchange) || (isOld && !hasEnd)
        if exchange.isLast { headers.add(name: "Connection", value: "close") }
        context.write(
            wrapOutboundOut(
                .head(
                    HTTPResponseHead(
                        version: exchange.head.version,
                        status: .init(statusCode: response.status), headers: headers))),
            promise: nil)
    }

    /// Writes the answer's end, and goes on once the client has taken it.
    func finish(_ exchange: HTTPExchange, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context, exchange), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { result in
            let (connection, context, exchange) = bound.value
            guard connection.exchange === exchange else { return }
            connection.exchange = nil
            connection.letGo()
            connection.service.connections.answered(context.channel)
            connection.service.connections.setBusy(context.channel, false)
            guard case .success = result else { return context.close(promise: nil) }
            guard exchange.isLast else {
                let next = connection.limits.betweenRequestsMs
                return connection.closeUnless(within: next, context)
            }
            guard case .dropping = connection.incoming else { return context.close(promise: nil) }
            // A connection closed with bytes unread is reset, and takes the answer with it.
            connection.closeUnless(within: HTTPConnection.lingerMs, context)
        }
    }

    /// Closes the connection after that time, in the place of what was said before.
    func closeUnless(within milliseconds: Int64, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
            channel.close(promise: nil)
        }
    }

    /// Answers that the body came too slowly, where it is not there after that time.
    private func refuseUnlessWhole(
        within milliseconds: Int64, _ exchange: HTTPExchange, _ context: ChannelHandlerContext
    ) {
        deadline?.cancel()
        let bound = NIOLoopBound((self, context, exchange), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
            let (connection, context, exchange) = bound.value
            guard connection.exchange === exchange, !exchange.hasResponded else { return }
            connection.refuse(.tooSlow, context)
        }
    }

    func keepOpen() { deadline?.cancel() }

    private func letGo() {
        service.letGo(gathered)
        gathered = 0
    }

    private static let lingerMs: Int64 = 1_000
}
