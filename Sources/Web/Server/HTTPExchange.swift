import Lifecycle
import NIOCore
import NIOHTTP1

/// One request, from its head until its answer is taken; on the server's thread.
final class HTTPExchange {
    let head: HTTPRequestHead
    let isHead: Bool
    /// Where the route's thread takes the body from, while it comes.
    var body: HTTPBody?
    /// Where it writes an answer bit by bit.
    var writer: HTTPWriter?
    var feed: HTTPFeed?
    /// Whether the answer has begun.
    var hasResponded = false
    /// Whether the connection ends with the answer.
    var isLast = false
    /// Parts of an answer that the client has not taken.
    var unreadParts = 0

    init(_ head: HTTPRequestHead) {
        self.head = head
        isHead = head.method == .HEAD
    }

    /// Nobody will take anything of it any more.
    func abandon() {
        body?.fail(.unavailable, "the client is gone")
        writer?.close()
        feed?.end()
    }

    /// Before the question mark, which may be followed by what would combine with it.
    var path: String { String(Substring(head.uri.utf8.prefix { $0 != UInt8(ascii: "?") })) }

    func request(
        from address: SocketAddress?, isSecure: Bool, _ parameters: [String: String]
    ) -> HTTPRequest {
        let path = path
        let peer = address?.ipAddress ?? ""
        var request = HTTPRequest(
            method: head.method.rawValue, path: path,
            query: String(Substring(head.uri.utf8.dropFirst(path.utf8.count + 1))),
            fields: HTTPFields(head.headers.map { ($0.name, $0.value) }),
            isLocal: peer == "::1" || peer.hasPrefix("127.") || peer.hasPrefix("::ffff:127."),
            peer: peer, isSecure: isSecure)
        request.parameters = parameters
        return request
    }
}
