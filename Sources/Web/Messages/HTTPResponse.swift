/// What a route answers.
package struct HTTPResponse: Sendable {
    /// Writes an answer bit by bit.
    package typealias Write = @Sendable (HTTPWriter) throws -> Void

    /// What comes behind the head.
    package enum Payload: Sendable {
        case bytes([UInt8])
        /// Written bit by bit, on the thread of the route, which waits where the client is slow;
        /// nil for a length that is not known before.
        case stream(length: Int64?, Write)
        /// Sent as it happens, by whoever has it; the route has returned by then.
        case feed(HTTPFeed)
    }

    package var status: Int
    /// The media type, with its parameters.
    package var contentType: String
    /// Further fields of the head.
    package var fields: [(String, String)] = []
    package var payload: Payload

    package init(status: Int = 200, contentType: String, payload: Payload) {
        self.status = status
        self.contentType = contentType
        self.payload = payload
    }

    package init(status: Int = 200, contentType: String, body: [UInt8]) {
        self.init(status: status, contentType: contentType, payload: .bytes(body))
    }

    /// The bytes of an answer that is whole; none of one that is sent bit by bit.
    package var body: [UInt8] {
        guard case .bytes(let bytes) = payload else { return [] }
        return bytes
    }

    /// Plain text; a line's end is added.
    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, contentType: "text/plain; charset=utf-8", body: Array("\(text)\n".utf8))
    }
}
