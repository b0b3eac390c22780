/// Keeps passwords, private keys and tokens out of everything that people or logs see.
package enum SecretMask {
    package static let text = "***"

    /// Whether the setting of this name holds a secret itself; the path of a file is none.
    ///
    /// By the kinds of names, so that settings of later librdkafka versions are covered too.
    package static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        if kinds.contains(where: { key.contains($0) }) {
            return !places.contains { key.hasSuffix($0) }
        }
        return key.hasSuffix("key.pem") || key.hasSuffix(".ssl.key") || whole.contains(key)
            || key.hasSuffix(".token") || key.hasSuffix("jaas.config")
    }

    /// Whether the setting has a secret for its value: by its name, or a private key anywhere.
    package static func isSecret(_ key: String, _ value: String) -> Bool {
        isSecret(key) || value.contains("PRIVATE KEY")
    }

    /// Behind the name of a secret setting: the same secret, out of a file.
    package static let ofFile = "_file"

    /// The secret setting whose value the file holds that this one names: `sasl.password` of
    /// `sasl.password_file`; nil for any other.
    package static func target(ofFile key: String) -> String? {
        guard key.hasSuffix(ofFile) else { return nil }
        let setting = String(key.dropLast(ofFile.count))
        return isSecret(setting) ? setting : nil
    }

    /// `value` as it may be shown: masked where the setting is secret or the value is a private
    /// key, else without what stands before the @ of an address, or behind the ? of a URL.
    package static func shown(_ value: String, of key: String) -> String {
        guard !value.isEmpty else { return value }
        if isSecret(key, value) { return text }
        return withoutQuery(withoutUsers(value))
    }

    /// What stands behind the `?` of a URL may be a signature.
    private static func withoutQuery(_ value: String) -> String {
        guard value.hasPrefix("http://") || value.hasPrefix("https://"),
            let mark = value.firstIndex(of: "?")
        else { return value }
        return value[...mark] + text
    }

    package static func shown(_ settings: [String: String]) -> [String: String] {
        Dictionary(settings.map { ($0.key, shown($0.value, of: $0.key)) }) { _, last in last }
    }

    /// `scheme://user:password@host`, and `user:password@host:port` in lists of brokers, with the
    /// part before the last @ of each address masked.
    package static func withoutUsers(_ value: String) -> String {
        guard value.contains("@") else { return value }
        return value.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let start = scheme(of: part) ?? (part.contains(":") ? part.startIndex : nil)
            guard let start else { return String(part) }
            let end = part[start...].firstIndex { "/?#".contains($0) } ?? part.endIndex
            guard let at = part[start..<end].lastIndex(of: "@") else { return String(part) }
            return part[..<start] + text + part[at...]
        }.joined(separator: ",")
    }

    /// `message` without the secret values of `settings`, wherever it repeats one.
    package static func shown(_ message: String, hiding settings: [String: String]) -> String {
        let secrets = settings.filter { isSecret($0.key) && $0.value.utf8.count >= 3 }.map(\.value)
        var result = message
        for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            result = result.split(separator: secret, omittingEmptySubsequences: false)
                .joined(separator: text)
        }
        return result
    }

    /// Behind the `://` of an address.
    private static func scheme(of part: Substring) -> Substring.Index? {
        var index = part.startIndex
        while let colon = part[index...].firstIndex(of: ":") {
            let rest = part[colon...]
            if rest.hasPrefix("://") { return part.index(colon, offsetBy: 3) }
            index = part.index(after: colon)
        }
        return nil
    }

    private static let kinds = [
        "password", "passwd", "passphrase", "secret", "private.key", "credential", "access.token",
    ]
    private static let places = [".location", ".file", "_file", ".path", ".url"]
    private static let whole: Set = [
        "sasl.oauthbearer.config", "sasl.oauthbearer.assertion", "schema_registry.bearer",
    ]
}
