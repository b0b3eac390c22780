import CRdKafka
import Lifecycle
import Platform
import Transfer

/// The tokens of one handle, for `sasl.oauthbearer.method: oidc`: fetched by Swerve, under
/// librdkafka's own settings, and handed over before the last one is over.
///
/// librdkafka asks for one when the handle is made, when four fifths of the last one's time are
/// over, and every 10 s after one that it did not get.
final class TokenSource: Sendable {
    private let settings: KafkaSettings
    private let principal: String
    private let extensions: [String]
    private let isCancelled = Guarded(false)

    /// Takes the settings that are this type's out of `values`; nil where tokens are not asked for.
    ///
    /// - Throws: `.usage` for what is missing, and for an endpoint that is not https.
    static func take(
        from values: inout [String: String], act: String
    ) throws(SwerveError) -> TokenSource? {
        guard values[method]?.lowercased() == "oidc" else { return nil }
        let source = try TokenSource(KafkaSettings(values.filter { own.contains($0.key) }), act)
        for key in own { values[key] = nil }
        return source
    }

    private init(_ settings: KafkaSettings, _ act: String) throws(SwerveError) {
        self.settings = settings
        principal = settings[Self.id] ?? ""
        extensions = (settings[Self.extensions] ?? "").split(separator: ",").flatMap { pair in
            pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map(String.init)
        }
        guard extensions.count.isMultiple(of: 2) else {
            throw SwerveError(
                .usage, act: act,
                reason: "kafka setting \(Self.extensions) is not NAME=VALUE[,…]")
        }
        for key in [Self.id, Self.endpoint] where settings[key]?.isEmpty ?? true {
            throw SwerveError(
                .usage, act: act,
                reason: "kafka setting \(key) is missing, and \(Self.method) is "
                    + "oidc")
        }
        guard settings[Self.secret] != nil || settings[Self.secret + SecretMask.ofFile] != nil
        else {
            throw SwerveError(
                .usage, act: act, reason: "kafka setting \(Self.secret) is missing",
                remedy: "name a file that holds it: \(Self.secret)\(SecretMask.ofFile)")
        }
        _ = try client(secret: "", act: act)
    }

    /// Looks at the files that its settings name; asks nobody.
    ///
    /// - Throws: `.unavailable` for one that cannot be used; somebody may be changing it.
    func checkFiles(act: String) throws(SwerveError) {
        _ = try settings.withSecrets(act: act)
        if let fault = settings.unreadableFile(act: act) { throw fault }
    }

    private func client(secret: String, act: String) throws(SwerveError) -> ClientCredentials {
        var connection = WebConnection()
        connection.caFile = settings[Self.ca]
        return try ClientCredentials(
            endpoint: settings[Self.endpoint] ?? "", connection: connection,
            id: settings[Self.id] ?? "", secret: secret, scope: settings[Self.scope], act: act)
    }

    /// Ends a request that is under way, and lets none begin.
    func cancel() { isCancelled.withLock { $0 = true } }

    /// Fetches a token and hands it over, or the words of what went wrong.
    ///
    /// On librdkafka's background thread.
    func refresh(_ raw: OpaquePointer) {
        do throws(SwerveError) {
            let act = "asking for a token"
            let secret = try settings.withSecrets(act: act)[Self.secret] ?? ""
            let token = try client(secret: secret, act: act).fetch { [self] in
                isCancelled.withLock { $0 }
            }
            try unsafe hand(token, to: raw, act: act)
        } catch {
            let remedy = error.remedy.isEmpty ? "" : "; \(error.remedy)"
            let words = error.reason + (error.isRetryable ? " (\(Self.passing))" : remedy)
            unsafe rd_kafka_oauthbearer_set_token_failure(
                raw, "\(error.act): \(words)".shortened(to: 400))
        }
    }

    private func hand(
        _ token: AccessToken, to raw: OpaquePointer, act: String
    ) throws(SwerveError) {
        var message = [CChar](repeating: 0, count: KafkaHandle.errorBytes)
        let texts = extensions.map(\.utf8CString)
        let bytes = texts.reduce(into: ContiguousArray<CChar>()) { $0 += $1 }
        let result = unsafe bytes.withUnsafeBufferPointer { bytes in
            var place = 0
            var pointers = unsafe texts.map { text in
                defer { place += text.count }
                return unsafe bytes.baseAddress.map { unsafe $0 + place }
            }
            return unsafe pointers.withUnsafeMutableBufferPointer { pointers in
                unsafe rd_kafka_oauthbearer_set_token(
                    raw, token.text, token.expiresAtMs, token.subject ?? principal,
                    pointers.baseAddress, extensions.count, &message, message.count)
            }
        }
        guard result != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw SwerveError(
            .refused, act: act, reason: "librdkafka does not take it: \(KafkaHandle.text(message))")
    }

    /// Stands in the words of a fault that passes, for `KafkaFault`.
    static let passing = "it is asked for again"

    private static let method = "sasl.oauthbearer.method"
    private static let id = "sasl.oauthbearer.client.id"
    private static let secret = "sasl.oauthbearer.client.secret"
    private static let scope = "sasl.oauthbearer.scope"
    private static let endpoint = "sasl.oauthbearer.token.endpoint.url"
    private static let extensions = "sasl.oauthbearer.extensions"
    /// Later librdkafkas' name.
    static let ca = "https.ca.location"
    static let own = [
        method, id, secret, secret + SecretMask.ofFile, scope, endpoint, extensions, ca,
    ]
}
