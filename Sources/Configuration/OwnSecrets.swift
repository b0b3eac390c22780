package import Lifecycle

/// Secrets among Swerve's own keys: from the environment, or out of a file that another key names.
enum OwnSecrets {
    /// Why a secret is not taken from the command line; nil for any other key.
    static func refusal(of name: String) -> SwerveError? {
        guard let key = ConfigurationKey(rawValue: name), key.isSecret else { return nil }
        return SwerveError(
            .usage, act: "reading --set \(name)",
            reason: "everybody on this machine can read what stands on a command line",
            remedy: remedy(of: key))
    }

    static func remedy(of key: ConfigurationKey) -> String {
        "set \(key.variable), or name a file that holds it: \(key.rawValue)\(SecretMask.ofFile)"
    }

    /// The other of the two ways to give a secret; nil for what is none.
    static func rival(of name: String) -> String? {
        guard let key = ConfigurationKey(rawValue: name) else { return nil }
        let other =
            key.isSecret ? name + SecretMask.ofFile : SecretMask.target(ofFile: name) ?? ""
        return ConfigurationKey(rawValue: other).map(\.rawValue)
    }
}

extension Configuration {
    /// A secret itself, which only the environment may give.
    ///
    /// - Throws: `.usage` for one that stands in the file, and where a file with it is named too.
    package func secret(_ key: ConfigurationKey) throws(SwerveError) -> String? {
        guard let entry = given(key) else { return nil }
        guard !entry.origin.isFile else {
            throw wrong(
                "\(key.rawValue) is a secret, and this file is no place for one: it is read, "
                    + "copied and kept like any other",
                from: entry.origin, remedy: OwnSecrets.remedy(of: key))
        }
        if let rival = OwnSecrets.rival(of: key.rawValue), entries[rival] != nil {
            throw wrong(
                "\(key.rawValue) is given, and so is \(rival)", from: entry.origin,
                remedy: "remove one of the two")
        }
        return entry.value
    }

    /// URLs, each once; empty where nobody gave any.
    ///
    /// - Throws: `.usage` for an empty one; whether they are URLs is their reader's to say.
    package func urls(_ key: ConfigurationKey) throws(SwerveError) -> [String] {
        guard var text = self.text(key).map({ $0[...] }) else { return [] }
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        var urls: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let url = Self.trimmed(part)
            guard !url.isEmpty else {
                throw wrong(key, "has an empty url in it", remedy: "write URL,URL or [URL, URL]")
            }
            if !urls.contains(url) { urls.append(url) }
        }
        return urls
    }

    /// Names with their values, in the order of the names; empty where nobody gave any.
    ///
    /// - Throws: `.usage` for what is not NAME=VALUE, and for a name that is given twice.
    package func pairs(
        _ key: ConfigurationKey
    ) throws(SwerveError) -> [(name: String, value: String)] {
        guard let text = self.text(key) else { return [] }
        let remedy = "write NAME=VALUE,NAME=VALUE, or in YAML {NAME: VALUE}"
        var pairs: [String: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { throw wrong(key, "is not NAME=VALUE", remedy: remedy) }
            let name = Self.trimmed(sides[0]).lowercased()
            guard !name.isEmpty, pairs.updateValue(Self.trimmed(sides[1]), forKey: name) == nil
            else { throw wrong(key, "has an empty name, or one that stands twice", remedy: remedy) }
        }
        return pairs.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
