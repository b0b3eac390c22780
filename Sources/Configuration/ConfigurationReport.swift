import Lifecycle

extension Configuration {
    /// One line for each key that `reader` reads, and for each of librdkafka's own that is set:
    /// `topics.control = x, from SWERVE_TOPICS_CONTROL`; secrets are masked.
    ///
    /// - Parameter found: of keys that nobody gave, the value that others lead to, and by what: `6,
    ///   by slot_from and this host's name`.
    package func report(
        for reader: KeyRow.Reader, found: [ConfigurationKey: String] = [:]
    ) -> [String] {
        let keys = ConfigurationKey.allCases.filter { $0.row.readers.contains(reader) }
        let known = keys.map { key in
            guard let entry = given(key) else {
                return "\(key.rawValue) = \(found[key] ?? key.row.defaultText)".printable
            }
            return Self.line(key.rawValue, entry)
        }
        let others = entries.filter {
            KeyNames.isClientSetting($0.key) && ConfigurationKey(rawValue: $0.key) == nil
        }
        return known + others.sorted { $0.key < $1.key }.map { Self.line($0.key, $0.value) }
    }

    private static func line(_ name: String, _ entry: Entry) -> String {
        return "\(name) = \(KeyNames.shown(entry.value, of: name)), from \(entry.origin)".printable
    }
}

extension KeyRow {
    fileprivate var defaultText: String {
        switch fallback {
        case .required: "nothing: it is required"
        case .nothing: "nothing, by default"
        case .value(let value): "\(value), by default"
        case .derived(let words): "\(words.filter { $0 != "`" }), by default"
        }
    }
}
