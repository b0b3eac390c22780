import Lifecycle
import NIOCore

/// TLS between the network and the HTTP of a connection, on the server's thread.
///
/// Nothing of a client goes further before the handshake is done. It is bounded in bytes and in
/// time, and a client that speaks plain HTTP is told so.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// Nothing came yet.
        case silent
        case shaking
        case open
        /// Nothing is taken any more, and what comes is thrown away.
        case over
    }

    private let session: TLSSession
    private let limits: HTTPLimits
    private var phase = Phase.silent
    private var shakeBytes = 0
    private var deadline: Scheduled<Void>?

    init(_ session: TLSSession, limits: HTTPLimits) {
        self.session = session
        self.limits = limits
    }

    func channelActive(context: ChannelHandlerContext) {
        closeUnless(within: limits.handshakeMs, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        phase = .over
        context.fireChannelInactive()
    }

    private func closeUnless(within milliseconds: Int64, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
            channel.close(promise: nil)
        }
    }

    // MARK: - From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        guard let first = bytes.first else { return }
        if case .silent = phase {
            guard first == Self.handshakeRecord else { return refuse(first, context) }
            phase = .shaking
        }
        if case .over = phase { return }
        if case .shaking = phase {
            shakeBytes += bytes.count
            guard shakeBytes <= Self.handshakeBytes else { return fail(context) }
        }
        guard session.put(bytes) else { return fail(context) }
        if case .shaking = phase { shake(context) }
        if case .open = phase { read(context) }
    }

    private func shake(_ context: ChannelHandlerContext) {
        switch session.shake() {
        case .done:
            phase = .open
            deadline?.cancel()
            send(context)
        case .more: send(context)
        case .failed: fail(context)
        }
    }

    private func read(_ context: ChannelHandlerContext) {
        while case .open = phase {
            switch session.read() {
            case .bytes(let bytes):
                context.fireChannelRead(
                    wrapInboundOut(context.channel.allocator.buffer(bytes: bytes)))
            case .none: return send(context)
            case .closed:
                phase = .over
                session.end()
                send(context)
                context.close(promise: nil)
            case .failed: fail(context)
            }
        }
    }

    /// Says why by an alert, where there is one, and ends the connection.
    private func fail(_ context: ChannelHandlerContext) {
        phase = .over
        send(context)
        context.close(promise: nil)
    }

    /// The first byte is none of TLS.
    private func refuse(_ first: UInt8, _ context: ChannelHandlerContext) {
        phase = .over
        // Every method of HTTP begins with a letter; anything else gets no answer.
        guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
            return context.close(promise: nil)
        }
        let words = "This port speaks HTTPS: ask https:// in the place of http://.\n"
        let answer =
            "HTTP/1.1 400 Bad Request\r\nServer: \(HTTPServer.name)\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(words.utf8.count)\r\nCache-Control: no-store\r\n"
            + "Connection: close\r\n\r\n\(words)"
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(string: answer)), promise: nil)
        // A connection closed with bytes unread is reset, and takes the answer with it.
        closeUnless(within: Self.lingerMs, context)
    }

    /// What OpenSSL has for the network.
    private func send(_ context: ChannelHandlerContext) {
        let bytes = session.take()
        guard !bytes.isEmpty else { return }
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    // MARK: - To the client

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        guard case .open = phase, case .byteBuffer(let buffer) = unwrapOutboundIn(data) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        // In pieces, so that a large answer is not there three times.
        let bytes = Array(buffer.readableBytesView)
        var rest = bytes[...]
        repeat {
            let piece = Array(rest.prefix(Self.pieceBytes))
            rest = rest.dropFirst(piece.count)
            guard session.write(piece) else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return fail(context)
            }
            let hidden = context.channel.allocator.buffer(bytes: session.take())
            context.write(wrapOutboundOut(hidden), promise: rest.isEmpty ? promise : nil)
        } while !rest.isEmpty
    }

    func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        if case .open = phase {
            session.end()
            send(context)
        }
        phase = .over
        context.close(mode: mode, promise: promise)
    }

    private static let handshakeRecord: UInt8 = 0x16
    /// A client's part is one or two kilobytes.
    private static let handshakeBytes = 64 << 10
    private static let pieceBytes = 64 << 10
    private static let lingerMs: Int64 = 1_000
}
