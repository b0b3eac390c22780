package import Lifecycle
package import Transfer

/// Where a hub answers, and what is sent along.
package struct HubAddress: Sendable {
    /// The token for requests to an address; nil for none.
    package typealias Token = @Sendable (WebAddress) throws(SwerveError) -> String?

    /// Without a slash at its end.
    package let base: WebAddress
    package let connection: WebConnection
    let token: Token

    /// - Parameters:
    ///   - url: as people name it: `https://models.example:9465`, a path perhaps behind it.
    ///   - token: asked before each request.
    /// - Throws: `.usage` for what is no address of a hub.
    package init(
        _ url: String, connection: WebConnection = WebConnection(),
        token: @escaping Token = { _ in nil }
    ) throws(SwerveError) {
        let act = "reading the hub's address '\(url.shortened(to: 80))'"
        var text = url[...]
        while text.last == "/" { text = text.dropLast() }
        let address = try WebAddress(String(text), act: act)
        guard address.scheme != .file, !text.contains("?") else {
            throw SwerveError(
                .usage, act: act, reason: "it is no address of a hub",
                remedy: "write it as in https://models.example:9465")
        }
        base = address
        self.connection = connection
        self.token = token
    }

    /// The hub that leads, where one that does not names it: another port of the same machine.
    ///
    /// A name further away would be sent the token on the word of somebody else.
    func leader(named error: SwerveError) -> HubAddress? {
        guard let problem = error.problem, problem.kind == .hubNotLeading,
            let told = try? WebAddress(problem[.address], act: ""), told.scheme == base.scheme,
            told.port != base.port, base.path.isEmpty || base.path == "/"
        else { return nil }
        let isEverywhere = told.host == "0.0.0.0" || told.host == "[::]"
        guard isEverywhere || told.host == base.host || (told.isLoopback && base.isLoopback)
        else { return nil }
        let (own, token) = (base, token)
        return try? HubAddress(
            "\(base.scheme.rawValue)://\(base.host):\(told.port)", connection: connection
        ) { _ throws(SwerveError) in try token(own) }
    }

    /// For people.
    package var shown: String { base.shown }

    /// The header line that says who asks; nothing where nobody does.
    ///
    /// - Throws: `.refused` where everybody on the way could read it.
    func authorization(act: String) throws(SwerveError) -> WebRequest.Authorization? {
        guard let token = try token(base) else { return nil }
        guard base.scheme == .https || base.isLoopback else {
            throw SwerveError(
                .refused, act: act,
                reason: "the token would travel where everybody on the way can read it",
                remedy: "name the hub with https://")
        }
        return .bearer(token)
    }
}
