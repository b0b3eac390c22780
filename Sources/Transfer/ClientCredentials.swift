import FoundationEssentials
package import Lifecycle
import Platform

/// A token that a server gave out, and until when it is good.
package struct AccessToken: Sendable, Equatable {
    package let text: String
    /// Milliseconds since 1970.
    package let expiresAtMs: Int64
    /// Whom it names; nil where it is none that tells.
    package let subject: String?

    /// Reads the answer of a token endpoint (RFC 6749, 5.1); it is a stranger's.
    ///
    /// - Throws: `.invalid`, never with what was in the answer.
    init(parsing answer: [UInt8], nowMs: Int64, act: String) throws(SwerveError) {
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: reason)
        }
        // Not the reader's own words, which may repeat what they speak of.
        guard
            let json = try? JSONValue(
                parsing: answer, act: act, limit: Limits.shortAnswerBytes)
        else { throw wrong("the answer is not JSON") }
        guard let text = json["access_token"]?.string, !text.isEmpty,
            text.utf8.count <= Limits.secretFileBytes,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw wrong("the answer has no access_token that can be used") }
        let claims = Self.claims(of: text)
        let seconds = json["expires_in"]?.double ?? json["expires_in"]?.string.flatMap(Double.init)
        let expiry: Double?
        if let seconds {
            expiry = Double(nowMs) + seconds * 1_000
        } else {
            expiry = claims?["exp"]?.double.map { $0 * 1_000 }
        }
        guard let expiry, expiry > Double(nowMs), expiry < 1e15 else {
            throw wrong("the answer does not say until when the token is good, or it is over")
        }
        self.text = text
        expiresAtMs = Int64(expiry)
        subject = claims?["sub"]?.string.flatMap { $0.isEmpty || $0.utf8.count > 1_024 ? nil : $0 }
    }

    /// What a token says of itself, unchecked: whoever takes it checks it.
    private static func claims(of token: String) -> JSONValue? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var text = String(parts[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: text) else { return nil }
        return try? JSONValue(parsing: Array(data), act: "reading a token")
    }
}

/// A client of a token endpoint that has an id and a secret (OAuth 2.0, client credentials).
package struct ClientCredentials: Sendable, Equatable {
    private let endpoint: WebAddress
    private let connection: WebConnection
    private let id: String
    private let secret: String
    private let scope: String?

    /// - Throws: `.usage` for an endpoint to which the secret cannot be told.
    package init(
        endpoint: String, connection: WebConnection, id: String, secret: String, scope: String?,
        act: String
    ) throws(SwerveError) {
        self.endpoint = try WebAddress(endpoint, act: act)
        guard
            self.endpoint.scheme == .https
                || (self.endpoint.scheme == .http && self.endpoint.isLoopback)
        else {
            throw SwerveError(
                .usage, act: act,
                reason: "\(self.endpoint.shown) is not https: everybody on the way could read the "
                    + "secret",
                remedy: "use https")
        }
        self.connection = connection
        self.id = id
        self.secret = secret
        self.scope = scope
    }

    /// Asks for a token; blocks, on a thread that may.
    ///
    /// - Throws: `.unavailable` for what passes; `.refused` where the endpoint refuses the client;
    ///   `.invalid` for an answer without a token. Never with secret or token.
    package func fetch(isCancelled: @escaping () -> Bool) throws(SwerveError) -> AccessToken {
        let act = "asking \(endpoint.shown) for a token"
        var request = WebRequest(endpoint)
        request.authorization = .client(id, secret: secret)
        request.headers = ["Accept: application/json"]
        request.posted =
            "grant_type=client_credentials"
            + (scope.map { "&scope=\($0.percentEncoded)" } ?? "")
        let sink = Sink()
        let answer = try WebExchange.perform(
            request, by: connection, limit: Int64(Limits.shortAnswerBytes), sink: sink, act: act,
            isCancelled: isCancelled)
        switch answer.status {
        case 200...299:
            return try AccessToken(parsing: sink.bytes, nowMs: WallClock.nowMs, act: act)
        case 400, 401, 403:
            throw SwerveError(
                .refused, act: act,
                reason: "it answers with \(answer.status), it refuses client id, secret or scope",
                remedy: "correct them")
        case 300...399:
            throw SwerveError(
                .refused, act: act,
                reason: "it answers with \(answer.status), and nobody else is told the secret",
                remedy: "correct the URL")
        default: throw WebFault.error(answer, act: act)
        }
    }

    private final class Sink: WebSink {
        var bytes: [UInt8] = []

        func begin(_ answer: WebAnswer) throws(SwerveError) {}
        func take(_ bytes: [UInt8]) throws(SwerveError) { self.bytes += bytes }
    }
}

extension WebRequest.Authorization {
    /// How a client of a token endpoint says who it is (`client_secret_basic`).
    package static func client(_ id: String, secret: String) -> Self {
        // RFC 6749, 2.3.1: both are encoded as in a form first.
        let pair = "\(id.percentEncoded):\(secret.percentEncoded)"
        return .basic(Data(pair.utf8).base64EncodedString())
    }
}
