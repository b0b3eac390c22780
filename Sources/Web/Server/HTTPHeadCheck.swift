import NIOCore
import NIOHTTP1

/// Whether a request's head can only mean one thing.
enum HTTPHeadCheck {
    /// Nil for one that can be answered.
    ///
    /// A server in front of this one may read an ambiguous head in another way, and then takes the
    /// rest of one client's request for the beginning of another's.
    static func refusal(_ head: HTTPRequestHead, _ limits: HTTPLimits) -> HTTPRefusal? {
        let fields = head.headers
        guard fields.count <= limits.fields else {
            return .headTooLarge("the head has more than \(limits.fields) fields")
        }
        let lengths = fields["Content-Length"]
        let codings = fields["Transfer-Encoding"]
        guard lengths.count <= 1 else { return .malformed("the head has two lengths") }
        guard codings.isEmpty || lengths.isEmpty else {
            return .malformed("the head has both a length and a transfer coding")
        }
        if let length = lengths.first {
            let isNumber =
                !length.isEmpty && length.utf8.allSatisfy { (0x30...0x39).contains($0) }
            guard isNumber, Int(length) != nil else {
                return .malformed("the length is not a number")
            }
        }
        if !codings.isEmpty {
            guard codings.count == 1, codings[0].asciiLowercased == "chunked",
                head.version == .http1_1
            else { return .malformed("the transfer coding is not 'chunked'") }
        }
        guard head.version.major == 1 else { return .malformed("not HTTP/1") }
        let hosts = fields["Host"].count
        guard hosts == 1 || (hosts == 0 && head.version == .http1_0) else {
            return .malformed("the head does not name one host")
        }
        return nil
    }

    /// The length that the head announces; nil where it announces none.
    static func length(_ head: HTTPRequestHead) -> Int? {
        head.headers.first(name: "Content-Length").flatMap { Int($0) }
    }
}
