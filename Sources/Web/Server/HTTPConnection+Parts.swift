import Lifecycle
import NIOCore
import NIOHTTP1
import Platform

/// Answers that are sent part by part.
extension HTTPConnection {
    typealias Bound = NIOLoopBound<(HTTPConnection, ChannelHandlerContext, HTTPExchange)>

    /// Writes an answer on the route's thread, which waits for the client.
    static func stream(
        _ response: HTTPResponse, _ write: (HTTPWriter) throws -> Void,
        over bound: Bound, _ loop: any EventLoop, bytesPerSecond rate: Int
    ) {
        let held = HTTPWriterPlace()
        do {
            let writer = try HTTPWriter(bytesPerSecond: rate) { bytes in
                loop.execute {
                    let (connection, context, exchange) = bound.value
                    connection.write(bytes, of: exchange, context) { held.writer?.took($0) }
                }
            }
            held.writer = writer
            loop.execute {
                let (connection, context, exchange) = bound.value
                guard connection.exchange === exchange, !exchange.hasResponded else {
                    return writer.close()
                }
                exchange.writer = writer
                connection.respond(response, to: exchange, context)
            }
            try write(writer)
            loop.execute {
                let (connection, context, exchange) = bound.value
                guard connection.exchange === exchange else { return }
                connection.closeUnless(within: connection.service.limits.responseMs, context)
                connection.finish(exchange, context)
            }
        } catch {
            // The client sees that it is not whole.
            loop.execute {
                let (connection, context, exchange) = bound.value
                guard connection.exchange === exchange else { return }
                context.close(promise: nil)
            }
        }
        held.writer = nil
    }

    /// The fields of an answer's head, and whether the client can tell its end from the next one's
    /// beginning without chunks.
    static func headers(
        of response: HTTPResponse, _ limits: HTTPLimits
    ) -> (headers: HTTPHeaders, hasEnd: Bool) {
        var headers = HTTPHeaders()
        headers.add(name: "Server", value: HTTPServer.name)
        headers.add(name: "Content-Type", value: response.contentType)
        var hasEnd = true
        switch response.payload {
        case .bytes(let bytes): headers.add(name: "Content-Length", value: "\(bytes.count)")
        case .stream(let length, _):
            if let length { headers.add(name: "Content-Length", value: "\(length)") }
            hasEnd = length != nil
        case .feed: hasEnd = false
        }
        for (name, value) in response.fields { headers.add(name: name, value: value) }
        if !headers.contains(name: "Cache-Control") {
            headers.add(name: "Cache-Control", value: "no-store")
        }
        if response.status == HTTPRefusal.busy.status, !headers.contains(name: "Retry-After") {
            headers.add(name: "Retry-After", value: "\(limits.retryAfterSeconds)")
        }
        return (headers, hasEnd)
    }

    /// Sends what others have for the client, until they or it end.
    func follow(
        _ feed: HTTPFeed, _ exchange: HTTPExchange, _ context: ChannelHandlerContext
    ) {
        exchange.feed = feed
        keepOpen()
        let (loop, service) = (context.eventLoop, service)
        let bound = Bound((self, context, exchange), eventLoop: loop)
        context.channel.closeFuture.whenComplete { _ in service.closeFeed() }
        feed.begin { bytes in
            loop.execute {
                let (connection, context, exchange) = bound.value
                connection.write(bytes, of: exchange, context) { feed.took($0) }
            }
        } end: {
            loop.execute {
                let (connection, context, exchange) = bound.value
                guard connection.exchange === exchange else { return }
                // Not to be used again: what it lagged behind is not worth waiting for.
                context.close(promise: nil)
            }
        }
    }

    /// One part of an answer; the time for it begins anew with each that the client has taken.
    private func write(
        _ bytes: [UInt8], of exchange: HTTPExchange, _ context: ChannelHandlerContext,
        taken: @escaping @Sendable (Int) -> Void
    ) {
        guard self.exchange === exchange else { return }
        exchange.unreadParts += 1
        let isTimed = exchange.feed == nil
        if isTimed, exchange.unreadParts == 1 {
            closeUnless(within: service.limits.responseMs, context)
        }
        let count = bytes.count
        let bound = Bound((self, context, exchange), eventLoop: context.eventLoop)
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer)))).whenSuccess {
            let (connection, context, exchange) = bound.value
            taken(count)
            guard connection.exchange === exchange else { return }
            exchange.unreadParts -= 1
            guard isTimed else { return }
            exchange.unreadParts == 0
                ? connection.keepOpen()
                : connection.closeUnless(within: connection.service.limits.responseMs, context)
        }
    }
}

/// Where a writer is found by the parts that it sent.
private final class HTTPWriterPlace: Sendable {
    private let place = Guarded<HTTPWriter?>(nil)

    var writer: HTTPWriter? {
        get { place.withLock { $0 } }
        set { place.withLock { $0 = newValue } }
    }
}
