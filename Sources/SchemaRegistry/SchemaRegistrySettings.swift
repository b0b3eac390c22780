import Lifecycle
package import Transfer

/// How the schema registry is reached: `schema_registry` of a configuration.
package struct SchemaRegistrySettings: Sendable, Equatable, Codable {
    /// Of the registry's members, http or https, without a slash at the end.
    package var urls: [String]
    package var user: String?
    /// Either the file or the password; the latter only from the environment.
    package var passwordFile: String?
    package var password: String?
    /// The same of a token.
    package var bearerFile: String?
    package var bearer: String?
    /// Names with their values.
    package var headers: [String: String] = [:]
    package var connection = WebConnection()
    /// The most bytes of records that wait for schemas, in one worker.
    package var parkedBytes = SchemaRegistrySettings.parkedBytesDefault

    package static let parkedBytesDefault = 16 << 20
    package static let timeoutMsDefault = 10_000
    package static let connectSeconds = 3
    package static let urlsMax = 16

    package init(urls: [String]) {
        self.urls = urls
        connection.connectSeconds = Self.connectSeconds
        connection.totalMs = Self.timeoutMsDefault
    }

    /// Whether a header's value may be one, by its name.
    package static func isSecret(_ name: String) -> Bool {
        ["key", "token", "secret", "password", "auth", "cookie", "credential"]
            .contains { name.contains($0) }
    }

    /// What everybody on the way can read; nil for nothing.
    package var warning: String? {
        let isSecret = headers.keys.contains { Self.isSecret($0) }
        guard user != nil || bearer != nil || bearerFile != nil || isSecret else { return nil }
        let open = urls.compactMap { try? WebAddress($0, act: "") }
            .filter { $0.scheme == .http && !$0.isLoopback }
        guard !open.isEmpty else { return nil }
        return "schema_registry.url: \(open.map(\.shown).joined(separator: ", ")) gets the "
            + "credentials over plain http: everybody on the way can read them; use https"
    }

    /// Without secrets, for people and logs.
    package var shown: SchemaRegistrySettings {
        var shown = self
        if password != nil { shown.password = SecretMask.text }
        if bearer != nil { shown.bearer = SecretMask.text }
        shown.headers = headers.mapValues { _ in SecretMask.text }
        return shown
    }
}
