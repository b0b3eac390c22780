import Lifecycle
import Operations
import Web

/// One thing that the API does: what it is called, what it takes, who may, and what it answers.
///
/// Routes and the OpenAPI document are made of these, so neither knows one that the other does not.
struct HubOperation: Sendable {
    /// What somebody asks, with what names it.
    struct Call {
        /// Path, query and body in one.
        var fields: [String: JSONValue]
        /// What this subject may, and nothing else.
        let backend: any Backend
        let subject: HubSubject
    }

    struct Answer {
        let document: JSONValue
        /// The epoch that the answer shows, for `ETag`; nil where it shows none.
        var epoch: Int64?
    }

    /// A field of the query or of the body.
    struct Field: Sendable {
        enum Kind: String, Sendable {
            case string, integer, number, boolean, object, array
            /// A number, or a name.
            case version
        }

        let name: String
        let kind: Kind
        var isRequired = false
        let meaning: String

        init(_ name: String, _ kind: Kind, isRequired: Bool = false, _ meaning: String) {
            self.name = name
            self.kind = kind
            self.isRequired = isRequired
            self.meaning = meaning
        }
    }

    /// What it needs of the one who asks.
    typealias Right = HubRole

    let name: String
    let method: String
    let path: String
    let summary: String
    let right: Right
    var query: [Field] = []
    var body: [Field] = []
    /// Whether it may take longer than a moment.
    var isLong = false
    let run: @Sendable (Call) throws(SwerveError) -> Answer

    var isChange: Bool { method != "GET" }
    var takesBody: Bool { !body.isEmpty }
    /// Names in the path, in its order.
    var parameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
    }
}

extension HubOperation {
    /// One that is a request of the backend's.
    ///
    /// - Parameters:
    ///   - shape: makes the request's fields of those of the call.
    ///   - epoch: which epoch the result shows.
    init<Request: Decodable & Sendable, Result: Encodable & Sendable>(
        _ name: String, _ method: String, _ path: String, _ right: Right, _ summary: String,
        query: [Field] = [], body: [Field] = [], isLong: Bool = false,
        shape: @escaping @Sendable (inout [String: JSONValue]) -> Void = { _ in },
        epoch: @escaping @Sendable (Result) -> Int64? = { _ in nil },
        _ call: @escaping @Sendable (any Backend, Request) throws(SwerveError) -> Result
    ) {
        self.init(
            name: name, method: method, path: path, summary: summary, right: right, query: query,
            body: body, isLong: isLong
        ) { asked throws(SwerveError) in
            var fields = asked.fields
            shape(&fields)
            let request = try JSONValueDecoder.decode(
                Request.self, from: .object(fields), act: "reading the request '\(name)'")
            let result = try call(asked.backend, request)
            return Answer(
                document: try JSONValueEncoder.encode(result), epoch: epoch(result))
        }
    }
}
