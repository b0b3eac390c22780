import Foundation

/// A schema registry that does what it is told, at a port of its own.
package final class TestRegistry {
    /// One request, as the registry got it.
    package struct Request: Decodable {
        package let method: String
        package let path: String
        package let authorization: String?
        package let accept: String?
        package let contentType: String?
        package let cluster: String?
        package let body: String?
        /// Of a clock of its own, in milliseconds.
        package let atMs: Int
    }

    /// As `Tests/WebServer/registry.py` reads it; a change counts from the next request on.
    package struct Content: Encodable {
        package struct Reference: Encodable {
            package let name: String
            package let subject: String
            package let version: Int
        }

        package struct Answer: Encodable {
            package var schema: String
            package var schemaType: String?
            package var references: [Reference]?

            package init(_ schema: String, type: String? = nil, refersTo: [(String, Int)] = []) {
                self.schema = schema
                schemaType = type
                references = refersTo.map {
                    Reference(name: "a.B", subject: $0.0, version: $0.1)
                }
            }
        }

        package var ids: [String: Answer] = [:]
        package var guids: [String: Answer] = [:]
        package var subjects: [String: [String: Answer]] = [:]
        package var authorization: String?
        package var faults: [String: [String]] = [:]

        package init() {}
    }

    package var content = Content() { didSet { try? write() } }
    private let folder: TemporaryFolder
    private let server: WebServer

    package static let isPossible = WebServer.isPossible && TestAuthority.isPossible

    package init(
        _ content: Content = Content(), identity: (certificate: String, key: String)? = nil,
        clientCA: String? = nil
    ) throws {
        folder = try TemporaryFolder()
        self.content = content
        server = try WebServer(
            folder.path(""), script: "registry.py", identity: identity, clientCA: clientCA)
        try write()
    }

    package var url: String { server.url("").dropLast().description }

    /// What is no part of `Content`: a refusal of whatever is registered.
    package func reject(_ status: Int, code: Int, _ message: String) throws {
        let body = #"{"error_code": \#(code), "message": "\#(message)"}"#
        let rejection = "{\"rejects\": [\(status), \(body)]}"
        try folder.write("registry.json", rejection)
    }

    package var requests: [Request] {
        get throws {
            let file = folder.url.appendingPathComponent("requests.jsonl")
            guard let data = try? Data(contentsOf: file) else { return [] }
            // What is being written now counts later.
            return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap {
                try? JSONDecoder().decode(Request.self, from: Data($0.utf8))
            }
        }
    }

    /// At once whole, whoever reads it meanwhile.
    private func write() throws {
        let data = try JSONEncoder().encode(content)
        try data.write(to: folder.url.appendingPathComponent("registry.json"), options: .atomic)
    }
}
