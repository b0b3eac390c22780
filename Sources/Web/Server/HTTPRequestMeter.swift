import NIOCore

/// Counts the bytes of a request before anything of them is kept, and ends the connection where
/// they are too many.
///
/// What is read in one go counts as a whole, so that the bound is passed by one reading at most.
final class HTTPRequestMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: Int
    private var left: Int

    init(limit: Int) {
        self.limit = limit
        left = limit
    }

    /// A request has come whole; the next one begins.
    func reset() { left = limit }

    /// Behind the head: a body of so many bytes may follow, and what frames its parts.
    func allow(_ bodyBytes: Int) { left = bodyBytes * Self.framing + limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard left > 0 else { return context.close(promise: nil) }
        left -= unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
    }

    /// Parts of one byte are framed by five more; whoever sends such gets less far.
    private static let framing = 2
}
