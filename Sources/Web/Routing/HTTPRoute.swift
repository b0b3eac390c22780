/// One path of a server, and what answers there.
package struct HTTPRoute: Sendable {
    /// Where a route's answer is made, and what of a request's body it takes.
    package enum Kind: Sendable, Equatable {
        /// On the server's own thread, one request after the other: it must not wait for anything.
        case quick
        /// On a thread that may wait, once the body is whole, of at most so many bytes.
        case work(bodyBytes: Int)
        /// On one of a few threads of its own, once the body is whole, of at most so many bytes:
        /// for what is not to wait behind others' transfers, and may take long itself.
        case change(bodyBytes: Int)
        /// On one of the few threads for what takes long, which takes the body while it comes, of
        /// at most so many bytes, and may send its answer bit by bit.
        case transfer(bodyBytes: Int)
    }

    package let method: String
    /// As in `/v1/models/{name}`: a segment in braces stands for any one that is not empty.
    package let path: String
    package let kind: Kind
    package let answer: @Sendable (HTTPRequest) -> HTTPResponse
    let segments: [Segment]

    enum Segment: Sendable, Equatable {
        case word(String)
        case parameter(String)
    }

    package init(
        _ method: String, _ path: String, _ kind: Kind = .quick,
        answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) {
        self.method = method
        self.path = path
        self.kind = kind
        self.answer = answer
        segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            $0.hasPrefix("{") && $0.hasSuffix("}")
                ? .parameter(String($0.dropFirst().dropLast())) : .word(String($0))
        }
    }

    /// What stands in the places of the path; nil where it is another path.
    func parameters(of path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var found: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .word(let word):
                // By bytes: `==` takes the sign of kelvin for a K.
                guard word.utf8.elementsEqual(text.utf8) else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                found[name] = text
            }
        }
        return found
    }
}
