package import Lifecycle
package import Platform

/// Fetches over the web: redirects within bounds, and a token that only its own server gets.
package struct WebClient: Sendable {
    private let connection: WebConnection
    private let token: SecretFile?

    /// - Parameter token: read anew for each request.
    package init(_ connection: WebConnection, token: SecretFile? = nil) {
        self.connection = connection
        self.token = token
    }

    /// What a GET asks for.
    package struct Wish: Sendable {
        package let address: WebAddress
        /// From this byte on.
        package var from: Int64 = 0
        /// Of the bytes that are there already; nil where the server gave none.
        package var validator: String?
        /// Whether no cache on the way may answer.
        package var isPastCaches = false

        package init(_ address: WebAddress) { self.address = address }

        fileprivate var headers: [String] {
            var headers = isPastCaches ? ["Cache-Control: no-cache", "Pragma: no-cache"] : []
            if from > 0, let validator { headers.append("If-Range: \(validator)") }
            return headers
        }
    }

    /// Blocks, on a thread of our own.
    ///
    /// - Parameter sink: gets the bytes of an answer that is a success.
    /// - Returns: the last answer, whatever its status; `WebFault` says what one means that is no
    ///   success.
    /// - Throws: as `WebExchange.perform`; `.refused` for a redirect that is not followed;
    ///   `.unavailable` for a token's file that cannot be used.
    package func get(
        _ wish: Wish, limit: Int64, sink: any WebSink, act: String,
        isCancelled: @escaping () -> Bool
    ) throws(SwerveError) -> WebAnswer {
        var address = wish.address
        var followed = 0
        while true {
            if address.scheme == .file { try Self.checkFile(address, act: act) }
            var request = WebRequest(address)
            request.headers = wish.headers
            request.from = address.scheme == .file ? 0 : wish.from
            if let token, address.isSameOrigin(as: wish.address) {
                request.authorization = .bearer(try token.read(act: act))
            }
            let answer = try WebExchange.perform(
                request, by: connection, limit: limit, sink: sink, act: act,
                isCancelled: isCancelled)
            guard answer.isRedirect else { return answer }
            address = try WebFault.next(
                after: answer, from: address, followed: followed, act: act)
            followed += 1
        }
    }

    /// libcurl would wait without end for the other end of a pipe.
    private static func checkFile(_ address: WebAddress, act: String) throws(SwerveError) {
        guard let status = try FileStatus.of(address.path) else {
            throw SwerveError(
                .notFound, act: act, reason: "there is no such file", remedy: "put it there")
        }
        guard status.isRegular else {
            throw SwerveError(.refused, act: act, reason: "it is not a regular file")
        }
    }
}
