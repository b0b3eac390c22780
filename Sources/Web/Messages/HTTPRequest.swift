package import Lifecycle

/// A request as a route sees it.
package struct HTTPRequest: Sendable {
    /// As it was sent: `GET`, `HEAD`.
    package let method: String
    /// Before the question mark, not decoded.
    package let path: String
    /// Behind it, not decoded; empty without one.
    package let query: String
    package let fields: HTTPFields
    /// Whether it came from this machine itself.
    package let isLocal: Bool
    /// The address that it came from, without its port.
    package let peer: String
    /// Whether it came by TLS to this server itself.
    package let isSecure: Bool
    /// What stood in the places of the route's path, decoded.
    package internal(set) var parameters: [String: String] = [:]
    /// Without bytes where the route takes none.
    package internal(set) var body: HTTPBody

    package init(
        method: String, path: String, query: String = "", fields: HTTPFields = HTTPFields(),
        isLocal: Bool = true, peer: String = "127.0.0.1", isSecure: Bool = false,
        body: HTTPBody = HTTPBody([])
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.isLocal = isLocal
        self.peer = peer
        self.isSecure = isSecure
        self.body = body
    }

    /// The query's names and values, decoded.
    ///
    /// - Throws: `.usage` for a name that is there twice, and for what cannot be decoded.
    package func queryValues() throws(SwerveError) -> [String: String] {
        try Self.values(of: query, act: "reading the query")
    }

    /// The names and values of a form of a page, decoded.
    ///
    /// - Throws: as `HTTPBody.all`, `.usage` for a body that is no form, and as `queryValues`.
    package func formValues(limit: Int) throws(SwerveError) -> [String: String] {
        let act = "reading the form"
        let kind = (fields["content-type"] ?? "").prefix { $0 != ";" && $0 != " " }
        guard kind.utf8.elementsEqual("application/x-www-form-urlencoded".utf8) else {
            throw SwerveError(
                .usage, act: act,
                reason: "its Content-Type is not application/x-www-form-urlencoded")
        }
        guard let text = String(validating: try body.all(limit: limit), as: UTF8.self) else {
            throw SwerveError(.usage, act: act, reason: "it is no UTF-8")
        }
        return try Self.values(of: text, act: act)
    }

    private static func values(
        of text: String, act: String
    ) throws(SwerveError) -> [String: String] {
        var values: [String: String] = [:]
        // By bytes: what combines with a separator would hide it among the characters.
        for item in text.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = item.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false
            ).map { Substring($0) }
            guard let name = HTTPPath.decoded(parts[0], plusIsSpace: true), !name.isEmpty,
                let value = parts.count > 1
                    ? HTTPPath.decoded(parts[1], plusIsSpace: true) : ""
            else {
                throw SwerveError(
                    .usage, act: act, reason: "a name or value cannot be decoded")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw SwerveError(
                    .usage, act: act,
                    reason: "'\(name.shortened(to: nameCharacters))' is there twice")
            }
        }
        return values
    }

    private static let nameCharacters = 40
}
